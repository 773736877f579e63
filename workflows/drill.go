package workflows

import (
	"errors"
	"time"

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
	work, err := inLine(ctx, j, jobs.DrillRunInput{DrillInput: input, Drill: plan.Drill, VaultID: plan.VaultID, Job: j.ref, Trigger: j.trigger})
	if err != nil {
		return result, false, err
	}
	err = work.wait(ctx, &result)
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
func inLine(ctx workflow.Context, j *job, input jobs.DrillRunInput) (startedChild, error) {
	server := input.Drill.Server.Address()
	id := jobs.DrillRunID(server)
	for n, pause := 0, time.Second; ; n, pause = n+1, min(2*pause, longestPause) {
		work, err := j.startChild(ctx, child{id: id, operation: jobs.TypeDrillRun, of: "a drill", run: DrillRun, input: input})
		var running *temporal.ChildWorkflowExecutionAlreadyStartedError
		if !errors.As(err, &running) {
			if n > 0 && err == nil {
				err = j.describe(ctx, temporalx.KeyPhase.ValueUnset())
			}
			return work, err
		}
		if workflow.Now(ctx).Sub(j.started) > longestLine {
			return work, failure.New(failure.MaxConcurrentOperations, "look which one: temporal workflow describe -w "+id,
				"other drills have been running on server %s for three days", server)
		}
		phase := "waiting for another drill on " + server
		if n == 0 {
			workflow.SetCurrentDetails(ctx, "Waits until another drill on this server has ended: "+temporalx.MarkdownOfJob(ctx, id, "")+".")
			if err := j.describe(ctx, temporalx.KeyPhase.ValueSet(phase)); err != nil {
				return work, err
			}
		}
		if err := workflow.NewTimerWithOptions(ctx, pause, workflow.TimerOptions{Summary: phase}).Get(ctx, nil); err != nil {
			return work, err
		}
	}
}
