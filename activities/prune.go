package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/vault"
)

// Prune holds the steps that delete, and those that bring back. Its identity
// alone needs the right to delete.
type Prune struct {
	Vault     *vault.Vault
	Container *blobstore.Container
	// Temporal is asked which jobs still run, and who started one.
	Temporal client.Client
	Now      func() time.Time
}

// pruner returns the vault with what Temporal says of its jobs.
func (p *Prune) pruner() vault.Pruner {
	return p.Vault.Pruner(func(ctx context.Context, job string) (bool, error) { return temporalx.Running(ctx, p.Temporal, job) })
}

// DiscardAttempt removes what a job has stored that is of no use. It never
// removes a recovery point.
func (p *Prune) DiscardAttempt(ctx context.Context, plan BackupPlan) error {
	ctx, stop := beatPhase(ctx, "removing what the job had stored")
	defer stop()
	return endCause(ctx, p.Vault.DiscardAttempts(ctx, plan.Instance.Name, plan.Point, p.Now()))
}

// ReleaseHold ends the hold. A hold that is gone is released.
func (p *Prune) ReleaseHold(ctx context.Context, in HoldInput) error {
	ctx, stop := beatPhase(ctx, "releasing the point")
	defer stop()
	return endCause(ctx, p.Vault.Release(ctx, in.Point.Instance, in.Point.Point, in.Job.ID))
}
