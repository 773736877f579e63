package temporalx

import (
	"context"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
)

// Rerun is a failed job that was resumed.
type Rerun struct {
	WorkflowID string `json:"workflowID"`
	RunID      string `json:"runID"`
	// Type is the workflow's type.
	Type string `json:"type"`
	// Step is the first step that is repeated; Summary describes it.
	Step    string `json:"step"`
	Summary string `json:"summary,omitempty"`
	// Kept are the steps whose results are kept.
	Kept []string `json:"kept,omitempty"`
}

// Rerun resumes a failed job at its failed step, or at an earlier one that the
// failure has undone. It returns an error if the job did not fail or its work
// is running now. An empty run ID means the newest run.
func (j *Jobs) Rerun(ctx context.Context, workflowID, runID string) (Rerun, error) {
	work, err := j.failedWork(ctx, &commonpb.WorkflowExecution{WorkflowId: workflowID, RunId: runID})
	if err != nil {
		return Rerun{}, err
	}
	history, err := j.History(ctx, work.GetWorkflowId(), work.GetRunId())
	if err != nil {
		return Rerun{}, err
	}
	at, kept, ok := resetPoint(history)
	if !ok {
		return Rerun{}, failure.New(failure.InvalidInput, "start a new job", "job %s failed outside its steps, so there is none to go on from", workflowID)
	}
	reset, err := j.client.ResetWorkflowExecution(ctx, &workflowservice.ResetWorkflowExecutionRequest{
		Namespace:                 j.namespace,
		WorkflowExecution:         work,
		Reason:                    "pgvault rerun: go on from step " + at.name,
		WorkflowTaskFinishEventId: at.decided,
	})
	if err != nil {
		return Rerun{}, RequestError("reset job "+work.GetWorkflowId(), err)
	}
	return Rerun{WorkflowID: work.GetWorkflowId(), RunID: reset.GetRunId(), Type: typeOf(history), Step: at.name, Summary: at.summary, Kept: kept}, nil
}

// failedWork returns the run with a failed job's steps: its own, its child's,
// or the run that an earlier rerun made of it.
func (j *Jobs) failedWork(ctx context.Context, run *commonpb.WorkflowExecution) (*commonpb.WorkflowExecution, error) {
	job, err := j.describe(ctx, run)
	if err != nil {
		return nil, err
	}
	if err := mustHaveFailed(job); err != nil {
		return nil, err
	}
	run = job.GetWorkflowExecutionInfo().GetExecution()
	if job.GetWorkflowExecutionInfo().GetType().GetName() != jobs.TypeBackup {
		return j.latestReset(ctx, run)
	}
	history, err := j.History(ctx, run.GetWorkflowId(), run.GetRunId())
	if err != nil {
		return nil, err
	}
	child := childOf(history)
	if child == nil {
		return nil, failure.New(failure.InvalidInput, "start a new one with `pgvault backup`", "job %s failed before its work began, so there is no step to go on from", run.GetWorkflowId())
	}
	return j.latestReset(ctx, child)
}

// latestReset follows a run to the run that its resets led to.
func (j *Jobs) latestReset(ctx context.Context, run *commonpb.WorkflowExecution) (*commonpb.WorkflowExecution, error) {
	found, err := j.describe(ctx, run)
	if err != nil {
		return nil, err
	}
	if next := found.GetWorkflowExtendedInfo().GetResetRunId(); next != "" && next != run.GetRunId() {
		return j.latestReset(ctx, &commonpb.WorkflowExecution{WorkflowId: run.GetWorkflowId(), RunId: next})
	}
	if err := mustHaveFailed(found); err != nil {
		return nil, err
	}
	// A reset would terminate a running execution with the same ID.
	current, err := j.describe(ctx, &commonpb.WorkflowExecution{WorkflowId: run.GetWorkflowId()})
	if err != nil {
		return nil, err
	}
	if current.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return nil, failure.New(failure.MaxConcurrentOperations, "wait for it; if it completes, this job need not be rerun", "the same work is being done by another run, as workflow %s", run.GetWorkflowId())
	}
	return run, nil
}

