package temporalx

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.uber.org/zap"

	"github.com/pgvault/pgvault/internal/failure"
)

const addressAction = "set TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE (or TEMPORAL_PROFILE), the same as for the `temporal` command"

// ClientOptions returns options read from Temporal's configuration file and
// environment variables, as the `temporal` command reads them. metrics may be
// nil. The namespace is always set, since not every request of the SDK fills in
// its default.
func ClientOptions(logger *zap.Logger, metrics client.MetricsHandler) (client.Options, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return client.Options{}, failure.Wrap(err, failure.InvalidConfiguration, "correct Temporal's configuration file or its TEMPORAL_ variables", "the settings of the Temporal client")
	}
	options.Namespace = cmp.Or(options.Namespace, client.DefaultNamespace)
	options.HostPort = cmp.Or(options.HostPort, client.DefaultHostPort)
	options.Logger = NewLogger(logger)
	options.MetricsHandler = metrics
	return options, nil
}

// Namespace returns the namespace of [ClientOptions], or the default one if they
// cannot be read.
func Namespace() string {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return client.DefaultNamespace
	}
	return cmp.Or(options.Namespace, client.DefaultNamespace)
}

// Dial connects to the server. Its error says what to set if there is no
// server.
func Dial(ctx context.Context, options client.Options) (client.Client, error) {
	c, err := client.DialContext(ctx, options)
	if err != nil {
		return nil, failure.Wrap(err, failure.InvalidConfiguration, addressAction, "no answer from the Temporal server at %s", options.HostPort)
	}
	return c, nil
}

// Running reports whether the newest execution of a workflow ID is running. It
// returns false if the server does not know the ID.
func Running(ctx context.Context, c client.Client, workflowID string) (bool, error) {
	found, err := c.DescribeWorkflowExecution(ctx, workflowID, "")
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return false, nil
	}
	if err != nil {
		return false, RequestError("describe job "+workflowID, err)
	}
	return found.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, nil
}

// RequestError returns the error of a failed request to the server with a code
// and a remedy. what describes the request, such as "list jobs".
func RequestError(what string, err error) error {
	if err == nil {
		return nil
	}
	var noNamespace *serviceerror.NamespaceNotFound
	var late *serviceerror.DeadlineExceeded
	var unavailable *serviceerror.Unavailable
	var denied *serviceerror.PermissionDenied
	switch {
	case errors.As(err, &noNamespace):
		return failure.New(failure.InvalidConfiguration,
			addressAction+"\nor create it: temporal operator namespace create --namespace "+noNamespace.Namespace,
			"%s: the Temporal server has no namespace %q", what, noNamespace.Namespace)
	case errors.As(err, &denied):
		return failure.Wrap(err, failure.InvalidConfiguration, "use credentials that may do this in the namespace", "%s: Temporal refuses it", what)
	case errors.As(err, &unavailable):
		return failure.Wrap(err, failure.TemporalUnavailable, addressAction, "%s: the Temporal server does not answer", what)
	case errors.As(err, &late), errors.Is(err, context.DeadlineExceeded):
		return failure.Wrap(err, failure.TemporalUnavailable, "run the command again once the Temporal server has less to do",
			"%s: the Temporal server took too long to answer", what)
	}
	return fmt.Errorf("%s: %w", what, err)
}
