package workflows

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/temporalx/events"
)

// The steps of a restore on its status card.
const (
	stepFind      = "find point"
	stepHold      = "hold point"
	stepRehydrate = "rehydrate"
	stepTarget    = "check target"
	stepRestore   = "restore"
	stepCompare   = "compare"
	stepPublish   = "publish"
	stepCopy      = "copy files"
)

// Restore restores a recovery point or a selection of it: as a database on any
// server, under a temporary name until it is complete; as tables in an existing
// database; as rows of existing tables; or as files in any container. The point is
// held while the job runs, so that no sweep removes it. A dump in the archive tier is
// rehydrated first, which may take hours.
func Restore(ctx workflow.Context, raw converter.RawValue) (jobs.RestoreResult, error) {
	ctx = withRole(ctx, jobs.RoleRestore)
	j := newJob(ctx, jobs.TypeRestore)
	result, err := restore(ctx, j, raw)
	return result, j.finish(ctx, err)
}

func restore(ctx workflow.Context, j *job, raw converter.RawValue) (jobs.RestoreResult, error) {
	input, err := decode[jobs.RestoreInput](raw)
	if err != nil {
		return jobs.RestoreResult{}, err
	}
	j.instance, j.point, j.work.Target = input.Instance, input.Point, jobs.PlaceOf(input.Target)
	if err := j.describe(ctx); err != nil {
		return jobs.RestoreResult{}, err
	}
	c := newCard(ctx, "Restore of "+input.Instance, restoreSteps(input.Target)...)

	var activity *activities.Restore
	if to := input.Target.Container; to != "" {
		_, err := step(shortActivity(ctx, "Check container "+to), c, stepTarget, activity.CheckContainer, activities.ContainerRef{Container: to}, noNote[nothing])
		if err != nil {
			return jobs.RestoreResult{}, err
		}
	}
	point, err := step(shortActivity(ctx, "Find the recovery point"), c, stepFind, activity.FindPoint,
		activities.FindPointInput{Instance: input.Instance, Point: input.Point},
		whichPoint)
	if err != nil {
		return jobs.RestoreResult{}, err
	}
	j.point = point.Point
	if err := j.describe(ctx, temporalx.KeyDatabase.ValueSet(point.Database)); err != nil {
		return jobs.RestoreResult{}, err
	}
	held := activities.HoldInput{Point: point, Job: j.ref}
	found, err := step(shortActivity(ctx, "Hold "+point.Point), c, stepHold, activity.Hold, held, whereHeld)
	if err != nil {
		return jobs.RestoreResult{}, err
	}
	tier := archived{job: j, card: c, input: input}
	result, err := tier.restoreHeld(ctx, point, found.Archived)
	release(ctx, held)
	if point.Note != "" {
		result.Notes = append(result.Notes, point.Note)
	}
	return result, err
}

func whichPoint(p activities.PointRef) string {
	text := p.Point + ", " + progress.Size(p.DumpSize)
	if p.Note != "" {
		text += ", not signed"
	}
	return text
}

func whereHeld(p activities.HeldPoint) string {
	if p.Archived {
		return "its dump is in the archive tier, and a copy is rehydrated first"
	}
	return ""
}

func bringBack(ctx workflow.Context, j *job, c *card, point activities.PointRef, target jobs.RestoreTarget) (jobs.RestoreResult, error) {
	if target.Container != "" {
		return restoreFiles(ctx, j, c, point, target)
	}
	work := activities.RestoreWork{Point: point, Target: target}
	if target.Into != nil {
		return restoreInto(ctx, j, c, work)
	}
	return restoreDatabase(ctx, j, c, work)
}

