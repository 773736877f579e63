package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/temporalx/events"
)

// tell writes an event of an error to the worker's log. The text of a step's error
// stands in the line of that step.
func tell(ctx workflow.Context, event events.Event, err error, keyvals ...any) {
	f := temporalx.Failure(err)
	keyvals = append(keyvals, "code", string(f.Code))
	if !toldByStep(err) {
		keyvals = append(keyvals, "error", f.Summary())
	}
	event.Tell(workflow.GetLogger(ctx), keyvals...)
}

// toldByStep reports whether an error is that of a step that has returned. A step
// whose worker has vanished has told nothing.
func toldByStep(err error) bool {
	var step *temporal.ActivityError
	var returned *temporal.ApplicationError
	return errors.As(err, &step) && errors.As(err, &returned)
}

// toldByChild reports whether an error is that of a child that has ended by itself,
// and so has told of it.
func toldByChild(err error) bool {
	var terminated *temporal.TerminatedError
	var late *temporal.TimeoutError
	return !errors.As(err, &terminated) && !errors.As(err, &late)
}

// tellEnd writes the line of the job's end and counts the job.
func (j *job) tellEnd(ctx workflow.Context, e end, err error) {
	operation := jobs.OperationOf(j.operation)
	keyvals := []any{"job", j.ref.ID, "operation", operation, "duration", workflow.Now(ctx).Sub(j.started)}
	for _, named := range [][2]string{{"instance", j.instance}, {"point", j.point}} {
		if named[1] != "" {
			keyvals = append(keyvals, named[0], named[1])
		}
	}
	temporalx.CountJob(workflow.GetMetricsHandler(ctx), operation, e.outcome, e.code)
	switch {
	case err == nil && j.flaw == nil:
		events.JobCompleted.Tell(workflow.GetLogger(ctx), keyvals...)
	case err == nil:
		tell(ctx, events.JobFlawed, j.flaw, keyvals...)
	case e.outcome == jobs.Cancelled:
		events.JobCancelled.Tell(workflow.GetLogger(ctx), keyvals...)
	case e.code.ForPerson():
		tell(ctx, events.JobFailed, err, keyvals...)
	default:
		tell(ctx, events.JobBroken, err, keyvals...)
	}
}
