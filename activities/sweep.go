package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault/sweep"
)

// SweepPagesInput is a request for a stretch of a sweep.
type SweepPagesInput struct {
	Job    jobs.Ref `json:"job"`
	DryRun bool     `json:"dryRun,omitempty"`
	// Pages is the largest number of listing pages in the stretch.
	Pages int `json:"pages"`
	// AllowMass names the instances of which any number of points may go at once.
	AllowMass []string           `json:"allowMass,omitempty"`
	From      jobs.SweepProgress `json:"from"`
}

// maxLeftovers is the number of leftovers in a result; the report names all.
const maxLeftovers = 20

// maxStopped is how many stopped instances a result names; the report names all.
const maxStopped = 20

// SweepPages plans the points of some listing pages and removes expired ones.
// Another attempt plans again from what it finds, and removing is idempotent.
func (p *Prune) SweepPages(ctx context.Context, in SweepPagesInput) (jobs.SweepProgress, error) {
	var tally sweep.Tally
	ctx, stop := beat(ctx, func() any { return tally.Snapshot() })
	defer stop()
	next, err := p.sweepPages(ctx, in, &tally)
	return next, endCause(ctx, err)
}

func (p *Prune) sweepPages(ctx context.Context, in SweepPagesInput, tally *sweep.Tally) (jobs.SweepProgress, error) {
	from, err := cursorOf(in.From)
	if err != nil {
		return jobs.SweepProgress{}, err
	}
	sweeper := p.sweeper(in)
	do := sweeper.Sweep
	if in.DryRun {
		do = sweeper.Plan
	}
	report, cursor, err := do(ctx, from, in.Pages, tally)
	if err != nil {
		return jobs.SweepProgress{}, err
	}
	next := jobs.SweepProgress{Done: cursor.Walk.Done, Stretch: in.From.Stretch + 1, LackLock: report.LackLock, Drills: in.From.Drills, Result: in.From.Result}
	if next.Cursor, err = json.Marshal(cursor); err != nil {
		return jobs.SweepProgress{}, err
	}
	if next.Stretch == 1 {
		if report.Leftovers, err = p.Vault.Leftovers(ctx, report.At, !in.DryRun); err != nil {
			return jobs.SweepProgress{}, err
		}
		next.Drills = report.Drilled
		next.Result.Leftovers = report.Leftovers[:min(len(report.Leftovers), maxLeftovers)]
	}
	next.Result.Stopped = stoppedAt(next.Result.Stopped, report.Stopped)
	report.Previous = in.From.Result.Report
	count(&next.Result, cursor.Count)
	next.Result.Report, err = p.Vault.PutReport(ctx, report.At, in.Job.ID, in.Job.RunID, next.Stretch, report)
	return next, err
}

// stoppedAt adds instances, each once.
func stoppedAt(known, more []jobs.SweepStopped) []jobs.SweepStopped {
	for _, s := range more {
		same := func(k jobs.SweepStopped) bool { return k.Instance == s.Instance }
		if len(known) < maxStopped && !slices.ContainsFunc(known, same) {
			known = append(known, s)
		}
	}
	return known
}

// count sets the counts of a result to those of all stretches so far.
func count(r *jobs.SweepResult, c sweep.Count) {
	r.Instances, r.Kept, r.Removed = c.Instances, c.Kept, c.Removed
	r.Archived, r.CopiesDropped, r.LackLock, r.Doubtful = c.Archived, c.CopiesDropped, c.LackLock, c.Doubtful
}

// cursorOf decodes the start of a stretch. The cursor comes from the job's
// input.
func cursorOf(from jobs.SweepProgress) (cursor sweep.Cursor, err error) {
	if len(from.Cursor) == 0 {
		return cursor, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(from.Cursor))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&cursor); err != nil {
		return cursor, failure.Wrap(err, failure.InvalidInput, "leave out \"continued\": a new sweep begins at the first instance",
			"the job's input: field \"continued.progress.cursor\" is no cursor of a sweep")
	}
	return cursor, nil
}

func (p *Prune) sweeper(in SweepPagesInput) sweep.Sweeper {
	return sweep.Sweeper{Vault: p.pruner(), Container: p.Container, Now: p.Now, Job: in.Job.ID, AllowMass: in.AllowMass}
}
