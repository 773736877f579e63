package activities

import (
	"context"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
)

// Jobs has the step that records jobs.
type Jobs struct {
	Vault *vault.Vault
}

// RecordJob writes a job's record into the vault. It is idempotent.
func (j *Jobs) RecordJob(ctx context.Context, r jobs.Record) error {
	ctx, stop := beatPhase(ctx, "recording the outcome")
	defer stop()
	return endCause(ctx, j.Vault.PutJob(ctx, r))
}
