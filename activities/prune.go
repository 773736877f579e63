package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/sweep"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/vault"
)

// Prune holds the steps of a sweep. Its identity alone needs the right to delete.
type Prune struct {
	Vault     *vault.Vault
	Container *blobstore.Container
	// Temporal is asked which jobs still run.
	Temporal client.Client
	Now      func() time.Time
}

// SweepResult counts what a sweep decided.
type SweepResult struct {
	Instances int  `json:"instances"`
	Kept      int  `json:"kept"`
	Removed   int  `json:"removed"`
	DryRun    bool `json:"dryRun,omitempty"`
	// Report names the blob that lists each decision with its reason.
	Report string `json:"report"`
}

// Sweep removes what the plan says. Another attempt plans anew from what is
// there then, and removing what is gone does nothing.
func (p *Prune) Sweep(ctx context.Context, job JobRef) (SweepResult, error) {
	return p.run(ctx, job, sweep.Sweeper.Sweep)
}

// PlanSweep decides the same and removes nothing.
func (p *Prune) PlanSweep(ctx context.Context, job JobRef) (SweepResult, error) {
	result, err := p.run(ctx, job, sweep.Sweeper.Plan)
	result.DryRun = true
	return result, err
}

func (p *Prune) run(ctx context.Context, job JobRef, do func(sweep.Sweeper, context.Context, *sweep.Tally) (sweep.Report, error)) (SweepResult, error) {
	var tally sweep.Tally
	ctx, stop := beat(ctx, func() any { return tally.Snapshot() })
	defer stop()
	sweeper := sweep.Sweeper{
		Vault: p.Vault, Container: p.Container, Now: p.Now,
		JobRuns: func(ctx context.Context, workflowID string) (bool, error) {
			return temporalx.Running(ctx, p.Temporal, workflowID)
		},
	}
	report, err := do(sweeper, ctx, &tally)
	if err != nil {
		return SweepResult{}, because(ctx, err)
	}
	name, err := p.Vault.PutReport(ctx, report.At, job.ID, job.RunID, report)
	if err != nil {
		return SweepResult{}, because(ctx, err)
	}
	return SweepResult{Instances: report.Instances, Kept: report.Kept, Removed: report.Removed, Report: name}, nil
}
