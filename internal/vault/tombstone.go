package vault

import (
	"context"
	"errors"
	"fmt"
	"strings"
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

	etag string
	// stored is when the storage got the tombstone, by the storage's own clock.
	stored time.Time
}

// readTombstone treats an unreadable tombstone as one that never expires: the
// point can be undeleted and is never purged.
func readTombstone(blob blobstore.Blob) *Tombstone {
	t := &Tombstone{}
	if !readState(blob.Meta, t) {
		t = &Tombstone{}
	}
	t.etag, t.stored = blob.ETag, blob.LastModified
	return t
}

func (p Point) checkNotDeleted() error {
	if p.Deleted == nil {
		return nil
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

// End returns the end of the time in which the point can be undeleted; zero if the
// tombstone cannot be read, which then has no end. It is never sooner than term, the
// vault's own, after the storage got the tombstone: Until may be forged.
func (t Tombstone) End(term time.Duration) time.Time {
	if least := t.stored.Add(term); !t.Until.IsZero() && t.Until.Before(least) {
		return least
	}
	return t.Until
}

// over reports whether the time in which the point can be undeleted has ended.
func (t Tombstone) over(now time.Time, term time.Duration) bool {
	end := t.End(term)
	return !end.IsZero() && !now.Before(end)
}

// purgedByPerson reports whether a person has deleted the point, and cannot bring it
// back any more.
func (p Point) purgedByPerson(now time.Time, term time.Duration) bool {
	return p.Deleted != nil && !p.Deleted.BySweep && p.Deleted.over(now, term)
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

// Undelete undeletes a soft-deleted point. It deletes the tombstone before it looks
// for the mark of a purge, and [Pruner.PurgeDeleted] writes its mark before it looks
// for the tombstone, so that at least one of them sees the other and gives way.
func (v *Vault) Undelete(ctx context.Context, instance, id string) error {
	point, err := v.FindPoint(ctx, instance, id)
	if err != nil || point.Deleted == nil {
		return err
	}
	name := tombstonePath(instance, id)
	content, _, err := v.container.Get(ctx, name, maxJSON)
	if err == nil {
		err = v.container.DeleteIf(ctx, name, point.Deleted.etag)
	}
	if err != nil {
		return fmt.Errorf("undelete point %s: %w", id, err)
	}
	if _, err = v.FindPoint(ctx, instance, id); failure.CodeOf(err) != failure.RecoveryPointNotFound {
		return err
	}
	// The purge may go on or give way. The point is a deleted one in both cases.
	meta := blobstore.Meta{metaState: encoded(strings.Join(strings.Fields(string(content)), " "))}
	_, putErr := v.container.PutNew(ctx, name, content, meta)
	return errors.Join(err, putErr)
}

// PurgeDeleted purges a soft-deleted point once the time in which it can be
// undeleted has ended, unless it was undeleted, a running job holds it, or a lock
// keeps it. A point that a sweep has deleted must have expired by its signatures
// too, since the tombstone may be forged. term is the vault's own. PurgeDeleted may
// be repeated.
func (v Pruner) PurgeDeleted(ctx context.Context, instance, id string, now time.Time, term time.Duration) error {
	wanted := func(p Point) error {
		switch {
		case p.Deleted == nil && !p.Committed: // the rest of a purge, which is an orphan now
			return v.checkOrphan(ctx, p, now)
		case p.Deleted == nil, !p.Deleted.over(now, term):
			return ErrWanted
		case now.Before(p.LockedUntil):
			return ErrLocked
		case p.Deleted.BySweep && p.Committed:
			return v.needed(ctx, p, now)
		case p.Deleted.BySweep:
			if err := v.checkOrphan(ctx, p, now); err != nil {
				return err
			}
		}
		return v.held(ctx, p)
	}
	points, err := v.listPoints(ctx, instance, pointPrefix(instance, id))
	if err != nil || len(points) == 0 {
		return err
	}
	if err := wanted(points[0]); err != nil {
		return err
	}
	return v.purge(ctx, instance, id, now, wanted)
}
