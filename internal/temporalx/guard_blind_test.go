package temporalx_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// guardedStep runs one step.
func guardedStep(ctx workflow.Context, step string) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1},
	})
	return workflow.ExecuteActivity(ctx, step).Get(ctx, nil)
}

// TestADeliveryNeedsNoVault: a worker that has started while the storage is away can
// tell so, and does nothing else.
func TestADeliveryNeedsNoVault(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		url, step string
		memo      map[string]any
		delivers  bool
	}{
		"a delivery":                   {vaultURL, jobs.StepDeliver, owner.Memo(), true},
		"a delivery, started by hand":  {vaultURL, jobs.StepDeliver, nil, true},
		"a delivery of another vault":  {vaultURL, jobs.StepDeliver, second.Memo(), false},
		"another step":                 {vaultURL, "Touch", owner.Memo(), false},
		"by the worker of another one": {second.URL, jobs.StepDeliver, owner.Memo(), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connection, namespace := dial(t)
			_, err := temporalx.Reconcile(t.Context(), connection, owner, desire(t))
			require.NoError(t, err)
			w := newGuarded(connection, namespace, temporalx.Owner{URL: c.url})
			w.guard.ReadID = func(context.Context) (string, error) { return "", errors.New("the storage is away") }
			w.RegisterWorkflowWithOptions(guardedStep, workflow.RegisterOptions{Name: "Step"})
			w.RegisterActivityWithOptions(func(context.Context) error {
				w.steps.Add(1)
				return nil
			}, activity.RegisterOptions{Name: jobs.StepDeliver})
			require.NoError(t, w.Start())
			defer w.Stop()
			run, err := connection.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "one", TaskQueue: jobs.TaskQueue, Memo: c.memo}, "Step", c.step)
			require.NoError(t, err)
			err = run.Get(t.Context(), nil)
			if c.delivers {
				require.NoError(t, err)
				require.EqualValues(t, 1, w.steps.Load())
				return
			}
			require.ErrorContains(t, err, "the storage is away")
			require.Zero(t, w.steps.Load())
		})
	}
}
