package temporalx

import (
	"cmp"
	"context"
	"os"
	"strconv"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"

	"github.com/pgvault/pgvault/internal/outage"
)

// longStep is the least time limit of a step that waits for an outage's end by
// itself, since it has much to lose. All others leave it to another attempt.
const longStep = time.Hour

// workerName distinguishes this process from other workers.
var workerName = hostname() + "/" + strconv.Itoa(os.Getpid())

func hostname() string {
	name, _ := os.Hostname() // the process ID alone is better than nothing
	return name
}

// errorInterceptor is the activity boundary of a worker: activities return
// plain errors, and this maps them, once, and decides how long a step goes on
// after failures.
type errorInterceptor struct {
	interceptor.WorkerInterceptorBase
	patience Patience
}

// Patience is how a worker waits for what is away.
type Patience struct {
	// Limit is how long.
	Limit func(context.Context) time.Duration
	// Tell notifies the step's job of the wait.
	Tell func(ctx context.Context, text string)
	// StorageTime reads the clock of the storage. Where the clocks of the worker and
	// of the Temporal server disagree, it decides which of them is wrong. Nil is
	// for a worker that has no storage.
	StorageTime func(context.Context) (time.Time, error)
}

// of is how long a step may go on failing for what is away. One with a time
// limit for all its attempts has that, which the server keeps.
func (p Patience) of(ctx context.Context) time.Duration {
	return cmp.Or(activity.GetInfo(ctx).ScheduleToCloseTimeout, p.Limit(ctx))
}

var _ interceptor.WorkerInterceptor = (*errorInterceptor)(nil)

// NewErrorInterceptor makes the boundary of steps that wait for as long as
// [outage.DefaultPatience]. See [FromActivity].
func NewErrorInterceptor() interceptor.WorkerInterceptor {
	return NewPatientInterceptor(Patience{
		Limit: func(context.Context) time.Duration { return outage.DefaultPatience },
		Tell:  func(context.Context, string) {},
	})
}

// NewPatientInterceptor makes the boundary of steps that wait for what is away
// as the worker does.
func NewPatientInterceptor(p Patience) interceptor.WorkerInterceptor {
	return &errorInterceptor{patience: p}
}

// InterceptActivity puts the boundary around every activity.
func (i *errorInterceptor) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &activityBoundary{interceptor.ActivityInboundInterceptorBase{Next: next}, i.patience}
}

type activityBoundary struct {
	interceptor.ActivityInboundInterceptorBase
	patience Patience
}

// Init has heartbeats carry the record of attempts.
func (b *activityBoundary) Init(outbound interceptor.ActivityOutboundInterceptor) error {
	return b.Next.Init(&recording{interceptor.ActivityOutboundInterceptorBase{Next: outbound}})
}

// ExecuteActivity maps the error of the activity, which a worker whose clock is
// wrong does not begin.
func (b *activityBoundary) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	if off := b.patience.compareClocks(ctx); off != nil {
		return nil, refuse(ctx, off, b.patience)
	}
	if err := offerBack(ctx); err != nil {
		return nil, err
	}
	ctx, attempts, err := begin(ctx)
	if err != nil {
		return nil, givenUp(Failure(err), "")
	}
	working := ctx
	if activity.GetInfo(ctx).StartToCloseTimeout > longStep {
		working = outage.WithPatience(ctx, b.patience.Limit(ctx))
	}
	result, err := b.Next.ExecuteActivity(working, in)
	return result, attempts.end(ctx, FromActivity(ctx, err), b.patience)
}
