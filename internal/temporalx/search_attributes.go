package temporalx

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
)

const (
	// visibleWithin bounds the wait until the server's caches have a new
	// attribute.
	visibleWithin = 90 * time.Second
	visiblePoll   = 250 * time.Millisecond
)

// EnsureSearchAttributes registers the search attributes that the namespace
// lacks, waits until they can be used, and returns their names. If all can be
// used already, it needs no operator's rights, which a worker often lacks.
func EnsureSearchAttributes(ctx context.Context, c client.Client, namespace string) ([]string, error) {
	missing, err := MissingSearchAttributes(ctx, c, namespace)
	if err != nil || len(missing) == 0 {
		return nil, err
	}
	known, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return nil, cannotRegister(err, namespace, missing)
	}
	register := map[string]enumspb.IndexedValueType{}
	for _, name := range missing {
		have, ok := known.GetCustomAttributes()[name]
		switch {
		case !ok:
			register[name] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
		case have != enumspb.INDEXED_VALUE_TYPE_KEYWORD:
			return nil, failure.New(failure.InvalidConfiguration, "use another namespace for pgvault",
				"search attribute %s exists in namespace %s with type %s instead of Keyword", name, namespace, have)
		}
	}
	if len(register) > 0 {
		_, err := c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: register})
		if err != nil {
			return nil, cannotRegister(err, namespace, missing)
		}
	}
	return missing, waitForSearchAttributes(ctx, c, namespace)
}

// MissingSearchAttributes returns the attributes that a query cannot use yet. It needs no more
// rights than listing jobs.
func MissingSearchAttributes(ctx context.Context, c client.Client, namespace string) (missing []string, err error) {
	for _, name := range jobs.Attributes() {
		_, err := c.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: namespace, Query: name + " = 'none'"})
		var unknown *serviceerror.InvalidArgument
		switch {
		case errors.As(err, &unknown):
			missing = append(missing, name)
		case err != nil:
			return nil, RequestError("look for search attribute "+name, err)
		}
	}
	slices.Sort(missing)
	return missing, nil
}

func cannotRegister(err error, namespace string, missing []string) error {
	action := "have an administrator register them"
	for _, name := range missing {
		action += fmt.Sprintf("\ntemporal operator search-attribute create --namespace %s --type Keyword --name %s", namespace, name)
	}
	return failure.Wrap(err, failure.InvalidConfiguration, action, "search attributes cannot be registered in namespace %s", namespace)
}

// waitForSearchAttributes waits until all attributes can be used, which is
// later than their registration because of the server's caches.
func waitForSearchAttributes(ctx context.Context, c client.Client, namespace string) error {
	ctx, cancel := context.WithTimeout(ctx, visibleWithin)
	defer cancel()
	tick := time.NewTicker(visiblePoll)
	defer tick.Stop()
	for {
		missing, err := MissingSearchAttributes(ctx, c, namespace)
		if err == nil && len(missing) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return failure.Wrap(ctx.Err(), failure.Internal, "run the command again", "search attributes are registered but not usable yet: %v", missing)
		case <-tick.C:
		}
	}
}
