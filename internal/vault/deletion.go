package vault

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/failure"
)

// Deletion deletes points at a person's request. It soft-deletes them if the
// vault's settings have a soft-delete term, and purges them otherwise.
type Deletion struct {
	vault Pruner
	// tombstone.Until is zero if the deletion is final.
	tombstone Tombstone
}

// NewDeletion returns a deletion at the given time under the vault's settings.
// mark has the identity, reason and job of the deletion.
func (v Pruner) NewDeletion(ctx context.Context, mark Tombstone, at time.Time) (Deletion, error) {
	settings, err := v.GetSettings(ctx)
	if err != nil {
		return Deletion{}, err
	}
	mark.At = at.UTC().Truncate(time.Second)
	if term := settings.SoftDelete.Term(); term > 0 {
		mark.Until = mark.At.Add(term)
	}
	return Deletion{vault: v, tombstone: mark}, nil
}

// Final reports whether a deleted point cannot be undeleted.
func (d Deletion) Final() bool { return d.tombstone.Until.IsZero() }

// Until returns the time until which points deleted now can be undeleted, or
// zero if the deletion is final.
func (d Deletion) Until() time.Time { return d.tombstone.Until }

// Point deletes a point and returns the time until which it can be undeleted,
// or zero if it cannot. A point that is already deleted keeps its term. Point
// is idempotent.
func (d Deletion) Point(ctx context.Context, instance, id string) (time.Time, error) {
	if err := d.delete(ctx, instance, id); err != nil || d.Final() {
		return time.Time{}, err
	}
	point, err := d.vault.FindPoint(ctx, instance, id)
	if err != nil || point.Deleted == nil {
		return d.tombstone.Until, err
	}
	return point.Deleted.Until, nil
}

func (d Deletion) delete(ctx context.Context, instance, id string) error {
	if !d.Final() {
		return d.vault.SoftDelete(ctx, instance, id, d.tombstone)
	}
	err := d.vault.Purge(ctx, instance, id, d.tombstone.At)
	if errors.Is(err, ErrLocked) {
		return failure.Wrap(err, failure.RecoveryPointLocked, "turn soft delete on and delete it then: it is purged once its lock has ended",
			"the storage keeps recovery point %q of instance %q from being deleted until its lock ends", id, instance)
	}
	if errors.Is(err, ErrHeld) {
		return failure.New(failure.MaxConcurrentOperations, "wait for the restore, or cancel it",
			"a running job holds recovery point %q of instance %q", id, instance)
	}
	return err
}

// deletionsAtOnce is the number of points of an instance that are deleted
// concurrently.
const deletionsAtOnce = 16

// Instance deletes all points of an instance and returns their number,
// including points deleted before. It adds each point to deleted as it goes.
func (d Deletion) Instance(ctx context.Context, instance string, deleted *atomic.Int64) (int, error) {
	points, err := d.vault.ListPoints(ctx, instance)
	if err != nil {
		return 0, err
	}
	count := 0
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(deletionsAtOnce)
	for _, point := range points {
		if !point.Committed {
			continue // the sweep deletes the leftovers of failed attempts
		}
		count++
		if point.Deleted != nil {
			continue
		}
		group.Go(func() error {
			err := d.delete(ctx, instance, point.ID)
			if failure.CodeOf(err) == failure.RecoveryPointNotFound {
				err = nil // a sweep was faster
			}
			if err == nil {
				deleted.Add(1)
			}
			return err
		})
	}
	return count, group.Wait()
}
