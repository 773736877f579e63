package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
)

// Tombstone records when, why and by whom a point was soft-deleted, and until
// when it can be undeleted.
type Tombstone struct {
	At    time.Time `json:"at"`
	Until time.Time `json:"until"`
	// BySweep reports whether a sweep deleted the point, not a person.
	BySweep bool `json:"bySweep,omitempty"`
	// Identity is the unverified identity that the client starting the job
	// claimed to have.
	Identity string `json:"identity,omitempty"`
	Reason   string `json:"reason,omitempty"`
	// Job is the ID of the workflow that deleted the point.
	Job string `json:"job"`
	// Purging reports whether the purge has begun. The point can then no longer
	// be undeleted.
	Purging bool `json:"purging,omitempty"`

	etag string
}

// readTombstone treats an unreadable tombstone as one that never expires: the
// point can be undeleted and is never purged.
func readTombstone(blob blobstore.Blob) *Tombstone {
	t := &Tombstone{}
	if !readState(blob.Meta, t) {
		t = &Tombstone{}
	}
	t.etag = blob.ETag
	return t
}

func (p Point) checkNotDeleted() error {
	switch {
	case p.Deleted == nil:
		return nil
	case p.Deleted.Purging:
		return noPoint(p.Instance, p.ID)
	}
	return failure.New(failure.RecoveryPointDeleted, fmt.Sprintf("pgvault undelete %s --point %s", p.Instance, p.ID),
		"recovery point %q of instance %q %s", p.ID, p.Instance, p.Deleted.told())
}

// told describes when the point was deleted and until when it can be undeleted.
// An unreadable tombstone has no known time and no end.
func (t Tombstone) told() string {
	if t.Until.IsZero() {
		return "was deleted, and its tombstone does not say when; it can be brought back at any time"
	}
	return fmt.Sprintf("was deleted on %s; it can be brought back until %s", t.At.UTC().Format(time.DateOnly), t.Until.UTC().Format(time.DateOnly))
}

// over reports whether the term has ended. The term of an unreadable tombstone
// never ends.
func (t Tombstone) over(now time.Time) bool {
	return t.Purging || !t.Until.IsZero() && !now.Before(t.Until)
}

func tombstonePath(instance, id string) string { return pointPrefix(instance, id) + tombstoneName }

// SoftDelete soft-deletes a point at a person's request, even if a job holds
// it: a job that reads the point can finish. A point that is already deleted is
// left unchanged.
func (v *Vault) SoftDelete(ctx context.Context, instance, id string, t Tombstone) error {
	return v.softDelete(ctx, instance, id, t, func(Point) error { return nil })
}

// SoftDeleteExpired soft-deletes an expired point. It returns [ErrKept] if the
// point is kept beyond the tombstone's time, and [ErrHeld] if a running job
// holds it.
func (v Pruner) SoftDeleteExpired(ctx context.Context, instance, id string, t Tombstone) error {
	t.BySweep = true
	return v.softDelete(ctx, instance, id, t, func(p Point) error { return v.needed(ctx, p, t.At) })
}

// softDelete writes the tombstone before it checks for marks that it must give
// way to.
func (v *Vault) softDelete(ctx context.Context, instance, id string, t Tombstone, wanted func(Point) error) error {
	t.Reason, t.Identity, t.Job = cut(t.Reason, maxText), cut(t.Identity, maxIdentity), cut(t.Job, maxJob)
	content, meta, err := encodeState(tombstoneName, t)
	if err != nil {
		return err
	}
	put, err := v.container.PutNew(ctx, tombstonePath(instance, id), content, meta)
	before := errors.Is(err, blobstore.ErrExists)
	if err != nil && !before {
		return fmt.Errorf("delete point %s: %w", id, err)
	}
	points, err := v.listPoints(ctx, instance, pointPrefix(instance, id))
	switch {
	case err != nil:
		return err
	case len(points) == 0 || !points[0].Committed:
		err = noPoint(instance, id)
	case !before:
		err = wanted(points[0])
	}
	if err != nil && !before {
		return errors.Join(err, unchanged(v.container.DeleteIf(ctx, put.Name, put.ETag)))
	}
	return err
}

// unchanged ignores the error for a blob that was changed concurrently.
func unchanged(err error) error {
	if errors.Is(err, blobstore.ErrChanged) {
		return nil
	}
	return err
}

// Undelete brings back a soft-deleted point. Undelete and [Pruner.PurgeDeleted]
// each change exactly the tombstone that they have read, so that only one of
// them succeeds.
func (v *Vault) Undelete(ctx context.Context, instance, id string) error {
	point, err := v.FindPoint(ctx, instance, id)
	switch {
	case err != nil:
		return err
	case point.Deleted == nil:
		return nil
	case point.Deleted.Purging:
		return failure.New(failure.RecoveryPointNotFound, "`pgvault points "+instance+"` lists the points there are",
			"the purge of recovery point %q of instance %q has begun", id, instance)
	}
	if err := v.container.DeleteIf(ctx, tombstonePath(instance, id), point.Deleted.etag); err != nil {
		return fmt.Errorf("bring point %s back: %w", id, err)
	}
	return nil
}

// PurgeDeleted purges a soft-deleted point whose term has ended. It returns
// [ErrWanted] if the point was undeleted, [ErrHeld] if a running job holds it
// and [ErrLocked] if a lock keeps it. It is idempotent.
func (v Pruner) PurgeDeleted(ctx context.Context, instance, id string, now time.Time) error {
	points, err := v.listPoints(ctx, instance, pointPrefix(instance, id))
	if err != nil || len(points) == 0 {
		return err
	}
	p := points[0]
	switch {
	case p.Deleted == nil && !p.Committed:
		return nil // the rest of a purge, which is an orphan now
	case p.Deleted == nil, !p.Deleted.over(now):
		return ErrWanted
	}
	if err := v.held(ctx, p); err != nil {
		return err
	}
	if now.Before(p.LockedUntil) {
		return ErrLocked
	}
	if err := v.beginPurge(ctx, p); err != nil {
		return err
	}
	// From here on the point cannot be undeleted, and no job can hold it.
	return v.purge(ctx, instance, id, now, func(p Point) error {
		if p.Committed && (p.Deleted == nil || !p.Deleted.Purging) {
			return ErrWanted
		}
		return nil
	})
}

func (v *Vault) beginPurge(ctx context.Context, p Point) error {
	if p.Deleted.Purging {
		return nil
	}
	purging := *p.Deleted
	purging.Purging = true
	content, meta, err := encodeState(tombstoneName, purging)
	if err != nil {
		return err
	}
	_, err = v.container.PutIf(ctx, tombstonePath(p.Instance, p.ID), content, meta, p.Deleted.etag)
	if errors.Is(err, blobstore.ErrChanged) {
		return ErrWanted
	}
	return err
}
