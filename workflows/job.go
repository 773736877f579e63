package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// job is the state of a workflow for its search attributes and its record.
type job struct {
	ref       jobs.Ref
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

// close sets the point or the error code of a job that writes no record of its
// own.
func (j *job) close(ctx workflow.Context, err error) error {
	if err == nil {
		return j.describe(ctx)
	}
	code := temporalx.Failure(err).Code
	if upsertErr := j.describe(ctx, temporalx.KeyErrorCode.ValueSet(string(code))); upsertErr != nil {
		return upsertErr
	}
	return ended(err)
}

// finish sets the error code, writes the job's record into the vault, and
// returns the error that the workflow ends with.
func (j *job) finish(ctx workflow.Context, err error) error {
	outcome := jobs.Record{
		ID: j.ref.ID, RunID: j.ref.RunID, Operation: j.operation, Instance: j.instance, Point: j.point,
		Started: j.started, Ended: workflow.Now(ctx), Outcome: jobs.Completed, Trigger: j.trigger.Kind, Identity: j.trigger.Identity, Reason: j.reason,
		Message: j.note, Leftovers: j.leftovers, Work: j.work,
	}
	if err == nil && j.flaw != nil {
		outcome.Code, outcome.Message = string(j.flaw.Code), j.flaw.Error()
		if upsertErr := j.describe(ctx, temporalx.KeyErrorCode.ValueSet(outcome.Code)); upsertErr != nil {
			return upsertErr
		}
	}
	if err != nil {
		f := temporalx.Failure(err)
		outcome.Outcome, outcome.Code, outcome.Message = jobs.Failed, string(f.Code), f.Error()
		if f.Code == failure.Cancelled {
			outcome.Outcome = jobs.Cancelled
		}
		if upsertErr := j.describe(ctx, temporalx.KeyErrorCode.ValueSet(string(f.Code))); upsertErr != nil {
			return upsertErr
		}
	}
	j.record(ctx, outcome)
	return ended(err)
}

// record stores the outcome, which outlives Temporal's own retention. A job
// does not fail if its record cannot be written: the history and the log show
// that.
func (j *job) record(ctx workflow.Context, outcome jobs.Record) {
	var jobs *activities.Jobs
	err := workflow.ExecuteActivity(cleanupActivity(ctx, "Record the outcome"), jobs.RecordJob, outcome).Get(ctx, nil)
	if err != nil && !temporal.IsCanceledError(err) {
		workflow.GetLogger(ctx).Error("the job's outcome is not recorded in the vault", "error", err)
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
