package temporalx

import (
	"cmp"
	"context"
	"os"
	"runtime/debug"
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
	log      StepLog
}

// Patience is how a worker waits for services that are unavailable.
type Patience struct {
	// Limit returns the longest wait.
	Limit func(context.Context) time.Duration
	// Tell reports to the step's job why another attempt follows.
	Tell func(ctx context.Context, r Report)
	// StorageTime returns the storage's time. If the clocks of the worker and
	// of the Temporal server disagree, it decides which is wrong. It is nil for
	// a worker without a storage.
	StorageTime func(context.Context) (time.Time, error)
}

// Report is why another attempt of a step follows.
type Report struct {
	// Waiting describes the wait for a service that is unavailable; empty if the
	// attempt has failed for another reason.
	Waiting string
	// Failed says which attempt has failed, and why.
	Failed string
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
		Tell:  func(context.Context, Report) {},
	}, StepLog{})
}

// NewPatientInterceptor returns an interceptor for steps that wait as p says, and
// whose ends are written to a log.
func NewPatientInterceptor(p Patience, log StepLog) interceptor.WorkerInterceptor {
	return &errorInterceptor{patience: p, log: log}
}

// InterceptActivity adds the boundary to an activity.
func (i *errorInterceptor) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &activityBoundary{interceptor.ActivityInboundInterceptorBase{Next: next}, i.patience, i.log}
}

type activityBoundary struct {
	interceptor.ActivityInboundInterceptorBase
	patience Patience
	log      StepLog
}

// Init makes heartbeats carry the record of attempts.
func (b *activityBoundary) Init(outbound interceptor.ActivityOutboundInterceptor) error {
	return b.Next.Init(&recording{interceptor.ActivityOutboundInterceptorBase{Next: outbound}})
}

// ExecuteActivity executes the activity, converts its error and writes the line of
// its end. A worker whose clock is wrong refuses the activity.
func (b *activityBoundary) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	began := time.Now()
	ended := attempt{args: in.Args}
	result, err := b.execute(ctx, in, &ended)
	ended.took, ended.told = time.Since(began), err
	b.log.ended(ctx, ended)
	return result, err
}

func (b *activityBoundary) execute(ctx context.Context, in *interceptor.ExecuteActivityInput, ended *attempt) (any, error) {
	if off := b.patience.compareClocks(ctx); off != nil {
		return nil, refuse(ctx, off, b.patience)
	}
	if err := offerBack(ctx); err != nil {
		return nil, err
	}
	ctx, attempts, err := begin(ctx, b.patience)
	if err != nil {
		return nil, notRetryable(Failure(err), "")
	}
	working := ctx
	if activity.GetInfo(ctx).StartToCloseTimeout > longStep {
		working = outage.WithPatience(ctx, b.patience.Limit(ctx))
	}
	result, err := b.work(working, in, &ended.panicked)
	ended.err = err
	return result, attempts.end(ctx, FromActivity(ctx, err), b.patience)
}

// work executes the activity. A panic becomes an error, and its stack is kept.
func (b *activityBoundary) work(ctx context.Context, in *interceptor.ExecuteActivityInput, panicked *string) (result any, err error) {
	defer func() {
		if value := recover(); value != nil {
			*panicked = string(debug.Stack())
			err = panicError(value)
		}
	}()
	return b.Next.ExecuteActivity(ctx, in)
}
