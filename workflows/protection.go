package workflows

import (
	"fmt"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
)

const (
	stepState     = "write state"
	stepSchedules = "switch schedules"
	stepData      = "delete data"
)

// StopProtection ends the backups of an instance. Its points are retained
// forever, retained as per policy, or all deleted, which requires the
// instance's name as confirmation.
func StopProtection(ctx workflow.Context, raw converter.RawValue) (jobs.ProtectionResult, error) {
	ctx = withRole(ctx, jobs.RolePrune)
	j := newJob(ctx, jobs.TypeStopProtection)
	result, err := stopProtection(ctx, j, raw)
	return result, j.finish(ctx, err)
}

func stopProtection(ctx workflow.Context, j *job, raw converter.RawValue) (jobs.ProtectionResult, error) {
	input, err := decode[jobs.StopProtectionInput](raw)
	if err != nil {
		return jobs.ProtectionResult{}, err
	}
	state := stateOf(input.Mode)
	steps := []string{stepState, stepSchedules}
	if state == vault.DataDeleted {
		steps = append(steps, stepData)
	}
	change := activities.ProtectionChange{Instance: input.Instance, State: state, Reason: input.Reason, Job: j.ref}
	c, result, err := changeProtection(ctx, j, "Stop of protection of ", change, steps)
	if err != nil || state != vault.DataDeleted {
		return result, err
	}
	var prune *activities.Prune
	deleted, err := step(transferActivity(ctx, "Delete all points of "+input.Instance), c, stepData, prune.DeleteData, change,
		func(d activities.DeletedData) string { return fmt.Sprintf("%d points", d.Points) })
	result.Deleted, result.Until = deleted.Points, deleted.Until
	return result, err
}

// stateOf returns the state of an instance stopped in the given mode.
func stateOf(mode jobs.StopMode) vault.ProtectionState {
	switch mode {
	case jobs.ModeRetainForever:
		return vault.RetainForever
	case jobs.ModeRetainAsPerPolicy:
		return vault.RetainAsPerPolicy
	}
	return vault.DataDeleted
}

// ResumeProtection allows backups of an instance again. Its policy applies to
// the retained points too: the next sweep deletes expired ones.
func ResumeProtection(ctx workflow.Context, raw converter.RawValue) (jobs.ProtectionResult, error) {
	ctx = withRole(ctx, jobs.RolePrune)
	j := newJob(ctx, jobs.TypeResumeProtection)
	result, err := resumeProtection(ctx, j, raw)
	return result, j.finish(ctx, err)
}

func resumeProtection(ctx workflow.Context, j *job, raw converter.RawValue) (jobs.ProtectionResult, error) {
	input, err := decode[jobs.ResumeProtectionInput](raw)
	if err != nil {
		return jobs.ProtectionResult{}, err
	}
	change := activities.ProtectionChange{Instance: input.Instance, State: vault.Protected, Reason: input.Reason, Job: j.ref}
	_, result, err := changeProtection(ctx, j, "Resumption of protection of ", change, []string{stepState, stepSchedules})
	return result, err
}

// changeProtection writes the state before it does anything else, so that a
// concurrent job either sees the state or is seen.
func changeProtection(ctx workflow.Context, j *job, title string, change activities.ProtectionChange, steps []string) (*card, jobs.ProtectionResult, error) {
	result := jobs.ProtectionResult{Instance: change.Instance, State: string(change.State)}
	j.instance, j.reason = change.Instance, change.Reason
	if err := j.describe(ctx); err != nil {
		return nil, result, err
	}
	var prune *activities.Prune
	c := newCard(ctx, title+change.Instance, steps...)
	changed, err := step(shortActivity(ctx, "Write the state of "+change.Instance), c, stepState, prune.SetProtection, change,
		func(p activities.ProtectionChanged) string {
			return fmt.Sprintf("%s, before: %s", p.Now.State, p.Before)
		})
	if err != nil {
		return c, result, err
	}
	j.trigger.Identity, result.Before = changed.Now.Identity, string(changed.Before)
	_, err = step(shortActivity(ctx, "Switch the schedules of "+change.Instance), c, stepSchedules, prune.SwitchSchedules, activities.InstanceRef{Instance: change.Instance}, noNote[nothing])
	return c, result, err
}
