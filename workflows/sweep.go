package workflows

import (
	"fmt"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
)

const stepSweep = "sweep"

// A stretch of a sweep has sweepPages listing pages. After sweepStretches
// stretches the sweep continues as new, so that histories stay small for any
// vault.
const (
	sweepPages     = 10
	sweepStretches = 5
)

// RetentionSweep removes expired recovery points, purges deleted points whose
// term has ended, and removes the orphans of failed attempts, in every instance
// of the vault. A dry run reports the same decisions and removes nothing. A
// sweep may be cancelled and started again at any moment.
func RetentionSweep(ctx workflow.Context, raw converter.RawValue) (jobs.SweepResult, error) {
	ctx = withRole(ctx, jobs.RolePrune)
	j := newJob(ctx, jobs.TypeRetentionSweep)
	result, err := sweep(ctx, j, raw)
	return result, j.finish(ctx, err)
}

func sweep(ctx workflow.Context, j *job, raw converter.RawValue) (jobs.SweepResult, error) {
	input, err := decodeOptional[jobs.SweepInput](raw)
	if err != nil {
		return jobs.SweepResult{}, err
	}
	if err := j.describe(ctx); err != nil {
		return jobs.SweepResult{}, err
	}
	title := "Retention sweep"
	if input.DryRun {
		title += " (dry run)"
	}
	c := newCard(ctx, title, stepSweep)
	continued := input.Continued
	if continued == nil {
		continued = &jobs.SweepContinued{Job: j.ref, Started: j.started}
	}
	// Record, report and tombstones name the run that a person has started.
	j.ref, j.started = continued.Job, continued.Started
	for n := 0; !continued.Progress.Done; n++ {
		if n == sweepStretches {
			return jobs.SweepResult{}, workflow.NewContinueAsNewError(ctx, jobs.TypeRetentionSweep, jobs.SweepInput{DryRun: input.DryRun, AllowMassDeletion: input.AllowMassDeletion, Continued: continued})
		}
		if err := stretch(ctx, c, title, input, continued); err != nil {
			return jobs.SweepResult{}, err
		}
	}
	result := continued.Progress.Result
	result.DryRun = input.DryRun
	if continued.Progress.Drills && !input.DryRun {
		dropForsaken(ctx, continued.Job, &result)
	}
	j.flaw = stopped(result)
	return result, nil
}

// stopped returns what is wrong with a sweep that stopped at instances; nil if it
// stopped at none.
func stopped(r jobs.SweepResult) *failure.Error {
	if len(r.Stopped) == 0 {
		return nil
	}
	return r.Stopped[0].Refusal()
}

// stretch sweeps some pages more.
func stretch(ctx workflow.Context, c *card, title string, input jobs.SweepInput, continued *jobs.SweepContinued) error {
	var prune *activities.Prune
	in := activities.SweepPagesInput{Job: continued.Job, DryRun: input.DryRun, Pages: sweepPages, AllowMass: input.AllowMassDeletion, From: continued.Progress}
	done, err := step(transferActivity(ctx, fmt.Sprintf("%s, stretch %d", title, continued.Progress.Stretch+1)), c, stepSweep, prune.SweepPages, in,
		func(p jobs.SweepProgress) string { return swept(p.Result) })
	if err != nil {
		return err
	}
	continued.Progress = done
	if done.LackLock > 0 && !input.DryRun {
		lockStretch(ctx, in, continued)
	}
	return nil
}

// lockStretch locks the points of a stretch that lack a lock, with the identity
// for backups. Its failure does not end the sweep.
func lockStretch(ctx workflow.Context, in activities.SweepPagesInput, continued *jobs.SweepContinued) {
	var backup *activities.Backup
	var locked activities.LockedPages
	summary := fmt.Sprintf("Lock %d points that lack a lock", continued.Progress.LackLock)
	err := workflow.ExecuteActivity(optionalActivity(withRole(ctx, jobs.RoleBackup), summary), backup.LockPages, in).Get(ctx, &locked)
	continued.Progress.Result.Locked += locked.Points
	if err != nil {
		continued.Progress.Result.NotLocked = temporalx.Failure(err).Error()
	}
}

// dropForsaken drops the databases of drills that are over, with the identity for
// restores. Its failure does not end the sweep.
func dropForsaken(ctx workflow.Context, job jobs.Ref, result *jobs.SweepResult) {
	var restore *activities.Restore
	var found activities.Forsaken
	ctx = optionalActivity(withRole(ctx, jobs.RoleRestore), "Drop the databases of drills that are over")
	err := workflow.ExecuteActivity(ctx, restore.DropForsaken, activities.ForsakenInput{Job: job}).Get(ctx, &found)
	result.DrillsDropped = found.Dropped
	result.Leftovers = append(result.Leftovers, found.Left...)
	if err != nil {
		result.Leftovers = append(result.Leftovers, "databases of drills that are over were not looked for: "+temporalx.Failure(err).Error())
	}
}

func swept(r jobs.SweepResult) string {
	text := fmt.Sprintf("%d instances: %d kept, %d removed", r.Instances, r.Kept, r.Removed)
	if r.Archived > 0 {
		text += fmt.Sprintf(", %d moved to the archive tier", r.Archived)
	}
	if r.CopiesDropped > 0 {
		text += fmt.Sprintf(", %d rehydrated copies deleted", r.CopiesDropped)
	}
	if r.LackLock > 0 {
		text += fmt.Sprintf(", %d not locked", r.LackLock-r.Locked)
	}
	if r.Doubtful > 0 {
		text += fmt.Sprintf(", %d kept because of their signatures", r.Doubtful)
	}
	if len(r.Leftovers) > 0 {
		text += fmt.Sprintf(", %d databases left by restores", len(r.Leftovers))
	}
	return text
}
