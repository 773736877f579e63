package activities

import "context"

// LockProofInput names the record of a drill.
type LockProofInput struct {
	Instance string `json:"instance"`
	Sequence int    `json:"sequence"`
}

// LockProof locks the record of a drill in the storage, if immutability is on, and
// those before it that lack a lock. It is idempotent. Like [Backup.LockPoint] it runs
// with the identity for backups, which cannot delete.
func (b *Backup) LockProof(ctx context.Context, in LockProofInput) (LockResult, error) {
	ctx, stop := beatPhase(ctx, "locking the record")
	defer stop()
	done, err := b.lockProof(ctx, in)
	return done, endCause(ctx, err)
}

func (b *Backup) lockProof(ctx context.Context, in LockProofInput) (LockResult, error) {
	settings, err := b.Vault.GetSettings(ctx)
	if err != nil {
		return LockResult{}, err
	}
	done, err := b.Vault.LockProof(ctx, in.Instance, in.Sequence, settings, b.Now())
	return LockResult{Until: done.Until, Blobs: done.Blobs}, err
}
