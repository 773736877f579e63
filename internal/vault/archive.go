package vault

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// ErrNotNow is returned for a point that has changed since it was listed.
var ErrNotNow = errors.New("the point has changed since it was listed")

// Archived reports whether the dump is in the archive tier, which cannot be
// read.
func (p Point) Archived() bool { return p.Tier == blobstore.Archive }

// Archive moves the dump of a good point to the archive tier. Manifest, block
// list and roles file stay readable. A copied point is not moved, because an
// archived dump cannot be read back. Archive returns [ErrHeld] if a running job
// holds the point. A restore holds the point before it checks the tier; one
// that checks too early finds the dump archived and rehydrates it.
func (v Pruner) Archive(ctx context.Context, instance, id string) error {
	points, err := v.listPoints(ctx, instance, pointPrefix(instance, id))
	switch {
	case err != nil:
		return err
	case len(points) == 0 || !points[0].Usable():
		return ErrNotNow
	case points[0].Archived():
		return nil
	}
	if err := v.held(ctx, points[0]); err != nil {
		return err
	}
	return v.container.SetTier(ctx, points[0].DumpBlob, blobstore.Archive)
}

// isCopy reports whether a blob is a rehydrated copy, judging by its name.
func isCopy(name string) bool { return strings.HasPrefix(path.Base(name), copyPrefix) }

// deleteBlob deletes a blob. It aborts the copy first if the blob is one that
// the storage is still making.
func (v *Vault) deleteBlob(ctx context.Context, name string) error {
	if isCopy(name) {
		return v.container.DropCopy(ctx, name)
	}
	return v.container.Delete(ctx, name)
}
