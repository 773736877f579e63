package activities

import (
	"context"
	"math"

	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/vault/sweep"
)

// SweepPagesInput asks for a stretch of a sweep.
type SweepPagesInput struct {
	Job    JobRef `json:"job"`
	DryRun bool   `json:"dryRun,omitempty"`
	// Pages is how many listing pages the stretch has at most.
	Pages int           `json:"pages"`
	From  SweepProgress `json:"from"`
}

// SweepProgress is how far a sweep has come. Its zero value is the beginning.
type SweepProgress struct {
	Cursor sweep.Cursor `json:"cursor"`
	// Report names the blob that lists each decision so far with its reason: those
	// of the last stretch, and the name of the report before.
	Report string `json:"report,omitempty"`
	// Stretch counts the stretches done.
	Stretch int `json:"stretch"`
	// LackLock counts the points of the last stretch that lack a lock.
	LackLock int `json:"lackLock,omitempty"`
	// Locked counts the points that were locked since, of all stretches.
	Locked int `json:"locked,omitempty"`
	// NotLocked tells why points that lack a lock could not be locked.
	NotLocked string `json:"notLocked,omitempty"`
	// Leftovers names some of the databases that restores have left on servers.
	Leftovers []string `json:"leftovers,omitempty"`
}

// maxLeftovers is how many leftovers a result names; the report names all.
const maxLeftovers = 20

// SweepResult counts what a sweep decided.
type SweepResult struct {
	Instances int `json:"instances"`
	Kept      int `json:"kept"`
	Removed   int `json:"removed"`
	// Archived counts dumps that moved to the archive tier, and CopiesDropped
	// points whose rehydrated copies were deleted.
	Archived      int  `json:"archived,omitempty"`
	CopiesDropped int  `json:"copiesDropped,omitempty"`
	DryRun        bool `json:"dryRun,omitempty"`
	// LackLock counts points that were not locked as the vault wants it, Locked
	// those that were locked thereupon, and NotLocked tells why others were not.
	LackLock  int    `json:"lackLock,omitempty"`
	Locked    int    `json:"locked,omitempty"`
	NotLocked string `json:"notLocked,omitempty"`
	// Leftovers names databases that restores have left on servers: no sweep has
	// the rights to drop them.
	Leftovers []string `json:"leftovers,omitempty"`
	// Report names the blob that lists each decision with its reason.
	Report string `json:"report"`
}

// SweepPages plans the points of some listing pages and removes what is to go.
// Another attempt plans them anew from what is there then, and removing what is
// gone does nothing.
func (p *Prune) SweepPages(ctx context.Context, in SweepPagesInput) (SweepProgress, error) {
	var tally sweep.Tally
	ctx, stop := beat(ctx, func() any { return tally.Snapshot() })
	defer stop()
	do := p.sweeper(in.Job).Sweep
	if in.DryRun {
		do = p.sweeper(in.Job).Plan
	}
	report, cursor, err := do(ctx, in.From.Cursor, in.Pages, &tally)
	if err != nil {
		return SweepProgress{}, because(ctx, err)
	}
	report.Previous = in.From.Report
	next := SweepProgress{
		Cursor: cursor, Stretch: in.From.Stretch + 1,
		LackLock: report.LackLock, Locked: in.From.Locked, NotLocked: in.From.NotLocked,
		Leftovers: in.From.Leftovers,
	}
	if next.Stretch == 1 {
		if report.Leftovers, err = p.Vault.Leftovers(ctx, report.At, !in.DryRun); err != nil {
			return SweepProgress{}, because(ctx, err)
		}
		next.Leftovers = report.Leftovers[:min(len(report.Leftovers), maxLeftovers)]
	}
	next.Report, err = p.Vault.PutReport(ctx, report.At, in.Job.ID, in.Job.RunID, next.Stretch, report)
	return next, because(ctx, err)
}

func (p *Prune) sweeper(job JobRef) sweep.Sweeper {
	return sweep.Sweeper{
		Vault: p.Vault, Container: p.Container, Now: p.Now, Job: job.ID,
		JobRuns: func(ctx context.Context, workflowID string) (bool, error) {
			return temporalx.Running(ctx, p.Temporal, workflowID)
		},
	}
}

// Sweep is a whole sweep in one step, for jobs that began before there were stretches.
func (p *Prune) Sweep(ctx context.Context, job JobRef) (SweepResult, error) {
	return p.sweepAll(ctx, SweepPagesInput{Job: job, Pages: math.MaxInt})
}

// PlanSweep is the same, and removes nothing.
func (p *Prune) PlanSweep(ctx context.Context, job JobRef) (SweepResult, error) {
	return p.sweepAll(ctx, SweepPagesInput{Job: job, Pages: math.MaxInt, DryRun: true})
}

func (p *Prune) sweepAll(ctx context.Context, in SweepPagesInput) (SweepResult, error) {
	done, err := p.SweepPages(ctx, in)
	return done.Result(in.DryRun), err
}

// Result sums a sweep up.
func (s SweepProgress) Result(dryRun bool) SweepResult {
	count := s.Cursor.Count
	return SweepResult{
		Instances: count.Instances, Kept: count.Kept, Removed: count.Removed, Archived: count.Archived, CopiesDropped: count.CopiesDropped, DryRun: dryRun,
		LackLock: count.LackLock, Locked: s.Locked, NotLocked: s.NotLocked, Report: s.Report,
		Leftovers: s.Leftovers,
	}
}
