package workflows

import (
	"fmt"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
)

const stepSweep = "sweep"

// RetentionSweep removes expired recovery points and the orphans of failed
// attempts, in every instance of the vault. A dry run decides and reports the
// same, and removes nothing.
func RetentionSweep(ctx workflow.Context, raw converter.RawValue) (SweepResult, error) {
	j := newJob(ctx, "RetentionSweep")
	result, err := sweep(ctx, j, raw)
	return result, j.finish(ctx, err)
}

func sweep(ctx workflow.Context, j *job, raw converter.RawValue) (SweepResult, error) {
	// A sweep has nothing that must be said, so it may be started with no input.
	input := SweepInput{}
	if raw.Payload() != nil {
		var err error
		if input, err = decodeInput[SweepInput](raw); err != nil {
			return SweepResult{}, err
		}
	}
	if err := j.describe(ctx); err != nil {
		return SweepResult{}, err
	}
	title, activity := "Retention sweep", sweepActivity(input)
	if input.DryRun {
		title += " (dry run)"
	}
	c := newCard(ctx, title, stepSweep)
	return step(transfer(ctx, title), c, stepSweep, activity, j.ref, func(r SweepResult) string {
		return fmt.Sprintf("%d instances: %d kept, %d removed", r.Instances, r.Kept, r.Removed)
	})
}

func sweepActivity(input SweepInput) any {
	var prune *activities.Prune
	if input.DryRun {
		return prune.PlanSweep
	}
	return prune.Sweep
}
