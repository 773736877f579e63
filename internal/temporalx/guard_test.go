package temporalx_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// guarded is a worker of a vault that counts its steps.
type guarded struct {
	worker.Worker
	guard *temporalx.Guard
	steps atomic.Int32
	// fatal receives the error for which the worker must end.
	fatal chan error
}

func newGuarded(c client.Client, namespace string, vault temporalx.Owner) *guarded {
	g := &guarded{fatal: make(chan error, 100)}
	g.guard = &temporalx.Guard{
		Client: c, Namespace: namespace, URL: vault.URL, Fatal: func(err error) { g.fatal <- err },
		ReadID: func(context.Context) (string, error) { return vault.ID, nil },
	}
	g.Worker = worker.New(c, jobs.TaskQueue, worker.Options{
		Interceptors: []interceptor.WorkerInterceptor{temporalx.NewErrorInterceptor(), temporalx.NewGuardInterceptor(g.guard)},
	})
	g.RegisterWorkflowWithOptions(guardedJob, workflow.RegisterOptions{Name: "Job"})
	g.RegisterWorkflowWithOptions(guardedWork, workflow.RegisterOptions{Name: "Work"})
	g.RegisterActivityWithOptions(func(context.Context) error {
		g.steps.Add(1)
		return nil
	}, activity.RegisterOptions{Name: "Touch"})
	return g
}

// guardedJob continues as new, with a child that does the work.
func guardedJob(ctx workflow.Context, runs int) error {
	if runs > 1 {
		return workflow.NewContinueAsNewError(ctx, "Job", runs-1)
	}
	return workflow.ExecuteChildWorkflow(ctx, "Work").Get(ctx, nil)
}

func guardedWork(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute, RetryPolicy: &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 1},
	})
	return workflow.ExecuteActivity(ctx, "Touch").Get(ctx, nil)
}

func startGuarded(t *testing.T, c client.Client, id string, memo map[string]any) client.WorkflowRun {
	t.Helper()
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: jobs.TaskQueue, Memo: memo}, "Job", 2)
	require.NoError(t, err)
	return run
}

var second = temporalx.Owner{ID: "second", URL: vaultURL + "2"}

// A worker of another vault that ran in the namespace before it had an owner
// touches nothing, ends, and fails no job.
func TestGuardLeavesTheJobsOfAnotherVault(t *testing.T) {
	t.Parallel()
	c, namespace := dial(t)
	stray := newGuarded(c, namespace, second)
	require.NoError(t, stray.guard.Check(t.Context()), "the namespace is nobody's yet")
	require.NoError(t, stray.Start())
	_, err := temporalx.Reconcile(t.Context(), c, owner, desire(t))
	require.NoError(t, err)

	ours, byHand := startGuarded(t, c, "ours", owner.Memo()), startGuarded(t, c, "by-hand", nil)
	for range 2 {
		fatal := <-stray.fatal
		require.Equal(t, failure.NamespaceOfAnotherVault, failure.CodeOf(fatal))
		for _, text := range []string{namespace, owner.ID, owner.URL, second.ID, second.URL, "TEMPORAL_NAMESPACE", "PGVAULT_VAULT"} {
			require.ErrorContains(t, fatal, text)
		}
	}
	stray.Stop()
	right := newGuarded(c, namespace, owner)
	require.NoError(t, right.guard.Check(t.Context()))
	require.NoError(t, right.Start())
	defer right.Stop()
	require.NoError(t, ours.Get(t.Context(), nil))
	require.NoError(t, byHand.Get(t.Context(), nil))
	require.EqualValues(t, 2, right.steps.Load())
	require.Zero(t, stray.steps.Load())

	require.Equal(t, failure.NamespaceOfAnotherVault, failure.CodeOf(newGuarded(c, namespace, second).guard.Check(t.Context())))
}

// A job that names another vault fails and ends no worker.
func TestGuardRefusesAForeignJob(t *testing.T) {
	t.Parallel()
	c, namespace := dial(t)
	_, err := temporalx.Reconcile(t.Context(), c, owner, desire(t))
	require.NoError(t, err)
	w := newGuarded(c, namespace, owner)
	require.NoError(t, w.Start())
	defer w.Stop()
	err = startGuarded(t, c, "theirs", second.Memo()).Get(t.Context(), nil)
	require.Equal(t, failure.JobOfAnotherVault, temporalx.Failure(err).Code)
	require.ErrorContains(t, err, second.ID)
	require.ErrorContains(t, err, owner.ID)
	require.Zero(t, w.steps.Load())
	require.Empty(t, w.fatal)
}

// No job is known to belong to a vault without an ID.
func TestGuardOfAVaultWithoutAnID(t *testing.T) {
	t.Parallel()
	c, namespace := dial(t)
	w := newGuarded(c, namespace, temporalx.Owner{URL: vaultURL})
	err := w.guard.Check(t.Context())
	require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err))
	require.ErrorContains(t, err, "To mend it: pgvault apply")
	require.NoError(t, w.Start())
	defer w.Stop()
	err = startGuarded(t, c, "early", nil).Get(t.Context(), nil)
	require.Equal(t, failure.InvalidConfiguration, temporalx.Failure(err).Code)
	require.Zero(t, w.steps.Load())

	_, err = temporalx.Reconcile(t.Context(), c, owner, desire(t))
	require.NoError(t, err)
	require.NoError(t, startGuarded(t, c, "known-by-its-url", nil).Get(t.Context(), nil))
	require.EqualValues(t, 1, w.steps.Load())
	lost := newGuarded(c, namespace, temporalx.Owner{URL: second.URL})
	require.Equal(t, failure.NamespaceOfAnotherVault, failure.CodeOf(lost.guard.Check(t.Context())))
}

// A vault that was copied to another container keeps its namespace.
func TestReconcileOfAVaultThatMoved(t *testing.T) {
	t.Parallel()
	c, namespace := dial(t)
	found, err := temporalx.NamespaceOwner(t.Context(), c)
	require.NoError(t, err)
	require.Empty(t, found)
	_, err = temporalx.Reconcile(t.Context(), c, owner, desire(t, "shop/a"))
	require.NoError(t, err)
	moved := temporalx.Owner{ID: owner.ID, URL: "https://new.blob.core.windows.net/postgres"}
	done, err := temporalx.Reconcile(t.Context(), c, moved, desire(t, "shop/a"))
	require.NoError(t, err)
	require.Equal(t, []temporalx.Change{
		{Schedule: "sweep", Kind: temporalx.Updated, Detail: "job"}, {Schedule: "backup/shop/a", Kind: temporalx.Updated, Detail: "job"},
	}, done.Changes)
	found, err = temporalx.NamespaceOwner(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, moved, found)
	require.NoError(t, newGuarded(c, namespace, owner).guard.Check(t.Context()))
}
