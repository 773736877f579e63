package vault

import (
	"context"
	"errors"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// DropCopies deletes the copy of a point's dump whose time has ended, copies
// that no state names, and what the job that made the point has left beside it.
// It deletes nothing while a running job holds the point. It deletes exactly the
// state that it has read before it deletes the copy, so that no job relies on a
// deleted copy.
func (v Pruner) DropCopies(ctx context.Context, instance, id string, now time.Time) error {
	points, err := v.listPoints(ctx, instance, pointPrefix(instance, id))
	if err != nil || len(points) == 0 {
		return err
	}
	p := points[0]
	if err := v.held(ctx, p); err != nil {
		return err
	}
	if p.Rehydration != nil && !now.Before(p.Rehydration.Until) {
		return v.endRehydration(ctx, p)
	}
	if err := v.dropAll(ctx, p.strayCopyNames()); err != nil {
		return err
	}
	return v.dropSpent(ctx, p)
}

// CancelRehydration aborts a copy that is being made, unless another running
// job waits for it. A copy that is ready is kept for its term.
func (v Pruner) CancelRehydration(ctx context.Context, instance, id, job string) error {
	points, err := v.listPoints(ctx, instance, pointPrefix(instance, id))
	if err != nil || len(points) == 0 {
		return err
	}
	p := points[0]
	if p.Rehydration == nil || !p.Rehydration.Ready.IsZero() {
		return nil
	}
	others := v.Pruner(func(ctx context.Context, holder string) (bool, error) {
		if holder == job {
			return false, nil
		}
		return v.JobRuns(ctx, holder)
	})
	if err := others.held(ctx, p); err != nil {
		if errors.Is(err, ErrHeld) {
			return nil
		}
		return err
	}
	err = v.endRehydration(ctx, p)
	if errors.Is(err, ErrNotNow) {
		return nil
	}
	return err
}

func (v *Vault) endRehydration(ctx context.Context, p Point) error {
	err := v.container.DeleteIf(ctx, rehydrationPath(p.Instance, p.ID), p.Rehydration.etag)
	if errors.Is(err, blobstore.ErrChanged) {
		return ErrNotNow
	}
	if err != nil {
		return err
	}
	names := p.strayCopyNames()
	if p.Rehydration.Copy != "" {
		names = append(names, p.Rehydration.Copy)
	}
	return v.dropAll(ctx, names)
}

// dropAll deletes blobs of a point that is kept, with their versions.
func (v *Vault) dropAll(ctx context.Context, names []string) error {
	for _, name := range names {
		if err := v.deleteBlob(ctx, name); err != nil {
			return err
		}
		// In an account with versioning, a deleted blob is only hidden and
		// still costs storage.
		for b, err := range v.container.ListVersions(ctx, name) {
			if err != nil {
				return err
			}
			if b.Name != name || !b.Previous || b.Policy != (blobstore.ImmutabilityPolicy{}) {
				continue
			}
			if err := v.container.DeleteVersion(ctx, b); err != nil {
				return err
			}
		}
	}
	return nil
}
