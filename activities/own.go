package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/vault"
)

// ownStart returns the server's record of the start of the activity's own
// workflow.
func ownStart(ctx context.Context) (temporalx.Start, error) {
	own := activity.GetInfo(ctx).WorkflowExecution
	return temporalx.ReadStart(ctx, activity.GetClient(ctx), own.ID, own.RunID)
}

// checkOwnJob returns an error if a job is not the activity's own workflow.
func checkOwnJob(ctx context.Context, job jobs.Ref) error {
	if own := activity.GetInfo(ctx).WorkflowExecution.ID; job.ID != own {
		return foreign("it names job %q, and its own job is %q", job.ID, own)
	}
	return nil
}

// checkParent returns an error if a job is not the parent of the activity's
// workflow. A workflow without a parent counts as its own parent.
func checkParent(ctx context.Context, job jobs.Ref) error {
	start, err := ownStart(ctx)
	if err != nil {
		return err
	}
	if start.ParentID == "" {
		return checkOwnJob(ctx, job)
	}
	if job.ID != start.ParentID || job.RunID != start.ParentRun {
		return foreign("it names job %q, and its own job is %q", job.ID, start.ParentID)
	}
	return nil
}

// checkOwnPoint returns an error if the activity's own workflow did not make a
// point. Only one backup of an instance runs at a time.
func checkOwnPoint(ctx context.Context, instance, point string) error {
	if err := jobs.CheckPoint(instance, point); err != nil {
		return err
	}
	if own := activity.GetInfo(ctx).WorkflowExecution.ID; own != jobs.BackupRunID(instance) {
		return foreign("it names a backup of instance %q, and its own workflow is %q", instance, own)
	}
	start, err := ownStart(ctx)
	if err != nil {
		return err
	}
	at, err := vault.ParsePointTime(point)
	if err != nil || vault.PointID(at, start.OriginalRun) != point {
		return foreign("it names point %q, which its own workflow does not make", point)
	}
	return nil
}

// unpublished returns the name of the database of the activity's own job before
// it is published.
func unpublished(ctx context.Context) (string, error) {
	start, err := ownStart(ctx)
	return jobs.UnpublishedDatabase(start.OriginalRun), err
}

// foreign returns the failure of an activity whose input belongs to another
// job.
func foreign(format string, args ...any) error {
	f := failure.New(failure.InvalidInput, "start the job by pgvault's own commands and schedules", format, args...)
	f.Message = "the step's input is not of its own job: " + f.Message
	return f
}
