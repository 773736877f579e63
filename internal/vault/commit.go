package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// CommitPoint makes the recovery point by writing its manifest, create-only. An
// existing manifest of the same dump is a commit whose answer was lost, and
// counts as success.
//
// A rerun job may commit days after its dump, and a sweep may have deleted the
// dump as an orphan meanwhile. So CommitPoint checks the dump before it writes
// the manifest, and checks for a removal in progress afterwards.
func (v *Vault) CommitPoint(ctx context.Context, m manifest.Manifest) error {
	if err := v.dumpStays(ctx, m); err != nil {
		return err
	}
	if err := v.putManifest(ctx, m); err != nil {
		return err
	}
	return v.dumpStays(ctx, m)
}

func (v *Vault) dumpStays(ctx context.Context, m manifest.Manifest) error {
	points, err := v.listPoints(ctx, m.Instance, pointPrefix(m.Instance, m.PointID))
	if err != nil {
		return err
	}
	switch {
	case len(points) == 0 || !points[0].has(m.Dump.Blob, m.Dump.Size, m.Dump.ETag):
		return failure.New(failure.VerificationFailed, "take the backup again",
			"dump %s is gone, or is not the one that was verified", m.Dump.Blob)
	case points[0].Removing && points[0].Committed:
		// The sweep gives way once it sees the manifest. If it did not, the
		// dump is gone.
		return failure.New(failure.Internal, "", "a sweep has begun to remove what became point %s; it is looked at again", m.PointID)
	case points[0].Removing:
		return failure.New(failure.VerificationFailed, "take the backup again", "a sweep has begun to remove dump %s", m.Dump.Blob)
	}
	return nil
}

func (v *Vault) putManifest(ctx context.Context, m manifest.Manifest) error {
	encoded, err := manifest.Encode(m)
	if err != nil {
		return err
	}
	name := pointPrefix(m.Instance, m.PointID) + manifestName
	_, err = v.container.PutNew(ctx, name, encoded, summaryMeta(m, len(encoded)))
	if !errors.Is(err, blobstore.ErrExists) {
		return err
	}
	there, readErr := v.GetManifest(ctx, m.Instance, m.PointID)
	if readErr != nil {
		return readErr
	}
	if there.Dump.Blob == m.Dump.Blob && there.Dump.ETag == m.Dump.ETag {
		return nil
	}
	return fmt.Errorf("commit point %s of %s: %w", m.PointID, m.Instance, err)
}

// DiscardAttempts deletes the leftovers of failed attempts at a point. It does
// nothing if the point has been committed.
func (v *Vault) DiscardAttempts(ctx context.Context, instance, id string, now time.Time) error {
	points, err := v.listPoints(ctx, instance, pointPrefix(instance, id))
	if err != nil || len(points) == 0 || points[0].Committed {
		return err
	}
	return v.deleteBlobs(ctx, points[0], now)
}

// DropLeftovers deletes the blobs of other attempts at a point, which its
// manifest does not name. Nothing reads them, and they would cost storage until
// the point is deleted.
func (v *Vault) DropLeftovers(ctx context.Context, m manifest.Manifest) error {
	points, err := v.listPoints(ctx, m.Instance, pointPrefix(m.Instance, m.PointID))
	if err != nil || len(points) == 0 {
		return err
	}
	named := []string{m.Dump.Blob, m.Dump.BlocksBlob, m.Roles.Blob}
	var left []string
	for _, b := range points[0].Blobs {
		if isAttempts(b.Name) && !slices.Contains(named, b.Name) {
			left = append(left, b.Name)
		}
	}
	return v.dropAll(ctx, left)
}
