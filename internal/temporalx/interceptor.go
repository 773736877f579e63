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

// longStep is the least time limit of a step that waits for the end of an
// outage within its attempt, since it has much to lose. Other steps fail and
// are retried.
const longStep = time.Hour

// workerName distinguishes this process from other workers.
var workerName = Hostname() + "/" + strconv.Itoa(os.Getpid())

// Hostname returns the name of this host, or "" if the system does not tell it.
func Hostname() string {
	name, _ := os.Hostname() // the process ID alone must do
	return name
}

// errorInterceptor converts the errors of a worker's activities and decides how
// long a step is retried.
type errorInterceptor struct {
	interceptor.WorkerInterceptorBase
	patience Patience
}

// Patience is how a worker waits for services that are unavailable.
type Patience struct {
	// Limit returns the longest wait.
	Limit func(context.Context) time.Duration
	// Tell reports the wait to the step's job.
	Tell func(ctx context.Context, text string)
	// StorageTime returns the storage's time. If the clocks of the worker and
	// of the Temporal server disagree, it decides which is wrong. It is nil for
	// a worker without a storage.
	StorageTime func(context.Context) (time.Time, error)
}

// of returns how long a step may fail because of outages. A step with a time
// limit for all attempts has that limit, which the server enforces.
func (p Patience) of(ctx context.Context) time.Duration {
	return cmp.Or(activity.GetInfo(ctx).ScheduleToCloseTimeout, p.Limit(ctx))
}

var _ interceptor.WorkerInterceptor = (*errorInterceptor)(nil)

// NewErrorInterceptor returns an interceptor for steps that wait up to
// [outage.DefaultPatience]. See [FromActivity].
func NewErrorInterceptor() interceptor.WorkerInterceptor {
	return NewPatientInterceptor(Patience{
		Limit: func(context.Context) time.Duration { return outage.DefaultPatience },
		Tell:  func(context.Context, string) {},
	})
}

// NewPatientInterceptor returns an interceptor for steps that wait as p says.
func NewPatientInterceptor(p Patience) interceptor.WorkerInterceptor {
	return &errorInterceptor{patience: p}
}

// InterceptActivity adds the boundary to an activity.
func (i *errorInterceptor) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &activityBoundary{interceptor.ActivityInboundInterceptorBase{Next: next}, i.patience}
}

type activityBoundary struct {
	interceptor.ActivityInboundInterceptorBase
	patience Patience
}

// Init makes heartbeats carry the record of attempts.
func (b *activityBoundary) Init(outbound interceptor.ActivityOutboundInterceptor) error {
	return b.Next.Init(&recording{interceptor.ActivityOutboundInterceptorBase{Next: outbound}})
}

// ExecuteActivity executes the activity and converts its error. A worker whose
// clock is wrong refuses the activity.
func (b *activityBoundary) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	if off := b.patience.compareClocks(ctx); off != nil {
		return nil, refuse(ctx, off, b.patience)
	}
	if err := offerBack(ctx); err != nil {
		return nil, err
	}
	ctx, attempts, err := begin(ctx)
	if err != nil {
		return nil, notRetryable(Failure(err), "")
	}
	working := ctx
	if activity.GetInfo(ctx).StartToCloseTimeout > longStep {
		working = outage.WithPatience(ctx, b.patience.Limit(ctx))
	}
	result, err := b.Next.ExecuteActivity(working, in)
	return result, attempts.end(ctx, FromActivity(ctx, err), b.patience)
}
