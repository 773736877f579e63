package workflows

import (
	"fmt"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/jobs"
)

// Validate runs every check of a backup on a worker, whose identity, network
// and tools count. Findings are its result, not a failure.
func Validate(ctx workflow.Context, raw converter.RawValue) (jobs.ValidateResult, error) {
	ctx = withRole(ctx, jobs.RoleBackup)
	j := newJob(ctx, jobs.TypeValidate)
	result, err := validate(ctx, j, raw)
	return result, j.close(ctx, err)
}

func validate(ctx workflow.Context, j *job, raw converter.RawValue) (jobs.ValidateResult, error) {
	input, err := decode[jobs.ValidateInput](raw)
	if err != nil {
		return jobs.ValidateResult{}, err
	}
	j.instance = input.Instance
	if err := j.describe(ctx); err != nil {
		return jobs.ValidateResult{}, err
	}
	var backup *activities.Backup
	c := newCard(ctx, "Validation of "+input.Instance, stepValidate)
	return step(shortActivity(ctx, "Check "+input.Instance), c, stepValidate, backup.Inspect, activities.InstanceRef{Instance: input.Instance},
		func(v jobs.ValidateResult) string { return counted(len(v.Findings)) })
}

func counted(findings int) string {
	if findings == 1 {
		return "1 finding"
	}
	return fmt.Sprintf("%d findings", findings)
}
