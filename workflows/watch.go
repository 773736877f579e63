package workflows

import (
	"fmt"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/estate/alert"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// Watch looks for problems of the vault and its instances, and tells [Alerts] what
// it has found. It fails if it cannot read the vault, which it tells too.
func Watch(ctx workflow.Context, raw converter.RawValue) (jobs.WatchResult, error) {
	j := newJob(ctx, jobs.TypeWatch)
	result, err := watch(withRole(ctx, jobs.RoleWatch), j, raw)
	return result, j.close(ctx, err)
}

func watch(ctx workflow.Context, j *job, raw converter.RawValue) (jobs.WatchResult, error) {
	if _, err := decodeOptional[jobs.WatchInput](raw); err != nil {
		return jobs.WatchResult{}, err
	}
	if err := j.describe(ctx); err != nil {
		return jobs.WatchResult{}, err
	}
	vault := temporalx.VaultOf(ctx)
	if vault == "" {
		return jobs.WatchResult{}, failure.New(failure.InvalidInput, "temporal schedule trigger --schedule-id "+jobs.WatchSchedule,
			"a watch belongs to a vault, and only its schedule names the vault")
	}
	var observer *activities.Watch
	var run alert.Run
	unread := workflow.ExecuteActivity(observeActivity(ctx, "Look for problems"), observer.Observe).Get(ctx, &run)
	if temporal.IsCanceledError(unread) {
		return jobs.WatchResult{}, unread
	}
	if unread != nil {
		run = alert.BlindRun(j.ref.RunID, temporalx.Failure(unread))
	}
	if err := tellAlerts(ctx, jobs.AlertsID(vault), run); err != nil {
		return jobs.WatchResult{}, err
	}
	return resultOf(run), unread
}

func resultOf(run alert.Run) jobs.WatchResult {
	result := jobs.WatchResult{Instances: run.All, Problems: map[string]int{}, Unseen: run.Unseen}
	for _, f := range run.Found {
		result.Problems[string(f.Kind)] = f.Count
	}
	return result
}

// tellAlerts signals a run to the vault's Alerts. One that does not run is started,
// whatever became of the one before.
func tellAlerts(ctx workflow.Context, id string, run alert.Run) error {
	signal := func() error {
		return workflow.SignalExternalWorkflow(ctx, id, "", jobs.FoundSignal, run).Get(ctx, nil)
	}
	if signal() == nil {
		return nil
	}
	own := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: id, TaskQueue: jobs.TaskQueue, ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary: "The alerts of the vault, and who was told of them",
	})
	started := workflow.ExecuteChildWorkflow(own, jobs.TypeAlerts, alert.Input{}).GetChildWorkflowExecution().Get(ctx, nil)
	if started != nil && !temporal.IsWorkflowExecutionAlreadyStartedError(started) {
		return fmt.Errorf("start %s: %w", id, started)
	}
	if err := signal(); err != nil {
		return fmt.Errorf("signal %s: %w", id, err)
	}
	return nil
}
