package vault

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// deleteBlobs deletes the manifest first: what is left after a crash is then an
// orphan and never a point without a dump. The marks go last. Of each blob every
// version goes, so that nothing hidden is left and paid for; but a mark that a
// container's default policy keeps is hidden, and goes with a later sweep.
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

// removeVersions deletes what is left of a point of which no current blob is
// there, without a mark, which would be the first one. done tells that there
// was no such blob.
func (v *Vault) removeVersions(ctx context.Context, instance, id string, now time.Time) (done bool, err error) {
	points, err := v.listPoints(ctx, instance, pointPrefix(instance, id))
	switch {
	case err != nil, len(points) == 0:
		return true, err
	case !points[0].gone():
		return false, nil
	case now.Before(points[0].LockedUntil):
		return true, ErrLocked
	}
	return true, v.deleteBlobs(ctx, points[0], now)
}

// deletionOrder returns the names of a point's blobs, each once.
func deletionOrder(p Point) (names []string) {
	for _, b := range slices.Concat(p.Blobs, p.Earlier) {
		names = append(names, b.Name)
	}
	order := func(name string) int {
		switch path.Base(name) {
		case manifestName:
			return 0
		case tombstoneName:
			return 2
		case removalName:
			return 3
		}
		return 1
	}
	slices.SortFunc(names, func(a, b string) int {
		if n := order(a) - order(b); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(names)
}
