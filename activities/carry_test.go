package activities_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// step is a step whose attempts use carriers by their number, as if on
// different workers. Its work waits until it is released or its context ends.
type step struct {
	client   client.Client
	job      client.WorkflowRun
	carriers func(attempt int32) *activities.Carrier
	attempts chan activity.Info
	// left receives each attempt that has ended on the worker.
	left  chan activity.Info
	works atomic.Int32
	goOn  chan struct{}
	cut   chan error
	// announce sends the work a text to announce; announced returns the error.
	announce  chan string
	announced chan error
}

// newStep starts a step with a pause between its attempts.
func newStep(t *testing.T, pause time.Duration, carriers func(attempt int32) *activities.Carrier) *step {
	t.Helper()
	s := &step{carriers: carriers, attempts: make(chan activity.Info, 10), left: make(chan activity.Info, 10), goOn: make(chan struct{}), cut: make(chan error, 10),
		announce: make(chan string), announced: make(chan error, 1),
	}
	s.client = dial(t)
	w := worker.New(s.client, "steps", worker.Options{
		Interceptors:                 []interceptor.WorkerInterceptor{temporalx.NewErrorInterceptor()},
		MaxHeartbeatThrottleInterval: time.Second,
	})
	w.RegisterActivityWithOptions(s.do, activity.RegisterOptions{Name: "Step"})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context) (result string, err error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: time.Hour, HeartbeatTimeout: 30 * time.Second, WaitForCancellation: true,
			RetryPolicy: &temporal.RetryPolicy{InitialInterval: pause},
		})
		err = workflow.ExecuteActivity(ctx, "Step").Get(ctx, &result)
		return result, err
	}, workflow.RegisterOptions{Name: "Job"})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	var err error
	s.job, err = s.client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: "steps"}, "Job")
	require.NoError(t, err)
	return s
}

func (s *step) do(ctx context.Context) (string, error) {
	s.attempts <- activity.GetInfo(ctx)
	defer func() { s.left <- activity.GetInfo(ctx) }()
	return activities.Carry(ctx, s.carriers(activity.GetInfo(ctx).Attempt), func(ctx context.Context) (string, error) {
		s.works.Add(1)
		for {
			select {
			case text := <-s.announce:
				s.announced <- activities.Announce(ctx, text)
			case <-s.goOn:
				return "done", nil
			case <-ctx.Done():
				s.cut <- context.Cause(ctx)
				return "", ctx.Err()
			}
		}
	})
}

// giveUp makes the server give up an attempt that continues.
func (s *step) giveUp(t *testing.T, attempt activity.Info) {
	t.Helper()
	require.NoError(t, s.client.CompleteActivity(t.Context(), attempt.TaskToken, nil, errors.New("given up")))
}

// dial returns a client to a new namespace.
func dial(t *testing.T) client.Client {
	t.Helper()
	c, err := temporalx.Dial(t.Context(), client.Options{
		HostPort: localenvtest.Temporal(t).Address, Namespace: t.Name(), Logger: temporalx.NewLogger(zap.NewNop()),
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	_, err = c.WorkflowService().RegisterNamespace(t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: t.Name(), WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Namespace: t.Name()})
		return err == nil
	}, time.Minute, 50*time.Millisecond)
	return c
}

// awaitCut waits until the work is ended, which happens long before the wait
// for an attempt would time out.
func (s *step) awaitCut(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return len(s.cut) == 1 }, time.Minute, 50*time.Millisecond, "the work goes on")
	require.ErrorContains(t, <-s.cut, "no attempt of the step comes to this worker any more")
}

func oneWorker() func(int32) *activities.Carrier {
	c := &activities.Carrier{}
	return func(int32) *activities.Carrier { return c }
}

// Rows may be committed only after the server knows the transaction, whichever
// attempt is running by then.
func TestWorkAnnouncesAfterItsAttemptIsLost(t *testing.T) {
	t.Parallel()
	s := newStep(t, time.Second, oneWorker())
	s.giveUp(t, <-s.attempts)
	s.announce <- "transaction 1"
	require.NoError(t, <-s.announced)
	found, err := s.client.DescribeWorkflowExecution(t.Context(), s.job.GetID(), "")
	require.NoError(t, err)
	require.Len(t, found.PendingActivities, 1)
	require.EqualValues(t, 2, found.PendingActivities[0].Attempt)
	require.Contains(t, found.PendingActivities[0].HeartbeatDetails.String(), "transaction 1")
	close(s.goOn)
	require.NoError(t, s.job.Get(t.Context(), nil))
	require.EqualValues(t, 1, s.works.Load())
}

func TestTheNextAttemptJoinsTheWork(t *testing.T) {
	t.Parallel()
	s := newStep(t, time.Second, oneWorker())
	for range 3 {
		s.giveUp(t, <-s.attempts)
	}
	<-s.attempts
	close(s.goOn)
	var result string
	require.NoError(t, s.job.Get(t.Context(), &result))
	require.Equal(t, "done", result)
	require.EqualValues(t, 1, s.works.Load())
}

// No attempt is running that could receive the cancellation.
func TestACancelledJobEndsItsWork(t *testing.T) {
	t.Parallel()
	s := newStep(t, time.Hour, oneWorker())
	s.giveUp(t, <-s.attempts)
	<-s.left // a worker also learns of a cancellation without a heartbeat
	require.NoError(t, s.client.CancelWorkflow(t.Context(), s.job.GetID(), ""))
	require.Error(t, s.job.Get(t.Context(), nil))
	s.awaitCut(t)
}

func TestAnotherWorkersAttemptEndsTheWork(t *testing.T) {
	t.Parallel()
	workers := map[int32]*activities.Carrier{1: {}, 2: {}}
	s := newStep(t, time.Second, func(attempt int32) *activities.Carrier { return workers[attempt] })
	s.giveUp(t, <-s.attempts)
	<-s.attempts
	s.awaitCut(t)
	close(s.goOn)
	require.NoError(t, s.job.Get(t.Context(), nil))
	require.EqualValues(t, 2, s.works.Load())
}
