package workflows

import (
	"fmt"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/progress"
)

const (
	// scrubPlanned is the number of points in a plan, since each plan lists the
	// whole vault.
	scrubPlanned = 500
	// scrubPoints is the number of points a run reads before the job continues as
	// new, so that histories stay small.
	scrubPoints = 50
	// scrubFailures is the number of points in a row that cannot be read before
	// the job ends: it is not one of them then.
	scrubFailures = 3
)

// Scrub reads the points of the vault back whose last reading is the oldest, as
// many as the vault's settings allow for one job. It reads all of them, and fails
// with VerificationFailed if one of them is damaged.
func Scrub(ctx workflow.Context, raw converter.RawValue) (jobs.ScrubResult, error) {
	ctx = withRole(ctx, jobs.RoleRestore)
	j := newJob(ctx, jobs.TypeScrub)
	result, err := scrub(ctx, j, raw)
	j.work.Bytes = result.Bytes
	return result, j.finish(ctx, err)
}

func scrub(ctx workflow.Context, j *job, raw converter.RawValue) (jobs.ScrubResult, error) {
	input, err := decodeOptional[jobs.ScrubInput](raw)
	if err != nil {
		return jobs.ScrubResult{}, err
	}
	continued := input.Continued
	if continued == nil {
		continued = &jobs.ScrubContinued{Job: j.ref, Started: j.started}
	}
	// Record and outcomes name the run that a person or the schedule has started.
	j.ref, j.started = continued.Job, continued.Started
	if err := j.describe(ctx); err != nil {
		return jobs.ScrubResult{}, err
	}
	c := newCard(ctx, "Scrub", stepPoints, stepRead)
	if err := scrubRun(ctx, c, continued); err != nil {
		return continued.Result, withDamage(err, continued.Result.Damaged, continued.Result.DamageText()+"; and other points were not read")
	}
	if len(continued.Left) > 0 {
		return jobs.ScrubResult{}, workflow.NewContinueAsNewError(ctx, jobs.TypeScrub, jobs.ScrubInput{Continued: continued})
	}
	return continued.Result, continued.Result.Verdict()
}

// scrubRun reads the next points, and plans if none are left from the run before.
func scrubRun(ctx workflow.Context, c *card, continued *jobs.ScrubContinued) error {
	if len(continued.Left) == 0 {
		if err := planScrub(ctx, c, continued); err != nil {
			return err
		}
	}
	next := continued.Left[:min(scrubPoints, len(continued.Left))]
	if err := scrubEach(ctx, c, continued, next); err != nil {
		return err
	}
	continued.Left = continued.Left[len(next):]
	if len(next) == 0 || len(continued.Left) > 0 {
		return nil
	}
	return planScrub(ctx, c, continued)
}

func planScrub(ctx workflow.Context, c *card, continued *jobs.ScrubContinued) error {
	var restore *activities.Restore
	in := activities.PlanScrubInput{Read: continued.Result.Bytes, Limit: scrubPlanned}
	plan, err := step(transferActivity(ctx, "Plan what to read"), c, stepPoints, restore.PlanScrub, in, func(p activities.ScrubPlan) string {
		return fmt.Sprintf("%s of %s are read, %d points are next", progress.Size(p.Coverage.ReadBytes), progress.Size(p.Coverage.Bytes), len(p.Points))
	})
	if err != nil {
		return err
	}
	continued.Left, continued.Result.Coverage = plan.Points, plan.Coverage
	return nil
}

// scrubEach reads points. A point that cannot be read does not keep it from the
// others, since the next scrub would begin with the same one.
func scrubEach(ctx workflow.Context, c *card, continued *jobs.ScrubContinued, points []jobs.ScrubPoint) error {
	var restore *activities.Restore
	var first error
	failures := 0
	for _, p := range points {
		in := activities.VerifyPointInput{Instance: p.Instance, Point: p.Point, DumpSize: p.DumpSize, Job: continued.Job}
		_, err := step(transferActivity(ctx, "Read back "+p.Instance+" "+p.Point), c, stepRead, restore.VerifyPoint, in, func(v jobs.VerifiedPoint) string {
			continued.Result.AddOf(p.Instance, p.Point, p.DumpSize, v)
			return fmt.Sprintf("%d points, %s, %s", continued.Result.Read(), progress.Size(continued.Result.Bytes), continued.Result.Summary())
		})
		if err == nil {
			failures = 0
			continue
		}
		if ctx.Err() != nil {
			return err
		}
		if first == nil {
			first = err
		}
		if failures++; failures == scrubFailures {
			break
		}
	}
	return first
}
