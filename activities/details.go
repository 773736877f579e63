package activities

import (
	"context"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"

	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

// detailsInterceptor logs the details of errors.
type detailsInterceptor struct {
	interceptor.WorkerInterceptorBase
}

// NewDetailsInterceptor returns an interceptor that writes into the worker's own
// log what PostgreSQL said of a step's error and Temporal does not get to know. It
// may quote rows and settings.
func NewDetailsInterceptor() interceptor.WorkerInterceptor { return &detailsInterceptor{} }

// InterceptActivity adds the log to an activity.
func (i *detailsInterceptor) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &logged{interceptor.ActivityInboundInterceptorBase{Next: next}}
}

type logged struct {
	interceptor.ActivityInboundInterceptorBase
}

// ExecuteActivity executes an activity and logs the details of its error.
func (l *logged) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	result, err := l.Next.ExecuteActivity(ctx, in)
	if details := pgtools.Details(err); details != "" {
		activity.GetLogger(ctx).Warn("details of the step's error, which may quote the database's content", "details", details)
	}
	return result, err
}
