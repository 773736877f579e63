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

// CommitPoint writes the manifest, and by that makes the recovery point. It is
// create-only; a manifest of the same dump that is there already is a commit
// whose answer was lost, and thus a success.
//
// A job that is rerun may come here days after its dump, which a sweep may have
// taken for an orphan: the dump is looked for before the manifest is written,
// and a removal that has begun meanwhile is looked for afterwards.
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
		// It gives way once it sees the manifest; if it did not, the dump goes.
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

// DiscardAttempts deletes what attempts at a point have left, unless it has
// become a recovery point.
func (v *Vault) DiscardAttempts(ctx context.Context, instance, id string, now time.Time) error {
	points, err := v.listPoints(ctx, instance, pointPrefix(instance, id))
	if err != nil || len(points) == 0 || points[0].Committed {
		return err
	}
	return v.deleteBlobs(ctx, points[0], now)
}

// DropLeftovers deletes what other attempts at a point have stored beside what
// its manifest names: nobody would ever read it, and it would be paid for as
// long as the point is kept.
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
