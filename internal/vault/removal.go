package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
)

// Hold protects a point from removal while a job needs it. Hold and
// [Pruner.Purge] each write their mark before they look for the other's, so
// that at least one of them sees the other and gives way.
func (v *Vault) Hold(ctx context.Context, instance, id, job string) error {
	content := []byte(fmt.Sprintf("{\"job\": %q}\n", job))
	if _, err := v.container.Put(ctx, holdName(instance, id, job), content, blobstore.Meta{metaJob: encoded(job)}); err != nil {
		return fmt.Errorf("hold point %s: %w", id, err)
	}
	_, err := v.GetPoint(ctx, instance, id)
	if code := failure.CodeOf(err); code == failure.RecoveryPointNotFound || code == failure.RecoveryPointDeleted {
		return errors.Join(err, v.Release(ctx, instance, id, job))
	}
	return err
}

// Release ends a job's hold. It is idempotent.
func (v *Vault) Release(ctx context.Context, instance, id, job string) error {
	return v.container.Delete(ctx, holdName(instance, id, job))
}

// The errors of a removal that gives way.
var (
	// ErrHeld is returned if a running job holds the point.
	ErrHeld = errors.New("the point is held")
	// ErrKept is returned if the point has not expired, or its expiry was
	// extended.
	ErrKept = errors.New("the point is kept for longer than when it was listed")
	// ErrWanted is returned if an orphan has become a point, or its job runs
	// again.
	ErrWanted = errors.New("the job that left it goes on with it")
	// ErrDoubtful is returned if the point's signatures do not allow a sweep to
	// remove it. A person may.
	ErrDoubtful = errors.New("a sweep must not remove it")
	// ErrLocked is returned if an immutability policy keeps the point from
	// being deleted.
	ErrLocked = errors.New("the point is locked")
)

// Purge deletes every version of a point's blobs. It returns [ErrHeld] if a
// running job holds the point, and [ErrLocked] if a lock keeps it. It may be
// repeated after a crash.
func (v Pruner) Purge(ctx context.Context, instance, id string, now time.Time) error {
	return v.purge(ctx, instance, id, now, func(p Point) error { return v.held(ctx, p) })
}

// PurgeExpired is like [Pruner.Purge], but returns [ErrKept] if the point's
// retention was extended since the point was listed.
func (v Pruner) PurgeExpired(ctx context.Context, instance, id string, now time.Time) error {
	return v.purge(ctx, instance, id, now, func(p Point) error { return v.needed(ctx, p, now) })
}

// needed returns the error of a point that must not be removed by the rules
// yet.
func (v Pruner) needed(ctx context.Context, p Point, now time.Time) error {
	if p.Committed && (p.Expires.IsZero() || now.Before(p.Expires)) {
		return ErrKept
	}
	if err := v.held(ctx, p); err != nil || !p.Committed {
		return err
	}
	return v.checkExpired(ctx, p, now)
}

// DeleteOrphan deletes the leftovers of failed attempts and of points deleted
// by other tools. It returns [ErrWanted] if a rerun of the job has made a point
// of them since they were listed, or may still do so, and [ErrDoubtful] if a
// signed manifest shows that they are a point whose manifest.json somebody has
// deleted. term is the vault's soft-delete term. It is idempotent.
func (v Pruner) DeleteOrphan(ctx context.Context, instance, id string, now time.Time, term time.Duration) error {
	points, err := v.listPoints(ctx, instance, pointPrefix(instance, id))
	switch {
	case err != nil, len(points) == 0:
		return err
	case points[0].gone():
		return v.removeVersions(ctx, points[0], now)
	}
	// The mark of a removal does not make it the rest of one: a removal deletes the
	// signed manifest first.
	if !points[0].purgedByPerson(now, term) {
		if err := v.checkOrphan(ctx, points[0], now); err != nil {
			return err
		}
	}
	return v.purge(ctx, instance, id, now, func(p Point) error {
		if p.Committed {
			return ErrWanted
		}
		if err := v.unlessAny(ctx, p.Works, ErrWanted); err != nil {
			return err
		}
		return v.held(ctx, p)
	})
}

// purge writes its mark before it checks for marks that it must give way to.
func (v *Vault) purge(ctx context.Context, instance, id string, now time.Time, wanted func(Point) error) error {
	mark := pointPrefix(instance, id) + removalName
	if _, err := v.container.Put(ctx, mark, []byte("{}\n"), nil); err != nil {
		return fmt.Errorf("begin to remove point %s: %w", id, err)
	}
	points, err := v.listPoints(ctx, instance, pointPrefix(instance, id))
	if err != nil || len(points) == 0 {
		return err
	}
	err = wanted(points[0])
	if err == nil && now.Before(points[0].LockedUntil) {
		err = ErrLocked
	}
	if err != nil {
		return errors.Join(err, v.container.Delete(ctx, mark))
	}
	return v.deleteBlobs(ctx, points[0], now)
}
