package workflows

import (
	"fmt"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// The steps of a verification on its status card.
const (
	stepPoints = "list points"
	stepRead   = "read back"
)

const (
	// verifyPoints is the number of points a run reads before the job continues
	// as new, so that histories stay small for any number of points.
	verifyPoints = 50
)

// Verify reads stored recovery points back: manifest, roles file, block list
// and every block of the dump. It reads all requested points, and fails with
// VerificationFailed if one of them is damaged. It skips dumps in the archive
// tier.
func Verify(ctx workflow.Context, raw converter.RawValue) (jobs.VerifyResult, error) {
	ctx = withRole(ctx, jobs.RoleRestore)
	j := newJob(ctx, jobs.TypeVerify)
	result, err := verify(ctx, j, raw)
	j.work.Bytes = result.Bytes
	return result, j.finish(ctx, err)
}

func verify(ctx workflow.Context, j *job, raw converter.RawValue) (jobs.VerifyResult, error) {
	input, err := decode[jobs.VerifyInput](raw)
	if err != nil {
		return jobs.VerifyResult{}, err
	}
	continued := input.Continued
	if continued == nil {
		continued = &jobs.VerifyContinued{Job: j.ref, Started: j.started, Result: jobs.VerifyResult{Instance: input.Instance}}
	}
	// Record and outcomes name the run that a person has started.
	j.ref, j.started = continued.Job, continued.Started
	j.instance, j.point = input.Instance, input.Point
	if err := j.describe(ctx); err != nil {
		return jobs.VerifyResult{}, err
	}
	c := newCard(ctx, "Verification of "+input.Instance, stepPoints, stepRead)
	more, err := readPoints(ctx, j, c, input, continued)
	switch {
	case err != nil:
		return jobs.VerifyResult{}, withDamage(err, continued.Result.Damaged, continued.Result.DamageText()+"; and the other points were not read")
	case more:
		return jobs.VerifyResult{}, workflow.NewContinueAsNewError(ctx, jobs.TypeVerify, jobs.VerifyInput{Instance: input.Instance, All: input.All, Continued: continued})
	}
	return continued.Result, continued.Result.Verdict()
}

// readPoints reads the next points and reports whether there are further ones.
func readPoints(ctx workflow.Context, j *job, c *card, input jobs.VerifyInput, continued *jobs.VerifyContinued) (more bool, err error) {
	var restore *activities.Restore
	found, err := step(shortActivity(ctx, "List the points to read"), c, stepPoints, restore.PointsToRead,
		activities.PointsToReadInput{Instance: input.Instance, Point: input.Point, All: input.All, Before: continued.Before, Limit: verifyPoints},
		func(p activities.PointsToRead) string {
			return fmt.Sprintf("%d points, %s", p.Total, progress.Size(p.Bytes))
		})
	if err != nil {
		return false, err
	}
	if continued.Before == "" {
		continued.Total = found.Total
	}
	if !input.All && len(found.Points) == 1 {
		j.point = found.Points[0].Point
		if err := j.describe(ctx); err != nil {
			return false, err
		}
	}
	for _, p := range found.Points {
		in := activities.VerifyPointInput{Instance: input.Instance, Point: p.Point, DumpSize: p.DumpSize, Job: j.ref}
		_, err := step(transferActivity(ctx, "Read back "+p.Point), c, stepRead, restore.VerifyPoint, in, func(v jobs.VerifiedPoint) string {
			continued.Result.Add(p.Point, p.DumpSize, v)
			return fmt.Sprintf("%d of %d points, %s", continued.Result.Read(), max(continued.Total, continued.Result.Read()), continued.Result.Summary())
		})
		if err != nil {
			return false, err
		}
		continued.Before = p.Point
	}
	return found.More, nil
}

// withDamage adds the damage found so far to the error that ended the job. damaged
// is the number of damaged points, and found says which they are.
func withDamage(err error, damaged int, found string) error {
	f := temporalx.Failure(err)
	if damaged == 0 || f.Code == failure.Cancelled {
		return err
	}
	return failure.New(failure.VerificationFailed, f.Action, "%s: %s", found, f.Error())
}
