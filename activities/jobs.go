package activities

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
)

// Jobs has the step that records jobs.
type Jobs struct {
	Vault *vault.Vault
	// Temporal is queried for the starter of a job.
	Temporal client.Client
	Self     Self
}

// RecordJob writes a job's record into the vault, with the identity that the client
// starting the job claimed. It is idempotent.
func (j *Jobs) RecordJob(ctx context.Context, r jobs.Record) error {
	ctx, stop := beatPhase(ctx, "recording the outcome")
	defer stop()
	identity, err := startedBy(ctx, j.Temporal, jobs.Ref{ID: r.ID, RunID: r.RunID})
	var forgotten *serviceerror.NotFound
	switch {
	case err == nil:
		r.Identity = identity
	case !errors.As(err, &forgotten):
		return endCause(ctx, err)
	}
	r.RecordedBy = j.Self.worker(ctx)
	return endCause(ctx, j.Vault.PutJob(ctx, r))
}
