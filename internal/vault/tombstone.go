package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
)

// Tombstone says when, by whom and why a point was soft-deleted, and until when
// it can be brought back.
type Tombstone struct {
	At    time.Time `json:"at"`
	Until time.Time `json:"until"`
	// BySweep reports whether the sweep deleted the point, and not a person.
	BySweep bool `json:"bySweep,omitempty"`
	// Identity is what the client that started the job claimed to be. Nothing checks it.
	Identity string `json:"identity,omitempty"`
	Reason   string `json:"reason,omitempty"`
	// Job is the workflow that deleted the point.
	Job string `json:"job"`
	// Purging reports whether the purge has begun, from which on there is no way back.
	Purging bool `json:"purging,omitempty"`

	etag string
}

// readTombstone takes one that it cannot read for one without an end: the point
// can be brought back, and is never purged.
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

// told says when the point was deleted and until when it can be brought back.
// Of a tombstone that cannot be read, nobody knows the one, and the other has no end.
func (t Tombstone) told() string {
	if t.Until.IsZero() {
		return "was deleted, and its tombstone does not say when; it can be brought back at any time"
	}
	return fmt.Sprintf("was deleted on %s; it can be brought back until %s", t.At.UTC().Format(time.DateOnly), t.Until.UTC().Format(time.DateOnly))
}

// over reports whether the term has ended. One that cannot be read does not end.
func (t Tombstone) over(now time.Time) bool {
	return t.Purging || !t.Until.IsZero() && !now.Before(t.Until)
}

func tombstonePath(instance, id string) string { return pointPrefix(instance, id) + tombstoneName }

// SoftDelete soft-deletes a point by a person's wish, whoever holds it: what reads
// it goes on. One that is deleted already stays as it is.
func (v *Vault) SoftDelete(ctx context.Context, instance, id string, t Tombstone) error {
	return v.softDelete(ctx, instance, id, t, func(Point) error { return nil })
}

// SoftDeleteExpired soft-deletes a point by the rules, unless it is kept for longer than the
// tombstone's time, or a job that runs holds it.
func (v Pruner) SoftDeleteExpired(ctx context.Context, instance, id string, t Tombstone) error {
	t.BySweep = true
	return v.softDelete(ctx, instance, id, t, func(p Point) error { return v.needed(ctx, p, t.At) })
}

// softDelete writes the tombstone before it looks for what it has to give way to.
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

// unchanged passes over a blob that somebody else has changed.
func unchanged(err error) error {
	if errors.Is(err, blobstore.ErrChanged) {
		return nil
	}
	return err
}

// Undelete brings a soft-deleted point back. It and [Pruner.PurgeDeleted] each change
// the very tombstone that they have read, so that exactly one of them wins.
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

// PurgeDeleted removes a soft-deleted point for good once its term has ended, unless it
// has been brought back or a job that runs holds it. It may be repeated.
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
	// From here on it cannot be brought back, and nobody comes to hold it.
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
