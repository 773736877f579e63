package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

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
