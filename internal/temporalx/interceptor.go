package temporalx

import (
	"context"

	"go.temporal.io/sdk/interceptor"
)

// errorInterceptor is the activity boundary of a worker: activities return
// plain errors, and this maps them, once.
type errorInterceptor struct {
	interceptor.WorkerInterceptorBase
}

var _ interceptor.WorkerInterceptor = (*errorInterceptor)(nil)

// NewErrorInterceptor makes the boundary. See [FromActivity].
func NewErrorInterceptor() interceptor.WorkerInterceptor { return &errorInterceptor{} }

// InterceptActivity puts the boundary around every activity.
func (*errorInterceptor) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &activityBoundary{interceptor.ActivityInboundInterceptorBase{Next: next}}
}

type activityBoundary struct {
	interceptor.ActivityInboundInterceptorBase
}

// ExecuteActivity maps the error of the activity.
func (b *activityBoundary) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	result, err := b.Next.ExecuteActivity(ctx, in)
	return result, FromActivity(ctx, err)
}
