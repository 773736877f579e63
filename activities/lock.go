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

// LockInput is a request to lock a point.
type LockInput struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
}

// LockResult is the lock of a point.
type LockResult struct {
	// Until is zero for a point that must not be locked.
	Until time.Time `json:"until,omitzero"`
	// Blobs is the number of blobs whose lock was set or extended.
	Blobs int `json:"blobs"`
}

// LockPoint locks a point in the storage until it expires. It is idempotent. It
// runs with the identity for backups, which cannot delete. The identity for
// sweeps can delete and cannot lock, and so cannot remove a lock either.
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

// LockedPages is the number of points that were locked.
type LockedPages struct {
	Points int `json:"points"`
}

// LockPages locks the points of a sweep's stretch that lack a lock. Another
// attempt continues with the remaining ones.
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

// immutability returns the vault's setting, or none for a vault without
// settings.
func (b *Backup) immutability(ctx context.Context) (instance.Immutability, error) {
	settings, err := b.Vault.GetSettings(ctx)
	if failure.CodeOf(err) == failure.InvalidConfiguration {
		err = nil
	}
	return settings.Immutability, err
}
