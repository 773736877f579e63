package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/jobs"
)

// heartbeatTimeout is how long a dead worker's step stays unnoticed. Workers
// heartbeat every five seconds, which is also how long a cancellation may take to
// arrive. A worker that hangs has one poll open by which it may get the step a
// second time: two timeouts and the waits of [retryPolicy] after them come to 49
// seconds, and another worker is to take over within a minute.
const heartbeatTimeout = 20 * time.Second

type roleKey struct{}

// withRole has the steps of a job done by workers of a role.
func withRole(ctx workflow.Context, r jobs.Role) workflow.Context {
	return workflow.WithValue(ctx, roleKey{}, r)
}

func roleOf(ctx workflow.Context) jobs.Role { return ctx.Value(roleKey{}).(jobs.Role) }

// shortActivity is for steps of seconds that read or write a few small things.
func shortActivity(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              roleOf(ctx).Queue(),
		Summary:                summary,
		StartToCloseTimeout:    5 * time.Minute,
		ScheduleToStartTimeout: time.Hour,
		HeartbeatTimeout:       heartbeatTimeout,
		WaitForCancellation:    true,
		RetryPolicy:            retryPolicy(),
	})
}

// pollActivity is for a look that a job comes back to for days: it outlives an outage.
func pollActivity(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              roleOf(ctx).Queue(),
		Summary:                summary,
		StartToCloseTimeout:    5 * time.Minute,
		ScheduleToCloseTimeout: 3 * 24 * time.Hour,
		HeartbeatTimeout:       heartbeatTimeout,
		WaitForCancellation:    true,
		RetryPolicy:            retryPolicy(),
	})
}

// transferActivity is for steps that move a whole database. They wait for one of the
// worker's few places, so nothing bounds the time until they start.
func transferActivity(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           roleOf(ctx).TransferQueue(),
		Summary:             summary,
		StartToCloseTimeout: 3 * 24 * time.Hour,
		HeartbeatTimeout:    heartbeatTimeout,
		WaitForCancellation: true,
		RetryPolicy:         retryPolicy(),
	})
}

// optionalActivity is for steps that go over many small things while the job itself could
// go on without them: they are given up after some hours.
func optionalActivity(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              roleOf(ctx).Queue(),
		Summary:                summary,
		StartToCloseTimeout:    2 * time.Hour,
		ScheduleToCloseTimeout: 3 * time.Hour,
		HeartbeatTimeout:       heartbeatTimeout,
		WaitForCancellation:    true,
		RetryPolicy:            retryPolicy(),
	})
}

// cleanupActivity is for steps that follow a failure or a cancellation: on a context of
// their own, and given up sooner, since the sweep does later what they could not.
func cleanupActivity(ctx workflow.Context, summary string) workflow.Context {
	disconnected, _ := workflow.NewDisconnectedContext(ctx)
	return workflow.WithActivityOptions(disconnected, workflow.ActivityOptions{
		TaskQueue:              roleOf(ctx).Queue(),
		Summary:                summary,
		StartToCloseTimeout:    2 * time.Minute,
		ScheduleToCloseTimeout: 10 * time.Minute,
		HeartbeatTimeout:       heartbeatTimeout,
		RetryPolicy:            retryPolicy(),
	})
}

// retryPolicy tries again without end: how many attempts are worth it, and for how
// long an outage is waited out, is decided where an attempt fails (see
// internal/temporalx/endurance.go). User errors are marked as not retryable
// where they are mapped. The longest wait also comes after a heartbeat timeout, and
// delays the takeover from a dead worker.
func retryPolicy() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{
		InitialInterval:    3 * time.Second,
		BackoffCoefficient: 2,
		MaximumInterval:    30 * time.Second,
	}
}
