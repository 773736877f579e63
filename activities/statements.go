package activities

import (
	"context"
	"crypto/sha256"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/preflight"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// checkSigning signs a text that is stored nowhere. It notes if the worker does
// not sign although its trust file names keys.
func (b *Backup) checkSigning(ctx context.Context, report *preflight.Report) {
	probe, err := b.Signer.Sign(ctx, sha256.Sum256([]byte("pgvault: a check of the signing key")))
	report.Add("signature", err)
	if err == nil && len(probe.Sig) == 0 && b.Vault.NamesKeys() {
		report.Notes = append(report.Notes, "the backup is not signed: no key of the worker's trust file is valid now; `pgvault trust keys` adds one")
	}
}

// step returns the part that the statements of all steps have in common.
func (b *Backup) step(ctx context.Context, plan BackupPlan) (statement.Step, error) {
	info := activity.GetInfo(ctx)
	place, err := b.Vault.Place(ctx, plan.Instance.Name, plan.Point)
	return statement.Step{Place: place, Run: info.WorkflowExecution.RunID, Attempt: info.Attempt, SignedAt: b.Now().UTC()}, err
}

// sign signs what a step has done and stores the statement beside the dump.
func (b *Backup) sign(ctx context.Context, plan BackupPlan, payloadType string, facts any) (vault.StatementRef, error) {
	name := vault.StatementName(plan.Instance.Name, plan.Point, payloadType, attemptName(ctx))
	return b.Vault.PutStatement(ctx, statement.Patient{Signer: b.Signer}, name, payloadType, facts, attemptMeta(plan))
}
