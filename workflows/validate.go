package workflows

import (
	"fmt"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
)

// Validate runs every check of a backup on a worker, whose identity, network
// and tools count, or finds what the role of a restore lacks. Findings are its
// result, not a failure.
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
	if input.Target != nil {
		found, err := validateRestore(ctx, j, input)
		return jobs.ValidateResult{Findings: []failure.Finding{}, Restore: &found}, err
	}
	var backup *activities.Backup
	c := newCard(ctx, "Validation of "+input.Instance, stepValidate)
	return step(shortActivity(ctx, "Check "+input.Instance), c, stepValidate, backup.Inspect, activities.InstanceRef{Instance: input.Instance},
		func(v jobs.ValidateResult) string { return counted(len(v.Findings)) })
}

// validateRestore finds what the role of a restore lacks.
func validateRestore(ctx workflow.Context, j *job, input jobs.ValidateInput) (jobs.RestoreRights, error) {
	ctx = withRole(ctx, jobs.RoleRestore)
	j.point, j.work.Target = input.Point, jobs.PlaceOf(*input.Target)
	var restore *activities.Restore
	c := newCard(ctx, "Rights of a restore of "+input.Instance, stepFind, stepTarget)
	point, err := step(shortActivity(ctx, "Find the recovery point"), c, stepFind, restore.FindPoint,
		activities.FindPointInput{Instance: input.Instance, Point: input.Point}, whichPoint)
	if err != nil {
		return jobs.RestoreRights{}, err
	}
	j.point = point.Point
	return step(shortActivity(ctx, "Check the rights on "+where(*input.Target)), c, stepTarget, restore.FindLacks,
		activities.RestoreWork{Point: point, Target: *input.Target},
		func(r jobs.RestoreRights) string { return counted(len(r.Lacks)) })
}

func counted(findings int) string {
	if findings == 1 {
		return "1 finding"
	}
	return fmt.Sprintf("%d findings", findings)
}
