package workflows

import (
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// Drill restores a recovery point to the instance's scratch server and drops it
// again. A child, [DrillRun], does the work. The child's workflow ID contains
// only the server, so that at most one drill runs on a server. Others wait for it.
func Drill(ctx workflow.Context, raw converter.RawValue) (jobs.DrillResult, error) {
	ctx = withRole(ctx, jobs.RoleRestore)
	j := newJob(ctx, jobs.TypeDrill)
	result, started, err := startDrill(ctx, j, raw)
	if started {
		return result, j.closeAfterChild(ctx, err)
	}
	return result, j.finish(ctx, err)
}

// startDrill returns the child's result and whether the child started.
func startDrill(ctx workflow.Context, j *job, raw converter.RawValue) (result jobs.DrillResult, started bool, err error) {
	input, err := decode[jobs.DrillInput](raw)
	if err != nil {
		return result, false, err
	}
	j.instance = input.Instance
	if err := j.describe(ctx); err != nil {
		return result, false, err
	}
	var restore *activities.Restore
	var plan activities.DrillPlan
	err = workflow.ExecuteActivity(shortActivity(ctx, "Read the definition of "+input.Instance), restore.PlanDrill, activities.InstanceRef{Instance: input.Instance}).Get(ctx, &plan)
	if err != nil {
		return result, false, err
	}
	if input.Point == "" {
		input.Point = string(plan.Drill.Points)
	}
	child, work, err := inLine(ctx, j, jobs.DrillRunInput{DrillInput: input, Drill: plan.Drill, VaultID: plan.VaultID, Job: j.ref, Trigger: j.trigger})
	if err != nil {
		return result, false, err
	}
	workflow.SetCurrentDetails(ctx, "The work is done by "+temporalx.MarkdownOfJob(ctx, work.ID, work.RunID)+".")
	err = child.Get(ctx, &result)
	j.point = result.Point
	return result, true, err
}

const (
	// longestLine is how long a drill waits for others on its server.
	longestLine = 3 * 24 * time.Hour
	// longestPause is the longest time until a waiting drill tries again.
	longestPause = 2 * time.Minute
)

// inLine starts the child as soon as no other drill runs on the server.
func inLine(ctx workflow.Context, j *job, input jobs.DrillRunInput) (workflow.ChildWorkflowFuture, workflow.Execution, error) {
	server := input.Drill.Server.Address()
	for n, pause := 0, time.Second; ; n, pause = n+1, min(2*pause, longestPause) {
		child, work, err := startRun(ctx, j, input)
		var running *temporal.ChildWorkflowExecutionAlreadyStartedError
		if !errors.As(err, &running) {
			if n > 0 && err == nil {
				err = j.describe(ctx, temporalx.KeyPhase.ValueUnset())
			}
			return child, work, err
		}
		if workflow.Now(ctx).Sub(j.started) > longestLine {
			return nil, work, failure.New(failure.MaxConcurrentOperations, "look which one: temporal workflow describe -w "+jobs.DrillRunID(server),
				"other drills have been running on server %s for three days", server)
		}
		phase := "waiting for another drill on " + server
		if n == 0 {
			workflow.SetCurrentDetails(ctx, "Waits until another drill on this server has ended: "+temporalx.MarkdownOfJob(ctx, jobs.DrillRunID(server), "")+".")
			if err := j.describe(ctx, temporalx.KeyPhase.ValueSet(phase)); err != nil {
				return nil, work, err
			}
		}
		if err := workflow.NewTimerWithOptions(ctx, pause, workflow.TimerOptions{Summary: phase}).Get(ctx, nil); err != nil {
			return nil, work, err
		}
	}
}

// startRun returns the child once it has started.
func startRun(ctx workflow.Context, j *job, input jobs.DrillRunInput) (child workflow.ChildWorkflowFuture, work workflow.Execution, err error) {
	child = workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:          jobs.DrillRunID(input.Drill.Server.Address()),
		WaitForCancellation: true,
		ParentClosePolicy:   enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL,
		StaticSummary:       "Work of a drill of " + input.Instance,
		StaticDetails:       "Started by " + temporalx.MarkdownOfJob(ctx, j.ref.ID, j.ref.RunID) + ".",
		TypedSearchAttributes: temporal.NewSearchAttributes(
			temporalx.KeyInstance.ValueSet(input.Instance), temporalx.KeyOperation.ValueSet(jobs.TypeDrillRun)),
	}), DrillRun, input)
	err = child.GetChildWorkflowExecution().Get(ctx, &work)
	return child, work, err
}
