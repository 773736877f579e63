package temporalx_test

import (
	"context"
	"fmt"
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
	"go.uber.org/zap"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// clocked is a worker whose clock is ahead of the server's.
type clocked struct {
	ahead    time.Duration
	patience temporalx.Patience
	steps    atomic.Int32
	told     chan string
}

func newClocked(ahead, limit time.Duration) *clocked {
	c := &clocked{ahead: ahead, told: make(chan string, 1000)}
	c.patience = temporalx.Patience{
		Limit: func(context.Context) time.Duration { return limit },
		Tell: func(ctx context.Context, r temporalx.Report) {
			if ctx.Err() == nil {
				c.told <- r.Waiting
			}
		},
		StorageTime: func(ctx context.Context) (time.Time, error) { return time.Now().Add(-ahead), ctx.Err() },
	}
	return c
}

// start makes the worker poll the queue for activities.
func (c *clocked) start(t *testing.T, namespace, queue string) {
	t.Helper()
	server, err := localenv.ShiftTemporal(localenvtest.Temporal(t).Address, c.ahead)
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	shifted, err := temporalx.Dial(t.Context(), client.Options{HostPort: server.Address, Namespace: namespace, Logger: temporalx.NewLogger(zap.NewNop())})
	require.NoError(t, err)
	t.Cleanup(shifted.Close)
	w := worker.New(shifted, queue, worker.Options{
		DisableWorkflowWorker: true, Interceptors: []interceptor.WorkerInterceptor{temporalx.NewPatientInterceptor(c.patience, temporalx.StepLog{})},
	})
	w.RegisterActivityWithOptions(func(context.Context) error {
		c.steps.Add(1)
		return nil
	}, activity.RegisterOptions{Name: "Step"})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
}

// startJobs starts jobs of one step each on a queue.
func startJobs(t *testing.T, c client.Client, queue string, jobs int, options workflow.ActivityOptions) []client.WorkflowRun {
	t.Helper()
	options.TaskQueue, options.HeartbeatTimeout = queue, 30*time.Second
	options.RetryPolicy = &temporal.RetryPolicy{InitialInterval: 50 * time.Millisecond, BackoffCoefficient: 1}
	w := worker.New(c, queue, worker.Options{LocalActivityWorkerOnly: true})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), "Step").Get(ctx, nil)
	}, workflow.RegisterOptions{Name: "Job"})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	var runs []client.WorkflowRun
	for range jobs {
		run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: queue}, "Job")
		require.NoError(t, err)
		runs = append(runs, run)
	}
	return runs
}

var (
	shortStep = workflow.ActivityOptions{StartToCloseTimeout: 5 * time.Minute}
	// boundStep is over by the clock of a worker that is ahead.
	boundStep = workflow.ActivityOptions{StartToCloseTimeout: 2 * time.Minute, ScheduleToCloseTimeout: 10 * time.Minute}
)

// The SDK ends a step's context by the worker's clock, and then does not report
// the step's result.
func TestAWorkerWithAWrongClock(t *testing.T) {
	t.Parallel()
	c, namespace := dial(t)
	for _, step := range []struct {
		ahead   time.Duration
		options workflow.ActivityOptions
	}{
		{-10 * time.Minute, shortStep}, {-30 * 24 * time.Hour, boundStep},
		{10 * time.Minute, shortStep}, {10 * time.Minute, boundStep}, {30 * 24 * time.Hour, boundStep},
	} {
		t.Run(fmt.Sprint(step.ahead, step.options.ScheduleToCloseTimeout), func(t *testing.T) {
			t.Parallel()
			w := newClocked(step.ahead, time.Second)
			w.start(t, namespace, t.Name())
			err := startJobs(t, c, t.Name(), 1, step.options)[0].Get(t.Context(), nil)
			require.Error(t, err)
			f := temporalx.Failure(err)
			require.Equal(t, failure.ClockSkew, f.Code, "%v", err)
			require.Regexp(t, `clock of worker \S+ says \S+, and the Temporal server's \S+; the storage's says \S+: the worker's clock is .*(ahead|behind)`, f.Message)
			require.Contains(t, f.Action, "NTP")
			require.Zero(t, w.steps.Load())
			require.Contains(t, <-w.told, "ClockSkew")
		})
	}
}

func TestAWorkerWithARightClockTakesTheStep(t *testing.T) {
	t.Parallel()
	c, namespace := dial(t)
	wrong, healthy := newClocked(3*24*time.Hour, time.Hour), newClocked(0, time.Hour)
	wrong.start(t, namespace, t.Name())
	runs := startJobs(t, c, t.Name(), 2, boundStep)
	for range runs {
		<-wrong.told
	}
	healthy.start(t, namespace, t.Name())
	for _, run := range runs {
		require.NoError(t, run.Get(t.Context(), nil))
	}
	require.EqualValues(t, len(runs), healthy.steps.Load())
	require.Zero(t, wrong.steps.Load())
}

// TestTheClockOfTheServerIsWrong includes a storage that does not answer.
func TestTheClockOfTheServerIsWrong(t *testing.T) {
	t.Parallel()
	c, namespace := dial(t)
	for want, storage := range map[string]func(context.Context) (time.Time, error){
		"the Temporal server's clock is 3h0m": func(context.Context) (time.Time, error) { return time.Now(), nil },
		"one of them is wrong by 3h0m":        func(context.Context) (time.Time, error) { return time.Time{}, context.DeadlineExceeded },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			w := newClocked(3*time.Hour, time.Second)
			w.patience.StorageTime = storage
			w.start(t, namespace, t.Name())
			err := startJobs(t, c, t.Name(), 1, shortStep)[0].Get(t.Context(), nil)
			require.Error(t, err)
			f := temporalx.Failure(err)
			require.Equal(t, failure.ClockSkew, f.Code)
			require.Contains(t, f.Message, want)
		})
	}
}
