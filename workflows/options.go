package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/jobs"
)

// heartbeatTimeout is how long the step of a dead worker stays unnoticed.
// Workers heartbeat every five seconds, which also bounds the delay of a
// cancellation. A hung worker may get the step a second time through its open
// poll: two timeouts and the waits of [retryPolicy] after them are 49 seconds,
// so that another worker takes over within a minute.
const heartbeatTimeout = 20 * time.Second

type roleKey struct{}

// withRole routes the steps of a job to workers with a role.
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

// pollActivity is for a check that a job repeats for days. It outlives an
// outage.
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

// observeActivity is for a look at the whole vault. It ends before the next run of
// the watch begins, also if the vault cannot be read.
func observeActivity(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              roleOf(ctx).TransferQueue(),
		Summary:                summary,
		StartToCloseTimeout:    jobs.WatchInterval - 2*time.Minute,
		ScheduleToCloseTimeout: jobs.WatchInterval - time.Minute,
		HeartbeatTimeout:       heartbeatTimeout,
		WaitForCancellation:    true,
		RetryPolicy:            retryPolicy(),
	})
}

// transferActivity is for steps that move a whole database. They wait for one
// of the worker's few slots, so that nothing bounds the time until they start.
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

// optionalActivity is for steps over many small things that the job could do
// without. They are given up after some hours.
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

// cleanupActivity is for steps after a failure or a cancellation. They have a
// context of their own and are given up sooner, since the sweep repeats what
// they could not do.
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

// deliveryActivity is for a delivery to a receiver, which may be away for days.
func deliveryActivity(ctx workflow.Context, summary string) workflow.Context {
	policy := retryPolicy()
	policy.MaximumInterval = 5 * time.Minute
	// The time limit comes first. Without a number, Temporal's test environment
	// would make only ten attempts.
	policy.MaximumAttempts = 10_000
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              jobs.RoleWatch.Queue(),
		Summary:                summary,
		StartToCloseTimeout:    2 * time.Minute,
		ScheduleToCloseTimeout: 3 * 24 * time.Hour,
		HeartbeatTimeout:       heartbeatTimeout,
		WaitForCancellation:    true,
		RetryPolicy:            policy,
	})
}

// retryPolicy does not bound the attempts: internal/temporalx/endurance.go
// decides after a failed attempt how many to make and how long to wait for the
// end of an outage. User errors are marked as not retryable where they are
// converted. The longest wait also follows a heartbeat timeout, and delays the
// takeover from a dead worker.
func retryPolicy() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{
		InitialInterval:    3 * time.Second,
		BackoffCoefficient: 2,
		MaximumInterval:    30 * time.Second,
	}
}
