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
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// staged is a job of one transfer that fails once.
func staged(ctx workflow.Context) error {
	return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: jobs.RoleBackup.TransferQueue(), StartToCloseTimeout: time.Minute, HeartbeatTimeout: 20 * time.Second, WaitForCancellation: true,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 3 * time.Second},
	}), "Dump").Get(ctx, nil)
}

// stageTest starts workers for a job one by one.
type stageTest struct {
	*testing.T
	client client.Client
	jobs   *temporalx.Jobs
}

func (s *stageTest) worker(queue string, register func(worker.Worker)) {
	w := worker.New(s.client, queue, worker.Options{MaxConcurrentActivityExecutionSize: 1})
	register(w)
	require.NoError(s, w.Start())
	s.Cleanup(w.Stop)
}

// reaches waits until a job has a stage.
func (s *stageTest) reaches(run client.WorkflowRun, want temporalx.Stage) (found temporalx.Progress) {
	require.Eventually(s, func() bool {
		var err error
		found, err = s.jobs.Progress(s.Context(), run.GetID(), run.GetRunID())
		return err == nil && found.Stage == want
	}, time.Minute, 10*time.Millisecond, "%s", want)
	return found
}

func TestTheStagesOfAStep(t *testing.T) {
	t.Parallel()
	c, namespace := dial(t)
	s := &stageTest{t, c, temporalx.NewJobs(c, namespace)}
	start := func(id string) client.WorkflowRun {
		run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: jobs.TaskQueue}, "Staged")
		require.NoError(t, err)
		return run
	}
	run := start("first")
	require.Empty(t, s.reaches(run, temporalx.StageNoWorker).Step, "nobody has the job")

	s.worker(jobs.TaskQueue, func(w worker.Worker) {
		w.RegisterWorkflowWithOptions(staged, workflow.RegisterOptions{Name: "Staged"})
	})
	require.Eventually(t, func() bool { return s.reaches(run, temporalx.StageNoWorker).Step == "Dump" }, time.Minute, 10*time.Millisecond, "nobody has the step")

	s.worker(jobs.RoleBackup.Queue(), func(w worker.Worker) { w.RegisterActivity(func(context.Context) error { return nil }) })
	s.reaches(run, temporalx.StageQueued)

	s.worker(jobs.RoleBackup.TransferQueue(), func(w worker.Worker) {
		w.RegisterActivityWithOptions(func(ctx context.Context) error {
			if activity.GetInfo(ctx).Attempt == 1 {
				return errors.New("no answer")
			}
			for ctx.Err() == nil {
				activity.RecordHeartbeat(ctx)
				select {
				case <-ctx.Done():
				case <-time.After(10 * time.Millisecond):
				}
			}
			return ctx.Err()
		}, activity.RegisterOptions{Name: "Dump"})
	})
	found := s.reaches(run, temporalx.StageRetrying)
	require.Equal(t, "no answer", found.LastError)
	require.EqualValues(t, 2, found.Attempt)
	require.WithinDuration(t, time.Now(), found.RetryAt, 10*time.Second)
	s.reaches(run, temporalx.StageWorking)
	second := start("second")
	require.Equal(t, "Dump", s.reaches(second, temporalx.StageQueued).Step, "the worker has the other job's step")
	require.NoError(t, c.CancelWorkflow(t.Context(), second.GetID(), ""))
	require.NoError(t, c.CancelWorkflow(t.Context(), run.GetID(), ""))
	require.Error(t, run.Get(t.Context(), nil))
}
