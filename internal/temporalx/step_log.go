package temporalx

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.uber.org/zap"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx/events"
)

// StepLog writes one line for each attempt of a step when it ends. No other code
// logs an error of a step. The zero value writes nothing.
type StepLog struct {
	Logger *zap.Logger
	// Subject returns the instance and the point in a step's input; empty if it
	// names none.
	Subject func(args []any) (instance, point string)
	// Details returns what the text of an error does not tell, since it may quote
	// the content of a database. It is nil if the log must not have it either.
	Details func(error) string
}

// maxSubject is the length of the longest name in a line, in bytes. A step's input
// is not trusted.
const maxSubject = 300

// attempt is an attempt of a step that has ended.
type attempt struct {
	args []any
	took time.Duration
	// err is the error that the step has returned; nil if the step did not run.
	err error
	// told is the error as Temporal gets it.
	told error
	// panicked is the stack of a panic; empty if there was none.
	panicked string
}

// ended writes the line of an attempt.
func (l StepLog) ended(ctx context.Context, a attempt) {
	if l.Logger == nil {
		return
	}
	event, more := a.event(ctx)
	fields := append(l.subject(ctx, a), more...)
	if l.Details != nil && a.err != nil {
		if details := l.Details(a.err); details != "" {
			fields = append(fields, zap.String("details", details))
		}
	}
	event.Log(l.Logger, fields...)
}

func (l StepLog) subject(ctx context.Context, a attempt) []zap.Field {
	info := activity.GetInfo(ctx)
	fields := []zap.Field{zap.String("step", info.ActivityType.Name)}
	if info.WorkflowType != nil {
		fields = append(fields, zap.String("operation", jobs.OperationOf(info.WorkflowType.Name)))
	}
	instance, point := l.Subject(a.args)
	for _, named := range [][2]string{{"instance", instance}, {"point", point}} {
		if named[1] != "" {
			fields = append(fields, zap.String(named[0], printable.Cut(named[1], maxSubject)))
		}
	}
	return append(fields,
		zap.String("workflow", info.WorkflowExecution.ID), zap.String("run", info.WorkflowExecution.RunID),
		zap.Int32("attempt", info.Attempt), zap.Duration("duration", a.took))
}

// event returns the event of an attempt's end, with the fields that tell of a
// failure.
func (a attempt) event(ctx context.Context) (events.Event, []zap.Field) {
	var cancelled *temporal.CanceledError
	var application *temporal.ApplicationError
	if a.told == nil && ctx.Err() == nil {
		return events.StepDone, nil
	}
	f := Failure(a.told)
	switch {
	case errors.As(a.told, &cancelled) || f != nil && f.Code == failure.Cancelled:
		return events.StepCancelled, nil
	case errors.As(a.told, &application) && application.Category() == temporal.ApplicationErrorCategoryBenign:
		return events.StepHandedOn, failed(f)
	case errors.Is(ctx.Err(), context.DeadlineExceeded) && f.Code != failure.ClockSkew:
		late := failure.New(failure.Internal, "", "the attempt ended after its time limit, so that its result is lost: %v", a.told)
		return events.StepRetried, failed(late)
	}
	retried := application == nil || !application.NonRetryable()
	switch {
	case f.Code == failure.Internal:
		stack := zap.Stack("stack")
		if a.panicked != "" {
			stack = zap.String("stack", a.panicked)
		}
		return events.StepBroken, append(failed(f), zap.Bool("retried", retried), stack)
	case f.Code.ForPerson():
		return events.StepFailed, failed(f)
	case retried:
		return events.StepRetried, failed(f)
	}
	return events.StepGivenUp, failed(f)
}

func failed(f *failure.Error) []zap.Field {
	return []zap.Field{zap.String("code", string(f.Code)), zap.String("error", f.Summary())}
}

// panicError is the error of a step that has panicked. The stack stays in the
// worker's log.
func panicError(value any) error {
	return failure.New(failure.Internal, "report this as a bug, with the line of the worker's log", "%s", fmt.Sprintf("the step panicked: %v", value))
}