func restoreDatabase(ctx workflow.Context, j *job, c *card, work activities.RestoreWork) (jobs.RestoreResult, error) {
	target, point := work.Target, work.Point
	if err := j.checkTarget(ctx, c, work); err != nil {
		return jobs.RestoreResult{}, err
	}
	var activity *activities.Restore
	var roles activities.RestoredRoles
	if target.Roles {
		var err error
		roles, err = restoreRoles(ctx, c, work, target.Server.Host)
		if err != nil {
			return jobs.RestoreResult{}, err
		}
	}
	restored, err := j.loadDatabase(ctx, c, work, "Restore "+where(target))
	if err != nil {
		return jobs.RestoreResult{}, dropUnpublished(ctx, j, work, err)
	}
	j.work.Ignore(append(slices.Clone(roles.Ignored), restored.Ignored...))
	result := jobs.RestoreResult{
		Instance: point.Instance, Point: point.Point, Database: target.Database, Server: target.Server.Host,
		RowsOnly: target.RowsOnly(), Ignored: append(roles.Ignored, restored.Ignored...), Notes: restored.Notes,
	}
	j.verified(&result, restored.Verified)
	if target.RowsOnly() {
		return result, nil
	}
	if target.Verify {
		compared, err := step(transferActivity(ctx, "Compare "+where(target)), c, stepCompare, activity.CompareRestored, work, jobs.Verified.String)
		if err != nil {
			return jobs.RestoreResult{}, dropUnpublished(ctx, j, work, err)
		}
		j.verified(&result, &compared)
	}
	published, err := step(shortActivity(ctx, "Publish as "+target.Database), c, stepPublish, activity.PublishDatabase,
		activities.PublishInput{Work: work, OID: restored.OID}, noNote[activities.PublishedDatabase])
	if err != nil {
		return jobs.RestoreResult{}, keepUnpublished(ctx, j, work, err)
	}
	result.Ignored = append(result.Ignored, published.Ignored...)
	j.work.Ignore(published.Ignored)
	return result, nil
}

// verified adds the outcome of a comparison to the result and the job's record.
func (j *job) verified(result *jobs.RestoreResult, v *jobs.Verified) {
	if v != nil {
		result.Verified, j.work.Verdict = v, v.Verdict
	}
}

func where(target jobs.RestoreTarget) string {
	return fmt.Sprintf("%s on %s", target.Database, target.Server.Host)
}

func restoreFiles(ctx workflow.Context, j *job, c *card, point activities.PointRef, target jobs.RestoreTarget) (jobs.RestoreResult, error) {
	var activity *activities.Restore
	copied, err := step(transferActivity(ctx, "Copy the files of "+point.Point), c, stepCopy, activity.CopyFiles,
		activities.CopyInput{Point: point, Container: target.Container, Prefix: target.Prefix},
		func(f activities.CopiedFiles) string { return fmt.Sprintf("%d files", len(f.Names)) })
	if err != nil {
		return jobs.RestoreResult{}, err
	}
	j.work.Worker, j.work.Bytes = copied.By, copied.Bytes
	return jobs.RestoreResult{Instance: point.Instance, Point: point.Point, Container: target.Container, Files: copied.Names}, nil
}

// release ends the hold. If that fails, sweeps ignore the hold once its job is
// closed.
func release(ctx workflow.Context, held activities.HoldInput) {
	var prune *activities.Prune
	// The restore's own identity need not be able to delete.
	ctx = cleanupActivity(withRole(ctx, jobs.RolePrune), "Release "+held.Point.Point)
	if err := workflow.ExecuteActivity(ctx, prune.ReleaseHold, held).Get(ctx, nil); err != nil {
		tell(ctx, events.HoldLeft, err, "point", held.Point.Point)
	}
}

func restoreSteps(target jobs.RestoreTarget) []string {
	if target.Container != "" {
		return []string{stepTarget, stepFind, stepHold, stepCopy}
	}
	steps := []string{stepFind, stepHold, stepTarget}
	if target.Into != nil {
		return append(steps, stepRestore, stepMove, stepKeys)
	}
	if target.Roles {
		steps = append(steps, stepRoles)
	}
	if target.RowsOnly() {
		return append(steps, stepRestore)
	}
	steps = append(steps, stepRestore)
	if target.Verify {
		steps = append(steps, stepCompare)
	}
	return append(steps, stepPublish)
}
