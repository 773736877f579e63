package vault

import (
	"context"
	"errors"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// DropCopies deletes the copies of a point's dump that are over: the one
// whose time has ended, and those that no state names. It leaves all while a
// running job holds the point. It deletes the very state that it has read
// before the copy, so that no job counts on a copy that goes.
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
	return v.dropAll(ctx, p.strayCopyNames())
}

// CancelRehydration ends a copy that is in the making, unless another running
// job waits for it too. One that is ready is kept as long as it was asked for.
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

// dropAll deletes blobs of a point that is kept, and their versions.
func (v *Vault) dropAll(ctx context.Context, names []string) error {
	for _, name := range names {
		if err := v.deleteBlob(ctx, name); err != nil {
			return err
		}
		// Where the account keeps versions it is only hidden, and would be paid for.
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
