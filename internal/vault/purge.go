package vault

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// deleteBlobs deletes all versions of a point's blobs. The manifest goes first,
// so that a crash leaves an orphan and never a point without a dump. Its signed copy
// follows, so that a sweep can tell the rest of a removal from a point whose
// manifest somebody has deleted. The marks go last. A mark that a container's
// default policy locks is only hidden and deleted by a later sweep.
func (v *Vault) deleteBlobs(ctx context.Context, p Point, now time.Time) error {
	for _, name := range deletionOrder(p) {
		for _, b := range p.Blobs {
			if b.Name != name {
				continue
			}
			if err := v.deleteBlob(ctx, name); err != nil {
				return fmt.Errorf("delete %s: %w", name, err)
			}
		}
		for _, b := range slices.Concat(p.Blobs, p.Earlier) {
			if b.Name != name || b.Version == "" || b.Policy.Holds(now) {
				continue
			}
			if err := v.container.DeleteVersion(ctx, b); err != nil {
				return fmt.Errorf("delete %s: %w", name, err)
			}
		}
	}
	return nil
}

// staleRemoval is the age from which the mark of a removal counts as abandoned.
const staleRemoval = 24 * time.Hour

// ClearRemoval deletes an abandoned mark of a removal from a point that is kept.
// Either the removal was interrupted and its reason is gone, or the mark is forged.
// The mark of a point without a manifest stays.
func (v *Vault) ClearRemoval(ctx context.Context, instance, id string, now time.Time) error {
	points, err := v.listPoints(ctx, instance, pointPrefix(instance, id))
	if err != nil || len(points) == 0 || !points[0].Committed {
		return err
	}
	for _, b := range points[0].Blobs {
		if path.Base(b.Name) == removalName && now.Sub(b.LastModified) >= staleRemoval {
			return unchanged(v.container.DeleteIf(ctx, b.Name, b.ETag))
		}
	}
	return nil
}

// removeVersions deletes the versions of a point that has no current blob. It
// writes no mark, which would be a current blob.
func (v *Vault) removeVersions(ctx context.Context, p Point, now time.Time) error {
	if now.Before(p.LockedUntil) {
		return ErrLocked
	}
	return v.deleteBlobs(ctx, p, now)
}

// deletionOrder returns the names of a point's blobs, each once, in the order
// of their deletion.
func deletionOrder(p Point) (names []string) {
	for _, b := range slices.Concat(p.Blobs, p.Earlier) {
		names = append(names, b.Name)
	}
	order := func(name string) int {
		switch base := path.Base(name); {
		case base == manifestName:
			return 0
		case isManifestStatement(name):
			return 1
		case base == tombstoneName:
			return 3
		case base == removalName:
			return 4
		}
		return 2
	}
	slices.SortFunc(names, func(a, b string) int {
		if n := order(a) - order(b); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(names)
}
