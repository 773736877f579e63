package sweep

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/vault"
)

// Locker locks points that a sweep found to lack the lock that the vault's
// settings require. It needs no right to delete, and a sweep needs no right to
// lock.
type Locker struct {
	Vault *vault.Vault
	Now   func() time.Time
	// PageSize bounds a listing page; 0 leaves it to the storage.
	PageSize int32
}

// Lock walks over the same listing pages as a stretch of the sweep and locks
// the points that lack a lock. locked counts the points as it goes. Lock is
// idempotent.
func (l Locker) Lock(ctx context.Context, from Cursor, pages int, locked *atomic.Int64) error {
	settings, err := l.Vault.GetSettings(ctx)
	if err != nil || !settings.Immutability.On() {
		return err
	}
	now := l.Now()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	_, err = l.Vault.Walk(ctx, from.Walk, pages, l.PageSize, func(e vault.Entry) error {
		if !l.Vault.LacksLock(e.Point, settings.Immutability, now) {
			return ctx.Err()
		}
		group.Go(func() error {
			_, err := l.Vault.Lock(ctx, e.Point, settings.Immutability, now)
			if err == nil {
				locked.Add(1)
			}
			return err
		})
		return nil
	})
	if failed := group.Wait(); failed != nil {
		return failed
	}
	return err
}
