package temporalx

import (
	"context"
	"time"

	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"
)

// Progress is the progress of a running job.
type Progress struct {
	// Status is the job's status, as in [Job].
	Status string
	// Step is the activity's type; empty between steps.
	Step    string
	Attempt int32
	// LastError is the error of the previous attempt; empty if there is none.
	LastError string
	// Stage is how far the step has got, or the job between steps. RetryAt is the
	// time of the next attempt in [StageRetrying].
	Stage   Stage
	RetryAt time.Time
	// Phase is what a job without a running step waits for.
	Phase     string
	heartbeat *workflowpb.PendingActivityInfo
}

// Heartbeat decodes the details of the step's last heartbeat and reports
// whether it had any. The first heartbeat of an attempt has none of the step's
// own.
func (p Progress) Heartbeat(into any) bool {
	payloads := p.heartbeat.GetHeartbeatDetails()
	if all := payloads.GetPayloads(); len(all) == 0 || string(all[0].GetMetadata()[converter.MetadataEncoding]) == converter.MetadataEncodingNil {
		return false
	}
	return converter.GetDefaultDataConverter().FromPayloads(payloads, into) == nil
}

// Progress returns the progress of a job, or of the child that does its work.
func (j *Jobs) Progress(ctx context.Context, workflowID, runID string) (Progress, error) {
	found, err := j.client.DescribeWorkflowExecution(ctx, workflowID, runID)
	if err != nil {
		return Progress{}, jobError(workflowID, err)
	}
	for _, child := range found.GetPendingChildren() {
		return j.Progress(ctx, child.GetWorkflowId(), child.GetRunId())
	}
	info := found.GetWorkflowExecutionInfo()
	progress := Progress{
		Status: statusText(info.GetStatus()), Phase: keyword(info.GetSearchAttributes(), KeyPhase),
		Stage: stageOfJob(found.GetPendingWorkflowTask()),
	}
	for _, activity := range found.GetPendingActivities() {
		progress.Step = activity.GetActivityType().GetName()
		progress.Attempt = activity.GetAttempt()
		progress.LastError = activity.GetLastFailure().GetMessage()
		progress.heartbeat = activity
		progress.Stage, progress.RetryAt = j.stageOfStep(ctx, activity)
	}
	return progress, nil
}
