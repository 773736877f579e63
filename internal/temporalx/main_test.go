package temporalx_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

const (
	soon = time.Minute
	look = 50 * time.Millisecond
)

// dial returns a client of the shared server, for a new namespace with the
// search attributes.
func dial(t *testing.T) (client.Client, string) {
	t.Helper()
	c, namespace := dialBare(t)
	_, err := temporalx.EnsureSearchAttributes(t.Context(), c, namespace)
	require.NoError(t, err)
	return c, namespace
}

func dialBare(t *testing.T) (client.Client, string) {
	t.Helper()
	namespace := t.Name()
	c, err := temporalx.Dial(t.Context(), client.Options{
		HostPort: localenvtest.Temporal(t).Address, Namespace: namespace, Logger: temporalx.NewLogger(zap.NewNop()),
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	_, err = c.WorkflowService().RegisterNamespace(t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: namespace, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Namespace: namespace})
		return err == nil
	}, soon, look)
	return c, namespace
}

func TestEnsureSearchAttributes(t *testing.T) {
	t.Parallel()
	c, namespace := dialBare(t)
	added, err := temporalx.EnsureSearchAttributes(t.Context(), c, namespace)
	require.NoError(t, err)
	require.Equal(t, []string{"PgvaultDatabase", "PgvaultErrorCode", "PgvaultInstance", "PgvaultOperation", "PgvaultOutcome", "PgvaultPhase", "PgvaultPoint"}, added)
	// They can be used at once.
	_, err = c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: "nobody", TypedSearchAttributes: marks("Backup", "a/b")}, "Backup")
	require.NoError(t, err)
	added, err = temporalx.EnsureSearchAttributes(t.Context(), c, namespace)
	require.NoError(t, err)
	require.Empty(t, added)
}

func TestDialNamesTheAddress(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	_, err := temporalx.Dial(ctx, client.Options{HostPort: "127.0.0.1:1", Logger: temporalx.NewLogger(zap.NewNop())})
	require.ErrorContains(t, err, "127.0.0.1:1")
	require.ErrorContains(t, err, "TEMPORAL_ADDRESS")
}

func TestMissingNamespaceIsNamed(t *testing.T) {
	t.Parallel()
	c, err := temporalx.Dial(t.Context(), client.Options{
		HostPort: localenvtest.Temporal(t).Address, Namespace: "nowhere", Logger: temporalx.NewLogger(zap.NewNop()),
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	_, attributes := temporalx.EnsureSearchAttributes(t.Context(), c, "nowhere")
	_, schedules := temporalx.Reconcile(t.Context(), c, owner, desire(t, "shop/a"))
	_, running := temporalx.Running(t.Context(), c, "backup/shop/a")
	for _, err := range []error{attributes, schedules, running, temporalx.StopSchedules(t.Context(), c, []string{"backup/shop/a"})} {
		require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err))
		require.ErrorContains(t, err, `no namespace "nowhere"`)
		require.ErrorContains(t, err, "TEMPORAL_NAMESPACE")
		require.ErrorContains(t, err, "temporal operator namespace create --namespace nowhere")
	}
}

func TestASlowServerIsSaidToBeSlow(t *testing.T) {
	t.Parallel()
	for _, late := range []error{context.DeadlineExceeded, serviceerror.NewDeadlineExceeded("context deadline exceeded")} {
		err := temporalx.RequestError("describe", late)
		require.ErrorContains(t, err, "describe: the Temporal server took too long to answer")
		require.ErrorContains(t, err, "To mend it:")
	}
}
