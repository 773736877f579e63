package temporalx

import (
	"context"
	"fmt"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/failure"
)

const (
	// visibleWithin bounds the wait for the server's caches to learn of a new attribute.
	visibleWithin = 90 * time.Second
	visiblePoll   = 250 * time.Millisecond
)

// EnsureSearchAttributes registers the attributes that the namespace lacks,
// waits until they can be used, and tells which it registered.
func EnsureSearchAttributes(ctx context.Context, c client.Client, namespace string) ([]string, error) {
	known, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return nil, RequestError("list search attributes", err)
	}
	missing := map[string]enumspb.IndexedValueType{}
	for _, name := range searchAttributeNames() {
		have, ok := known.GetCustomAttributes()[name]
		switch {
		case !ok:
			missing[name] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
		case have != enumspb.INDEXED_VALUE_TYPE_KEYWORD:
			return nil, failure.New(failure.InvalidConfiguration, "use another namespace for pgvault",
				"search attribute %s exists in namespace %s with type %s instead of Keyword", name, namespace, have)
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	added := make([]string, 0, len(missing))
	for name := range missing {
		added = append(added, name)
	}
	slices.Sort(added)
	if err := addSearchAttributes(ctx, c, namespace, missing); err != nil {
		return nil, err
	}
	return added, waitForSearchAttributes(ctx, c, namespace, added)
}

func addSearchAttributes(ctx context.Context, c client.Client, namespace string, missing map[string]enumspb.IndexedValueType) error {
	_, err := c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	if err != nil {
		action := "have an administrator register them"
		for name := range missing {
			action += fmt.Sprintf("\ntemporal operator search-attribute create --namespace %s --type Keyword --name %s", namespace, name)
		}
		return failure.Wrap(err, failure.InvalidConfiguration, action, "search attributes cannot be registered in namespace %s", namespace)
	}
	return nil
}

// waitForSearchAttributes asks queries that use them until they are answered:
// registration is done before the server's own caches know.
func waitForSearchAttributes(ctx context.Context, c client.Client, namespace string, names []string) error {
	ctx, cancel := context.WithTimeout(ctx, visibleWithin)
	defer cancel()
	tick := time.NewTicker(visiblePoll)
	defer tick.Stop()
	for _, name := range names {
		for {
			_, err := c.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: namespace, Query: name + " = 'none'"})
			if err == nil {
				break
			}
			select {
			case <-ctx.Done():
				return failure.Wrap(err, failure.Internal, "run the command again", "search attribute %s is registered but not usable yet", name)
			case <-tick.C:
			}
		}
	}
	return nil
}
