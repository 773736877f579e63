package temporalx

import (
	"context"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"

	"github.com/pgvault/pgvault/internal/jobs"
)

// Stage is how far a job's step has got, or the job itself between steps.
type Stage string

// The stages.
const (
	// StageWorking: a worker has the step, or the job's next decision.
	StageWorking Stage = "working"
	// StageNoWorker: no worker has taken the step, or the job, yet.
	StageNoWorker Stage = "waiting for a worker"
	// StageQueued: the workers run as many steps of this kind as they may.
	StageQueued Stage = "queued"
	// StageRetrying: an attempt has failed, and another one follows.
	StageRetrying Stage = "retrying"
	// StageCancelling: the step has been asked to end.
	StageCancelling Stage = "cancelling"
	// StagePaused: somebody has paused the step.
	StagePaused Stage = "paused"
)

// stageOfJob returns the stage of a job without a running step.
func stageOfJob(task *workflowpb.PendingWorkflowTaskInfo) Stage {
	if task.GetState() == enumspb.PENDING_WORKFLOW_TASK_STATE_SCHEDULED {
		return StageNoWorker
	}
	return StageWorking
}

// stageOfStep returns the stage of a step, and the time of its next attempt in
// [StageRetrying].
func (j *Jobs) stageOfStep(ctx context.Context, step *workflowpb.PendingActivityInfo) (Stage, time.Time) {
	switch step.GetState() {
	case enumspb.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED:
		return StageCancelling, time.Time{}
	case enumspb.PENDING_ACTIVITY_STATE_PAUSED, enumspb.PENDING_ACTIVITY_STATE_PAUSE_REQUESTED:
		return StagePaused, time.Time{}
	case enumspb.PENDING_ACTIVITY_STATE_SCHEDULED:
		if next := step.GetNextAttemptScheduleTime(); next != nil && next.AsTime().After(time.Now()) {
			return StageRetrying, next.AsTime()
		}
		return j.stageOfQueue(ctx, step.GetActivityOptions().GetTaskQueue().GetName()), time.Time{}
	}
	return StageWorking, time.Time{}
}

// stageOfQueue returns the stage of a step that waits in a task queue. A worker runs
// only a few transfers at a time, and does not poll for more meanwhile, so that its
// other queue tells whether it runs.
func (j *Jobs) stageOfQueue(ctx context.Context, name string) Stage {
	queue, ok := jobs.QueueBeside(name)
	if !ok {
		return StageNoWorker
	}
	found, err := j.client.DescribeTaskQueue(ctx, queue, enumspb.TASK_QUEUE_TYPE_ACTIVITY)
	if err != nil || len(found.GetPollers()) == 0 {
		return StageNoWorker
	}
	return StageQueued
}
