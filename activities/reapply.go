package activities

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/reapply"
)

// ReapplyInput names the instance whose policy is to hold for its points too.
type ReapplyInput struct {
	Instance string   `json:"instance"`
	DryRun   bool     `json:"dryRun,omitempty"`
	Reason   string   `json:"reason,omitempty"`
	Job      jobs.Ref `json:"job"`
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
// point where it differs. Another attempt plans again, and finds finished work finished.
func (p *Prune) Reapply(ctx context.Context, in ReapplyInput) (jobs.ReapplyPolicyResult, error) {
	var written atomic.Int64
	ctx, stop := beat(ctx, func() any { return fmt.Sprintf("%d points changed", written.Load()) })
	defer stop()
	result, err := p.reapply(ctx, in, &written)
	return result, endCause(ctx, err)
}

func (p *Prune) reapply(ctx context.Context, in ReapplyInput, written *atomic.Int64) (jobs.ReapplyPolicyResult, error) {
	identity, err := startedBy(ctx, p.Temporal, in.Job)
	if err != nil {
		return jobs.ReapplyPolicyResult{}, err
	}
	instance, err := p.Vault.GetInstance(ctx, in.Instance)
	if err != nil {
		return jobs.ReapplyPolicyResult{}, err
	}
	points, err := p.Vault.ListPoints(ctx, in.Instance)
	if err != nil {
		return jobs.ReapplyPolicyResult{}, err
	}
	assign, err := reapply.ByRule(instance.Policy)
	if err != nil {
		return jobs.ReapplyPolicyResult{}, err
	}
	writer := reapply.Writer{Vault: p.Vault, Policy: instance.Policy.Name, Assigned: assign(points)}
	report := ReapplyReport{
		At: p.Now().UTC().Truncate(time.Second), Instance: in.Instance, Policy: instance.Policy.Name, DryRun: in.DryRun,
		Changes: reapply.Plan(points, writer.Policy, writer.Assigned),
	}
	// The report first: what is changed can then be looked up, whatever happens.
	name, err := p.Vault.PutReport(ctx, report.At, in.Job.ID, in.Job.RunID, 1, report)
	if err != nil {
		return jobs.ReapplyPolicyResult{}, err
	}
	if !in.DryRun {
		writer.Mark = vault.Retention{At: report.At, Job: in.Job.ID, Identity: identity, Reason: in.Reason}
		done, err := writeRetentions(ctx, writer, points, report.Changes, written)
		if err != nil {
			return jobs.ReapplyPolicyResult{}, err
		}
		if !slices.Equal(done, report.Changes) { // somebody has changed some meanwhile
			report.Changes = done
			if _, err := p.Vault.PutReport(ctx, report.At, in.Job.ID, in.Job.RunID, 1, report); err != nil {
				return jobs.ReapplyPolicyResult{}, err
			}
		}
	}
	return report.result(identity, name), nil
}

func (r ReapplyReport) result(identity, name string) jobs.ReapplyPolicyResult {
	result := jobs.ReapplyPolicyResult{Identity: identity, Policy: r.Policy, Points: len(r.Changes), Report: name}
	for _, change := range r.Changes {
		switch {
		case change.Longer():
			result.Longer++
		case change.To.Expires.Before(change.From.Expires):
			result.Shorter++
		}
	}
	return result
}

// writeRetentions returns the changes that were made, in their order.
func writeRetentions(ctx context.Context, w reapply.Writer, points []vault.Point, changes []reapply.Change, written *atomic.Int64) ([]reapply.Change, error) {
	listed := make(map[string]vault.Point, len(points))
	for _, p := range points {
		listed[p.ID] = p
	}
	made := make([]*reapply.Change, len(changes))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(changesAtOnce)
	for i, change := range changes {
		group.Go(func() error {
			defer written.Add(1)
			done, ok, err := w.Write(ctx, listed[change.Point], change)
			if ok {
				made[i] = &done
			}
			return err
		})
	}
	err := group.Wait()
	var done []reapply.Change
	for _, change := range made {
		if change != nil {
			done = append(done, *change)
		}
	}
	return done, err
}
