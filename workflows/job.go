package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/temporalx/events"
)

// job is the state of a workflow for its search attributes and its record.
type job struct {
	ref jobs.Ref
	// operation is the type of the workflow. Records and logs have the operation as
	// people know it.
	operation string
	instance  string
	point     string
	trigger   jobs.Trigger
	started   time.Time
	// reason is the reason that a person gave.
	reason string
	// note explains why a completed job did nothing.
	note string
	// flaw is a failure of a job that has done its work nevertheless.
	flaw *failure.Error
	// unpublished is the name of a database that the job restores until it is
	// published. A reset keeps it, so that a rerun finds its database again.
	unpublished string
	// leftovers are databases that the job leaves behind.
	leftovers []jobs.Leftover
	// work is what the steps have reported.
	work jobs.Work
}

func newJob(ctx workflow.Context, operation string) *job {
	info := workflow.GetInfo(ctx)
	return &job{
		ref:       jobs.Ref{ID: info.WorkflowExecution.ID, RunID: info.WorkflowExecution.RunID},
		operation: operation,
		started:   workflow.Now(ctx),
		trigger:   triggerOf(ctx),

		unpublished: jobs.UnpublishedDatabase(info.OriginalRunID),
	}
}

// scheduledBy and scheduledAt are set by the server on workflows started by a
// schedule.
var (
	scheduledBy = temporal.NewSearchAttributeKeyKeyword("TemporalScheduledById")
	scheduledAt = temporal.NewSearchAttributeKeyTime("TemporalScheduledStartTime")
)

func triggerOf(ctx workflow.Context) jobs.Trigger {
	if id, ok := workflow.GetTypedSearchAttributes(ctx).GetKeyword(scheduledBy); ok {
		return jobs.Trigger{Kind: jobs.TriggerSchedule, ScheduleID: id}
	}
	return jobs.Trigger{Kind: jobs.TriggerOnDemand}
}

// logicalTime returns the scheduled time of a job started by a schedule, so
// that the point of a late or caught-up run has the right time. Otherwise it
// returns the start time.
func logicalTime(ctx workflow.Context) time.Time {
	if at, ok := workflow.GetTypedSearchAttributes(ctx).GetTime(scheduledAt); ok {
		return at
	}
	return workflow.GetInfo(ctx).WorkflowStartTime
}

// describe sets the search attributes known so far.
func (j *job) describe(ctx workflow.Context, more ...temporal.SearchAttributeUpdate) error {
	updates := append([]temporal.SearchAttributeUpdate{temporalx.KeyOperation.ValueSet(j.operation)}, more...)
	if j.instance != "" {
		updates = append(updates, temporalx.KeyInstance.ValueSet(j.instance))
	}
	if j.point != "" {
		updates = append(updates, temporalx.KeyPoint.ValueSet(j.point))
	}
	return workflow.UpsertTypedSearchAttributes(ctx, updates...)
}

// end is how a job has ended.
type end struct {
	// outcome is one of the outcomes of a [jobs.Record].
	outcome string
	// code is empty for a job without an error and without a flaw.
	code failure.Code
}

// endOf returns the end of a job with an error.
func (j *job) endOf(err error) end {
	switch {
	case err != nil:
		code := temporalx.Failure(err).Code
		if code == failure.Cancelled {
			return end{jobs.Cancelled, code}
		}
		return end{jobs.Failed, code}
	case j.flaw != nil:
		return end{jobs.Completed, j.flaw.Code}
	}
	return end{outcome: jobs.Completed}
}

// mark sets the search attributes of the job's end.
func (j *job) mark(ctx workflow.Context, e end) error {
	updates := []temporal.SearchAttributeUpdate{temporalx.KeyOutcome.ValueSet(e.outcome)}
	if e.code != "" {
		updates = append(updates, temporalx.KeyErrorCode.ValueSet(string(e.code)))
	}
	return j.describe(ctx, updates...)
}

// close ends a job that writes no record, and returns the error that the workflow
// ends with.
func (j *job) close(ctx workflow.Context, err error) error {
	e := j.endOf(err)
	if markErr := j.mark(ctx, e); markErr != nil {
		return markErr
	}
	j.tellEnd(ctx, e, err)
	return ended(err)
}

// closeAfterChild ends a job whose child has written the record and told of the
// end, if it could.
func (j *job) closeAfterChild(ctx workflow.Context, err error) error {
	e := j.endOf(err)
	if markErr := j.mark(ctx, e); markErr != nil {
		return markErr
	}
	if !toldByChild(err) {
		j.tellEnd(ctx, e, err)
	}
	return ended(err)
}

// finish ends a job: it sets the search attributes, writes the job's record into
// the vault, and returns the error that the workflow ends with. A run that continues
// as new does not end its job.
func (j *job) finish(ctx workflow.Context, err error) error {
	if workflow.IsContinueAsNewError(err) {
		return err
	}
	e := j.endOf(err)
	if markErr := j.mark(ctx, e); markErr != nil {
		return markErr
	}
	record := jobs.Record{
		ID: j.ref.ID, RunID: j.ref.RunID, Operation: jobs.OperationOf(j.operation), Instance: j.instance, Point: j.point,
		Started: j.started, Ended: workflow.Now(ctx), Outcome: e.outcome, Code: string(e.code), Message: j.note,
		Trigger: j.trigger.Kind, Identity: j.trigger.Identity, Reason: j.reason, Leftovers: j.leftovers, Work: j.work,
	}
	switch {
	case err != nil:
		record.Message = temporalx.Failure(err).Error()
	case j.flaw != nil:
		record.Message = j.flaw.Error()
	}
	j.record(ctx, record)
	j.tellEnd(ctx, e, err)
	return ended(err)
}

// record stores the outcome, which outlives Temporal's own retention. A job
// does not fail if its record cannot be written: the history and the log show
// that.
func (j *job) record(ctx workflow.Context, outcome jobs.Record) {
	var jobs *activities.Jobs
	err := workflow.ExecuteActivity(cleanupActivity(ctx, "Record the outcome"), jobs.RecordJob, outcome).Get(ctx, nil)
	if err != nil && !temporal.IsCanceledError(err) {
		tell(ctx, events.NotRecorded, err, "job", outcome.ID)
	}
}

// ended returns the error a workflow ends with: one that Temporal shows as
// cancelled, or one whose type is the failure code.
func ended(err error) error {
	if err == nil {
		return nil
	}
	if f := temporalx.Failure(err); f.Code != failure.Cancelled {
		return temporalx.AsTemporal(f)
	}
	return temporal.NewCanceledError()
}
