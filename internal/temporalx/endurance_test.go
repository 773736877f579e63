package temporalx_test

import (
	"context"
	"strings"
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
	"github.com/pgvault/pgvault/internal/temporalx"
)

// endure runs one step on a server; attempt decides how each attempt ends.
func endure(t *testing.T, patience time.Duration, attempt func(ctx context.Context, number int32) error) (told []temporalx.Report, err error) {
	t.Helper()
	c, _ := dial(t)
	w := worker.New(c, "endure", worker.Options{Interceptors: []interceptor.WorkerInterceptor{temporalx.NewPatientInterceptor(temporalx.Patience{
		Limit: func(context.Context) time.Duration { return patience },
		Tell:  func(_ context.Context, r temporalx.Report) { told = append(told, r) },
	}, temporalx.StepLog{})}})
	w.RegisterActivityWithOptions(func(ctx context.Context) error {
		activity.RecordHeartbeat(ctx, "working")
		return attempt(ctx, activity.GetInfo(ctx).Attempt)
	}, activity.RegisterOptions{Name: "Step"})
	job := func(ctx workflow.Context) error {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: time.Minute, HeartbeatTimeout: 30 * time.Second,
			RetryPolicy: &temporal.RetryPolicy{InitialInterval: 50 * time.Millisecond, BackoffCoefficient: 1},
		})
		return workflow.ExecuteActivity(ctx, "Step").Get(ctx, nil)
	}
	w.RegisterWorkflowWithOptions(job, workflow.RegisterOptions{Name: "Job"})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: "endure"}, "Job")
	require.NoError(t, err)
	err = run.Get(t.Context(), nil)
	return told, err
}

func TestStopsOfWorkersUseUpNothing(t *testing.T) {
	t.Parallel()
	var reached int32
	_, err := endure(t, time.Hour, func(_ context.Context, number int32) error {
		if reached = number; number <= 20 {
			return failure.New(failure.WorkerStopping, "", "the worker is stopping")
		}
		return nil
	})
	require.NoError(t, err)
	require.EqualValues(t, 21, reached)
}

func TestAnOutageIsWaitedOut(t *testing.T) {
	t.Parallel()
	_, err := endure(t, time.Hour, func(_ context.Context, number int32) error {
		if number <= 20 {
			return failure.New(failure.ServerConnectionClosed, "", "server db1 refuses connections")
		}
		return nil
	})
	require.NoError(t, err)
}

func TestAnOutageHasItsLimit(t *testing.T) {
	t.Parallel()
	_, err := endure(t, time.Second, func(context.Context, int32) error {
		return failure.New(failure.StorageUnavailable, "look at the account", "storage account a does not answer")
	})
	f := temporalx.Failure(err)
	require.Equal(t, failure.StorageUnavailable, f.Code)
	require.Contains(t, f.Message, "storage account a does not answer")
	require.Regexp(t, `it was waited for \d+s, and \d+ attempts were made`, f.Message)
	require.Equal(t, "look at the account", f.Action)
}

func TestOtherFaultsHaveTheirNumber(t *testing.T) {
	t.Parallel()
	var reached int32
	_, err := endure(t, time.Hour, func(_ context.Context, number int32) error {
		if reached = number; number%2 == 0 {
			return failure.New(failure.WorkerStopping, "", "the worker is stopping")
		}
		return failure.New(failure.Internal, "", "it is broken")
	})
	f := temporalx.Failure(err)
	require.Equal(t, failure.Internal, f.Code)
	require.Contains(t, f.Message, "8 attempts have failed")
	require.Contains(t, f.Message, "it is broken")
	require.EqualValues(t, 15, reached, "stops do not count")
}

// Outages that end and begin again in each attempt are bounded by their number,
// since their duration would not bound them.
func TestAConnectionThatIsCutEachTimeHasItsNumber(t *testing.T) {
	t.Parallel()
	var reached int32
	_, err := endure(t, time.Hour, func(ctx context.Context, number int32) error {
		reached = number
		temporalx.Moved(ctx)
		return failure.New(failure.ServerConnectionClosed, "", "server db1 closed the connection")
	})
	require.Equal(t, failure.ServerConnectionClosed, temporalx.Failure(err).Code)
	require.EqualValues(t, 8, reached)
}

func TestAStepsOwnDetailsTravelBesideTheRecord(t *testing.T) {
	t.Parallel()
	var seen []string
	_, err := endure(t, time.Hour, func(ctx context.Context, number int32) error {
		var own string
		if activity.HasHeartbeatDetails(ctx) {
			require.NoError(t, activity.GetHeartbeatDetails(ctx, &own))
		}
		seen = append(seen, own)
		if number < 3 {
			return failure.New(failure.LockTimeout, "", "locked")
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []string{"", "working", "working"}, seen)
}

// The job learns why its step is tried again, unless nothing has failed.
func TestTheJobLearnsWhyItsStepIsTriedAgain(t *testing.T) {
	t.Parallel()
	told, err := endure(t, time.Hour, func(_ context.Context, number int32) error {
		switch number {
		case 1:
			return failure.New(failure.LockTimeout, "", "table a is locked\nby another session")
		case 2:
			return failure.New(failure.WorkerStopping, "", "the worker is stopping")
		case 3:
			return failure.New(failure.StorageUnavailable, "", "no answer: %s", strings.Repeat("x", 1000))
		}
		return nil
	})
	require.NoError(t, err)
	require.Len(t, told, 2)
	require.Equal(t, temporalx.Report{Failed: "attempt 1 failed: LockTimeout: table a is locked"}, told[0])
	require.Contains(t, told[1].Failed, "attempt 3 failed: StorageUnavailable: no answer: xxx")
	require.Less(t, len(told[1].Failed), 400)
	require.Contains(t, told[1].Waiting, "to try again, attempt 3 failed: no answer")
}
