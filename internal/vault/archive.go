package vault

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// ErrNotNow means that a point is not what it was when it was listed.
var ErrNotNow = errors.New("the point has changed since it was listed")

// Archived reports whether the dump is in the archive tier, where nothing reads it.
func (p Point) Archived() bool { return p.Tier == blobstore.Archive }

// Archive moves a good point's dump to the archive tier, where nobody could read
// a copied one back any more, unless a job that runs
// holds the point; all else of it stays where it can be read. A restore holds
// the point before it looks at the tier, so hardly any comes too late to be
// seen; one that does finds the dump archived, and rehydrates it.
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

// isCopy reports whether a blob is a rehydrated copy, by its name.
func isCopy(name string) bool { return strings.HasPrefix(path.Base(name), copyPrefix) }

// deleteBlob deletes a blob, be it a copy that is still in the making.
func (v *Vault) deleteBlob(ctx context.Context, name string) error {
	if isCopy(name) {
		return v.container.DropCopy(ctx, name)
	}
	return v.container.Delete(ctx, name)
}
