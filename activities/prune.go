package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/vault"
)

// Prune has the steps that delete and undelete. Only its identity needs the
// right to delete.
type Prune struct {
	Vault     *vault.Vault
	Container *blobstore.Container
	// Temporal is queried for running jobs and for the starter of a job.
	Temporal client.Client
	Now      func() time.Time
}

// pruner returns the vault with Temporal's knowledge of running jobs.
func (p *Prune) pruner() vault.Pruner {
	return p.Vault.Pruner(func(ctx context.Context, job string) (bool, error) { return temporalx.Running(ctx, p.Temporal, job) })
}

// DiscardAttempt deletes the useless blobs of a job. It never deletes a
// recovery point.
func (p *Prune) DiscardAttempt(ctx context.Context, plan BackupPlan) error {
	ctx, stop := beatPhase(ctx, "removing what the job had stored")
	defer stop()
	return endCause(ctx, p.Vault.DiscardAttempts(ctx, plan.Instance.Name, plan.Point, p.Now()))
}

// ReleaseHold ends the hold. It is idempotent.
func (p *Prune) ReleaseHold(ctx context.Context, in HoldInput) error {
	ctx, stop := beatPhase(ctx, "releasing the point")
	defer stop()
	return endCause(ctx, p.Vault.Release(ctx, in.Point.Instance, in.Point.Point, in.Job.ID))
}
