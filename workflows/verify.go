package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// The steps of a verification, as its status card names them.
const (
	stepPoints = "list points"
	stepRead   = "read back"
)

const (
	// verifyPoints is how many points a run reads before the job goes on as a new
	// run, so that histories stay small however many points there are.
	verifyPoints = 50
	// verifyListed is how many points are listed by name in what a job hands on.
	verifyListed = 50
)

// Verify reads stored recovery points back: manifest, roles file, block list and
// every block of the dump. It reads all that it was asked for, and fails with
// VerificationFailed if one of them is not what was stored. Dumps in the archive
// tier are not read.
func Verify(ctx workflow.Context, raw converter.RawValue) (VerifyResult, error) {
	ctx = as(ctx, temporalx.RoleRestore)
	j := newJob(ctx, temporalx.TypeVerify)
	result, err := verify(ctx, j, raw)
	if workflow.IsContinueAsNewError(err) {
		return result, err
	}
	return result, j.finish(ctx, err)
}

func verify(ctx workflow.Context, j *job, raw converter.RawValue) (VerifyResult, error) {
	input, err := decodeInput[VerifyInput](raw)
	if err != nil {
		return VerifyResult{}, err
	}
	if err := checkVerify(input); err != nil {
		return VerifyResult{}, err
	}
	so := input.Continued
	if so == nil {
		so = &VerifyContinued{Job: j.ref, Started: j.started, Result: VerifyResult{Instance: input.Instance}}
	}
	// Record and outcomes name the run that a person has started.
	j.ref, j.started = so.Job, so.Started
	j.instance, j.point = input.Instance, input.Point
	if err := j.describe(ctx); err != nil {
		return VerifyResult{}, err
	}
	c := newCard(ctx, "Verification of "+input.Instance, stepPoints, stepRead)
	c.follow(ctx)
	more, err := readPoints(ctx, j, c, input, so)
	switch {
	case err != nil:
		return VerifyResult{}, so.Result.with(err)
	case more:
		return VerifyResult{}, workflow.NewContinueAsNewError(ctx, temporalx.TypeVerify, VerifyInput{Instance: input.Instance, All: input.All, Continued: so})
	}
	return so.Result, so.Result.verdict()
}

func checkVerify(input VerifyInput) error {
	if err := needInstance(input.Instance); err != nil {
		return err
	}
	if input.All && input.Point != "" {
		return badInput[VerifyInput](`give either "point" or "all"`)
	}
	return nil
}

// readPoints reads the next points, and reports whether there are further ones.
func readPoints(ctx workflow.Context, j *job, c *card, input VerifyInput, so *VerifyContinued) (more bool, err error) {
	var restore *activities.Restore
	found, err := step(lookUp(ctx, "List the points to read"), c, stepPoints, restore.PointsToRead,
		activities.PointsToReadInput{Instance: input.Instance, Point: input.Point, All: input.All, Before: so.Before, Limit: verifyPoints},
		func(p activities.PointsToRead) string {
			return fmt.Sprintf("%d points, %s", p.Total, progress.Size(p.Bytes))
		})
	if err != nil {
		return false, err
	}
	if so.Before == "" {
		so.Total = found.Total
	}
	if !input.All && len(found.Points) == 1 {
		j.point = found.Points[0].Point
		if err := j.describe(ctx); err != nil {
			return false, err
		}
	}
	for _, p := range found.Points {
		in := activities.VerifyPointInput{Instance: input.Instance, Point: p.Point, DumpSize: p.DumpSize, Job: j.ref}
		_, err := step(transfer(ctx, "Read back "+p.Point), c, stepRead, restore.VerifyPoint, in, func(v activities.VerifiedPoint) string {
			so.Result.add(p, v)
			return fmt.Sprintf("%d of %d points, %s", so.Result.looked(), max(so.Total, so.Result.looked()), so.Result.summary())
		})
		if err != nil {
			return false, err
		}
		so.Before = p.Point
	}
	return found.More, nil
}

func (r *VerifyResult) add(p activities.PointToRead, v activities.VerifiedPoint) {
	switch v.State {
	case activities.PointGood:
		r.Good++
		r.Bytes += p.DumpSize
	case activities.PointArchived:
		r.Archived++
		if len(r.ArchivedPoints) < verifyListed {
			r.ArchivedPoints = append(r.ArchivedPoints, p.Point)
		}
	case activities.PointGone:
		r.Gone++
	default:
		r.Damaged++
		if len(r.DamagedPoints) < verifyListed {
			r.DamagedPoints = append(r.DamagedPoints, DamagedPoint{Point: p.Point, VerifiedPoint: v})
		}
	}
}

func (r *VerifyResult) looked() int { return r.Good + r.Damaged + r.Archived + r.Gone }

func (r *VerifyResult) summary() string {
	text := fmt.Sprintf("%d good", r.Good)
	for _, c := range []struct {
		count int
		what  string
	}{{r.Damaged, "damaged"}, {r.Archived, "in the archive tier, not read"}, {r.Gone, "deleted meanwhile"}} {
		if c.count > 0 {
			text += fmt.Sprintf(", %d %s", c.count, c.what)
		}
	}
	return text
}

// verdict returns the failure that names everything damaged; nil if nothing is.
func (r *VerifyResult) verdict() error {
	if r.Damaged == 0 {
		return nil
	}
	return failure.New(failure.VerificationFailed,
		"restore from other recovery points, and take a new one: pgvault backup "+r.Instance+". Where the account keeps versions, or there is a copy of the vault, "+
			"write the right bytes back over the damaged blob and run pgvault verify again",
		"damaged recovery points of %s: %s", r.Instance, strings.Join(r.damages(), "; "))
}

func (r *VerifyResult) damages() []string {
	var texts []string
	for _, p := range r.DamagedPoints {
		text := p.Point
		for i, d := range p.Damage {
			text += map[bool]string{true: ": ", false: ", "}[i == 0] + d.String()
		}
		if p.More > 0 {
			text += fmt.Sprintf(", and %d more places", p.More)
		}
		texts = append(texts, text)
	}
	if more := r.Damaged - len(r.DamagedPoints); more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more points, which `pgvault points %s` lists", more, r.Instance))
	}
	return texts
}

// with adds what was found before an error ended the job.
func (r *VerifyResult) with(err error) error {
	f := temporalx.Failure(err)
	if r.Damaged == 0 || f.Code == failure.Cancelled {
		return err
	}
	return failure.New(failure.VerificationFailed, f.Action, "damaged recovery points of %s: %s; and the other points were not read: %s",
		r.Instance, strings.Join(r.damages(), "; "), f.Error())
}