func (j *Jobs) describe(ctx context.Context, run *commonpb.WorkflowExecution) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	found, err := j.client.DescribeWorkflowExecution(ctx, run.GetWorkflowId(), run.GetRunId())
	if err != nil {
		return nil, jobError(run.GetWorkflowId(), err)
	}
	return found, nil
}

func mustHaveFailed(job *workflowservice.DescribeWorkflowExecutionResponse) error {
	info := job.GetWorkflowExecutionInfo()
	switch info.GetStatus() {
	case enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		return nil
	}
	return failure.New(failure.InvalidInput, "`pgvault jobs --failed` lists the jobs that can be rerun",
		"job %s did not fail: it is %s", info.GetExecution().GetWorkflowId(), statusText(info.GetStatus()))
}

func typeOf(history *historypb.History) string {
	for _, event := range history.GetEvents() {
		if started := event.GetWorkflowExecutionStartedEventAttributes(); started != nil {
			return started.GetWorkflowType().GetName()
		}
	}
	return ""
}

func childOf(history *historypb.History) *commonpb.WorkflowExecution {
	for _, event := range history.GetEvents() {
		if started := event.GetChildWorkflowExecutionStartedEventAttributes(); started != nil {
			return started.GetWorkflowExecution()
		}
	}
	return nil
}

// ranStep is an activity in a history.
type ranStep struct {
	name    string
	summary string
	// decided is the ID of the workflow task event that scheduled it.
	decided int64
	done    bool
	failed  bool
}

// resetPoint returns the step at which a failed run resumes, and the steps
// before it, which are kept.
func resetPoint(history *historypb.History) (at ranStep, kept []string, ok bool) {
	compensations := jobs.Compensations()
	steps := ranSteps(history)
	first := -1
	redo := map[string]bool{}
	for i, s := range steps {
		undone, cleanup := compensations[s.name]
		switch {
		case cleanup && s.done:
			redo[undone] = true
		case !cleanup && s.failed && first < 0:
			first = i
		}
	}
	if first < 0 {
		return ranStep{}, nil, false
	}
	for i, s := range steps[:first] {
		if redo[s.name] {
			first = i
			break
		}
	}
	for _, s := range steps[:first] {
		kept = append(kept, s.name)
	}
	return steps[first], kept, true
}

// ranSteps returns the activities of a history in the order in which they were
// scheduled.
func ranSteps(history *historypb.History) []ranStep {
	var steps []ranStep
	index := map[int64]int{}
	for _, event := range history.GetEvents() {
		if a := event.GetActivityTaskScheduledEventAttributes(); a != nil {
			index[event.GetEventId()] = len(steps)
			steps = append(steps, ranStep{
				name:    a.GetActivityType().GetName(),
				summary: summaryOf(event),
				decided: a.GetWorkflowTaskCompletedEventId(),
			})
		}
		if a := event.GetActivityTaskCompletedEventAttributes(); a != nil {
			steps[index[a.GetScheduledEventId()]].done = true
		}
		if a := event.GetActivityTaskFailedEventAttributes(); a != nil {
			steps[index[a.GetScheduledEventId()]].failed = true
		}
		if a := event.GetActivityTaskTimedOutEventAttributes(); a != nil {
			steps[index[a.GetScheduledEventId()]].failed = true
		}
	}
	return steps
}

func summaryOf(event *historypb.HistoryEvent) string {
	payload := event.GetUserMetadata().GetSummary()
	if payload == nil {
		return ""
	}
	var text string
	if err := converter.GetDefaultDataConverter().FromPayload(payload, &text); err != nil {
		return fmt.Sprintf("(%v)", err)
	}
	return text
}
