package temporalx_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"time"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
)

func marks(operation, instance string) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(temporalx.KeyOperation.ValueSet(operation), temporalx.KeyInstance.ValueSet(instance))
}

// bench is a worker with workflows shaped like the real ones. Their steps only
// count, or fail on request.
type bench struct {
	client    client.Client
	namespace string
	jobs      *temporalx.Jobs

	mu      sync.Mutex
	counts  map[string]int
	failing map[string]error
	hold    chan struct{}
}

func newBench(t *testing.T) *bench {
	t.Helper()
	c, namespace := dial(t)
	b := &bench{client: c, namespace: namespace, jobs: temporalx.NewJobs(c, namespace), counts: map[string]int{}, failing: map[string]error{}}
	w := worker.New(c, jobs.TaskQueue, worker.Options{Interceptors: []interceptor.WorkerInterceptor{temporalx.NewErrorInterceptor()}})
	b.register(w)
	for _, name := range []string{"Plan", "Dump", "Commit", "Hold", "RestoreDatabase", "PublishDatabase", "DropTarget", "ReleaseHold", "RecordJob"} {
		w.RegisterActivityWithOptions(func(ctx context.Context) error { return b.step(ctx, name) }, activity.RegisterOptions{Name: name})
	}
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	return b
}

func (b *bench) register(r worker.WorkflowRegistry) {
	for name, w := range map[string]any{"Backup": benchBackup, "BackupRun": benchBackupRun, "Restore": benchRestore} {
		r.RegisterWorkflowWithOptions(w, workflow.RegisterOptions{Name: name})
	}
}

func (b *bench) step(ctx context.Context, name string) error {
	b.mu.Lock()
	b.counts[name]++
	err, hold := b.failing[name], b.hold
	b.mu.Unlock()
	if hold != nil && name == "Dump" {
		activity.RecordHeartbeat(ctx, map[string]string{"phase": "dump"})
		select {
		case <-hold:
		case <-ctx.Done():
		}
	}
	return err
}

func (b *bench) fail(name string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failing[name] = err
}

func (b *bench) count(name string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.counts[name]
}

func run(ctx workflow.Context, names ...string) error {
	for _, name := range names {
		ctx := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: time.Minute, Summary: "do " + name, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1},
		})
		if err := workflow.ExecuteActivity(ctx, name).Get(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

func benchBackup(ctx workflow.Context) error {
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: "backup-run/a/b"})
	return workflow.ExecuteChildWorkflow(ctx, "BackupRun").Get(ctx, nil)
}

func benchBackupRun(ctx workflow.Context) error {
	err := run(ctx, "Plan", "Dump", "Commit")
	return errors.Join(err, run(ctx, "RecordJob"))
}

func benchRestore(ctx workflow.Context) error {
	if err := run(ctx, "Plan", "Hold"); err != nil {
		return err
	}
	err := run(ctx, "RestoreDatabase", "PublishDatabase")
	if err != nil {
		err = errors.Join(err, run(ctx, "DropTarget"))
	}
	return errors.Join(err, run(ctx, "ReleaseHold", "RecordJob"))
}

func (b *bench) start(t *testing.T, id, kind string) client.WorkflowRun {
	t.Helper()
	run, err := b.client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: id, TaskQueue: jobs.TaskQueue, TypedSearchAttributes: marks(kind, "a/b"),
	}, kind)
	require.NoError(t, err)
	return run
}
