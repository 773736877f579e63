package workflows

import (
	"fmt"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/jobs"
)

const stepReapply = "reapply policy"

// ReapplyPolicy applies an instance's current policy to its existing recovery
// points. A dry run reports the changes and makes none. The changes are signed, so
// that the steps run with the identity for backups.
func ReapplyPolicy(ctx workflow.Context, raw converter.RawValue) (jobs.ReapplyPolicyResult, error) {
	ctx = withRole(ctx, jobs.RoleBackup)
	j := newJob(ctx, jobs.TypeReapplyPolicy)
	result, err := reapplyPolicy(ctx, j, raw)
	return result, j.finish(ctx, err)
}

func reapplyPolicy(ctx workflow.Context, j *job, raw converter.RawValue) (jobs.ReapplyPolicyResult, error) {
	input, err := decode[jobs.ReapplyPolicyInput](raw)
	if err != nil {
		return jobs.ReapplyPolicyResult{}, err
	}
	j.instance, j.reason = input.Instance, input.Reason
	if err := j.describe(ctx); err != nil {
		return jobs.ReapplyPolicyResult{}, err
	}
	title := "Reapplication of the policy of " + input.Instance
	if input.DryRun {
		title += " (dry run)"
	}
	var backup *activities.Backup
	done, err := step(transferActivity(ctx, title), newCard(ctx, title, stepReapply), stepReapply, backup.Reapply,
		activities.ReapplyInput{Instance: input.Instance, DryRun: input.DryRun, Reason: input.Reason, Job: j.ref},
		func(r jobs.ReapplyPolicyResult) string {
			return fmt.Sprintf("%d points: %d kept longer, %d shorter", r.Points, r.Longer, r.Shorter)
		})
	j.trigger.Identity = done.Identity
	return done, err
}
