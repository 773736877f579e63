package activities

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/reapply"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// ReapplyInput is a request to apply an instance's policy to its existing
// points.
type ReapplyInput struct {
	Instance string   `json:"instance"`
	DryRun   bool     `json:"dryRun,omitempty"`
	Reason   string   `json:"reason,omitempty"`
	Job      jobs.Ref `json:"job"`
}

// Reapply writes the retention under the instance's current policy beside each
// point where it differs, signed. It runs with the identity for backups, which
// signs; the one for sweeps has no Key Vault. Another attempt plans again and skips
// finished points.
func (b *Backup) Reapply(ctx context.Context, in ReapplyInput) (jobs.ReapplyPolicyResult, error) {
	var written atomic.Int64
	ctx, stop := beat(ctx, func() any { return fmt.Sprintf("%d points changed", written.Load()) })
	defer stop()
	result, err := b.reapply(ctx, in, &written)
	return result, endCause(ctx, err)
}

func (b *Backup) reapply(ctx context.Context, in ReapplyInput, written *atomic.Int64) (jobs.ReapplyPolicyResult, error) {
	identity, err := startedBy(ctx, b.Temporal, in.Job)
	if err != nil {
		return jobs.ReapplyPolicyResult{}, err
	}
	instance, err := b.Vault.GetInstance(ctx, in.Instance)
	if err != nil {
		return jobs.ReapplyPolicyResult{}, err
	}
	points, err := b.Vault.ListPoints(ctx, in.Instance)
	if err != nil {
		return jobs.ReapplyPolicyResult{}, err
	}
	place, err := b.Vault.Place(ctx, in.Instance, "")
	if err != nil {
		return jobs.ReapplyPolicyResult{}, err
	}
	assign, err := reapply.ByRule(instance.Policy)
	if err != nil {
		return jobs.ReapplyPolicyResult{}, err
	}
	report := reapply.Report{At: b.Now().UTC().Truncate(time.Second), Instance: in.Instance, Policy: instance.Policy.Name, DryRun: in.DryRun}
	writer := reapply.Writer{
		Vault: b.Vault, Policy: instance.Policy.Name, Assigned: assign(points),
		Mark:   vault.Retention{At: report.At, Job: in.Job.ID, Identity: identity, Reason: in.Reason},
		Signer: statement.Patient{Signer: b.Signer}, VaultID: place.VaultID, Now: b.Now,
	}
	report.Changes = reapply.Plan(points, writer.Policy, writer.Assigned)
	// The report is written first, so that it exists whatever happens to the
	// changes.
	name, err := b.Vault.PutReport(ctx, report.At, in.Job.ID, in.Job.RunID, 1, report)
	if err != nil || in.DryRun {
		return resultOf(report, identity, name), err
	}
	done, err := writer.WriteAll(ctx, points, report.Changes, written)
	if err != nil {
		return jobs.ReapplyPolicyResult{}, err
	}
	if !slices.Equal(done, report.Changes) { // others have changed some points meanwhile
		report.Changes = done
		if _, err := b.Vault.PutReport(ctx, report.At, in.Job.ID, in.Job.RunID, 1, report); err != nil {
			return jobs.ReapplyPolicyResult{}, err
		}
	}
	return resultOf(report, identity, name), nil
}

func resultOf(r reapply.Report, identity, name string) jobs.ReapplyPolicyResult {
	longer, shorter := r.Count()
	return jobs.ReapplyPolicyResult{
		Identity: identity, Policy: r.Policy, Points: len(r.Changes), Longer: longer, Shorter: shorter, Report: name,
	}
}
