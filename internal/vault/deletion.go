package vault

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/failure"
)

// Deletion deletes points by a person's wish: it soft-deletes them if the vault's
// settings have a term for that, and purges them otherwise.
type Deletion struct {
	vault Pruner
	// tombstone has no end if the deletion is final.
	tombstone Tombstone
}

// NewDeletion returns a deletion at a time by the vault's settings. mark has the
// identity, reason and job of the deletion.
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

// Until returns the end of the time in which points deleted now can be undeleted;
// zero if the deletion is final.
func (d Deletion) Until() time.Time { return d.tombstone.Until }

// Point deletes a point and returns the end of the time in which it can be
// undeleted; zero if that is never. A point that was deleted before keeps the term
// that it has. It is idempotent.
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

// deletionsAtOnce is how many points of an instance are deleted side by side.
const deletionsAtOnce = 16

// Instance deletes all points of an instance and returns their number, those
// deleted before included. It adds each point that it deletes to deleted.
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
