package activities

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/vault/sweep"
)

// LockInput names a point to lock.
type LockInput struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
}

// LockResult is the lock of a point.
type LockResult struct {
	// Until is zero for a point that is not to be locked.
	Until time.Time `json:"until,omitzero"`
	// Blobs counts those that were not locked so before.
	Blobs int `json:"blobs"`
}

// LockPoint has the storage keep a point until it expires. Locking it twice is
// locking it once. The backup's identity does it, which cannot delete; that of
// sweeps, which can, cannot lock, and so take back no lock either.
func (b *Backup) LockPoint(ctx context.Context, in LockInput) (LockResult, error) {
	ctx, stop := beatPhase(ctx, "locking the point")
	defer stop()
	done, err := b.lockPoint(ctx, in)
	return done, endCause(ctx, err)
}

func (b *Backup) lockPoint(ctx context.Context, in LockInput) (LockResult, error) {
	settings, err := b.Vault.GetSettings(ctx)
	if err != nil {
		return LockResult{}, err
	}
	point, err := b.Vault.FindPoint(ctx, in.Instance, in.Point)
	if err != nil {
		return LockResult{}, err
	}
	done, err := b.Vault.Lock(ctx, point, settings.Immutability, b.Now())
	return LockResult{Until: done.Until, Blobs: done.Blobs}, err
}

// LockedPages counts the points that were locked.
type LockedPages struct {
	Points int `json:"points"`
}

// LockPages locks the points of a sweep's stretch that the sweep has found to
// lack a lock. Another attempt goes on with those that still do.
func (b *Backup) LockPages(ctx context.Context, in SweepPagesInput) (LockedPages, error) {
	var locked atomic.Int64
	ctx, stop := beat(ctx, func() any { return fmt.Sprintf("%d points locked", locked.Load()) })
	defer stop()
	from, err := cursorOf(in.From)
	if err != nil {
		return LockedPages{}, err
	}
	err = sweep.Locker{Vault: b.Vault, Now: b.Now}.Lock(ctx, from, in.Pages, &locked)
	return LockedPages{Points: int(locked.Load())}, endCause(ctx, err)
}

// immutability is the vault's setting; a vault that has no settings yet has none.
func (b *Backup) immutability(ctx context.Context) (instance.Immutability, error) {
	settings, err := b.Vault.GetSettings(ctx)
	if failure.CodeOf(err) == failure.InvalidConfiguration {
		return instance.Disabled, nil
	}
	return settings.Immutability, err
}
