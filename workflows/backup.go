package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/jobs"
)

// Backup backs up one instance. A child, [BackupRun], does the work. The
// child's workflow ID contains only the instance, so that at most one backup of
// an instance runs, however it was started. A second one fails at once.
func Backup(ctx workflow.Context, raw converter.RawValue) (jobs.BackupResult, error) {
	ctx = withRole(ctx, jobs.RoleBackup)
	j := newJob(ctx, jobs.TypeBackup)
	result, started, err := startBackup(ctx, j, raw)
	if started {
		return result, j.closeAfterChild(ctx, err)
	}
	return result, j.finish(ctx, err)
}

// startBackup returns the child's result and whether the child started.
func startBackup(ctx workflow.Context, j *job, raw converter.RawValue) (result jobs.BackupResult, started bool, err error) {
	input, err := decode[jobs.BackupInput](raw)
	if err != nil {
		return result, false, err
	}
	j.instance = input.Instance
	if err := j.describe(ctx); err != nil {
		return result, false, err
	}
	id := jobs.BackupRunID(input.Instance)
	work, err := j.startChild(ctx, child{id: id, operation: jobs.TypeBackupRun, of: "a backup", run: BackupRun, input: backupRunInput(ctx, j, input)})
	if err != nil {
		result, err = occupied(ctx, j, id, err)
		return result, false, err
	}
	err = work.wait(ctx, &result)
	j.point = result.Point
	return result, true, err
}

func backupRunInput(ctx workflow.Context, j *job, input jobs.BackupInput) jobs.BackupRunInput {
	return jobs.BackupRunInput{
		Instance: input.Instance, RetentionRule: input.RetentionRule,
		Scheduled: logicalTime(ctx), Job: j.ref, Trigger: j.trigger,
	}
}

// occupied returns the outcome of a job whose child did not start. A scheduled
// job completes if another schedule's job for the same time does the work.
func occupied(ctx workflow.Context, j *job, id string, err error) (jobs.BackupResult, error) {
	var running *temporal.ChildWorkflowExecutionAlreadyStartedError
	if !errors.As(err, &running) {
		return jobs.BackupResult{}, err
	}
	if j.trigger.ScheduleID != "" {
		other, lookErr := runningBackup(ctx, j.instance)
		if lookErr != nil {
			return jobs.BackupResult{}, lookErr
		}
		if other.Trigger.ScheduleID != "" && other.Scheduled.Equal(logicalTime(ctx)) {
			j.note = fmt.Sprintf("job %s does the work: schedule %s has the same time, %s",
				other.Job.ID, other.Trigger.ScheduleID, other.Scheduled.UTC().Format(time.RFC3339))
			workflow.SetCurrentDetails(ctx, "Nothing was done here: "+printable.Markdown(j.note)+".")
			return jobs.BackupResult{Instance: j.instance, DoneBy: other.Job.ID}, nil
		}
	}
	return jobs.BackupResult{}, failure.New(failure.MaxConcurrentOperations,
		"wait for it, or cancel it: temporal workflow cancel -w "+id,
		"a backup of this instance is running already, as workflow %s", id)
}

func runningBackup(ctx workflow.Context, instance string) (running activities.RunningBackup, err error) {
	var backup *activities.Backup
	err = workflow.ExecuteActivity(shortActivity(ctx, "Look at the backup that runs"), backup.Running, activities.InstanceRef{Instance: instance}).Get(ctx, &running)
	return running, err
}
