package activities

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/reapply"
)

// ReapplyInput names the instance whose policy is to hold for its points too.
type ReapplyInput struct {
	Instance string `json:"instance"`
	DryRun   bool   `json:"dryRun,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Job      JobRef `json:"job"`
}

// ReapplyResult counts the changes.
type ReapplyResult struct {
	Identity string `json:"identity,omitempty"`
	Policy   string `json:"policy"`
	Points   int    `json:"points"`
	Longer   int    `json:"longer"`
	Shorter  int    `json:"shorter"`
	// Report names the blob that lists each change.
	Report string `json:"report"`
}

// ReapplyReport is what that blob holds.
type ReapplyReport struct {
	At       time.Time        `json:"at"`
	Instance string           `json:"instance"`
	Policy   string           `json:"policy"`
	DryRun   bool             `json:"dryRun,omitempty"`
	Changes  []reapply.Change `json:"changes"`
}

// Reapply writes the retention that the instance's policy gives now beside each
// point where it differs. Another attempt plans anew, and finds what is done done.
func (p *Prune) Reapply(ctx context.Context, in ReapplyInput) (ReapplyResult, error) {
	var written atomic.Int64
	ctx, stop := beat(ctx, func() any { return fmt.Sprintf("%d points changed", written.Load()) })
	defer stop()
	result, err := p.reapply(ctx, in, &written)
	return result, because(ctx, err)
}

func (p *Prune) reapply(ctx context.Context, in ReapplyInput, written *atomic.Int64) (ReapplyResult, error) {
	identity, err := startedBy(ctx, p.Temporal, in.Job)
	if err != nil {
		return ReapplyResult{}, err
	}
	instance, err := p.Vault.GetInstance(ctx, in.Instance)
	if err != nil {
		return ReapplyResult{}, err
	}
	points, err := p.Vault.ListPoints(ctx, in.Instance)
	if err != nil {
		return ReapplyResult{}, err
	}
	assign, err := reapply.ByRule(instance.Policy)
	if err != nil {
		return ReapplyResult{}, err
	}
	report := ReapplyReport{
		At: p.Now().UTC().Truncate(time.Second), Instance: in.Instance, Policy: instance.Policy.Name, DryRun: in.DryRun,
		Changes: reapply.Plan(points, instance.Policy.Name, assign),
	}
	// The report first: what is changed can then be looked up, whatever happens.
	result := ReapplyResult{Identity: identity, Policy: instance.Policy.Name, Points: len(report.Changes)}
	if result.Report, err = p.Vault.PutReport(ctx, report.At, in.Job.ID, in.Job.RunID, 1, report); err != nil {
		return ReapplyResult{}, err
	}
	for _, change := range report.Changes {
		switch {
		case change.Longer():
			result.Longer++
		case change.To.Expires.Before(change.From.Expires):
			result.Shorter++
		}
	}
	if in.DryRun {
		return result, nil
	}
	return result, p.writeRetentions(ctx, in, identity, report, written)
}

func (p *Prune) writeRetentions(ctx context.Context, in ReapplyInput, identity string, report ReapplyReport, written *atomic.Int64) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(changesAtOnce)
	for _, change := range report.Changes {
		group.Go(func() error {
			defer written.Add(1)
			to := change.To
			to.At, to.Job, to.Identity, to.Reason = report.At, in.Job.ID, identity, in.Reason
			return p.Vault.SetRetention(ctx, in.Instance, change.Point, to)
		})
	}
	return group.Wait()
}
