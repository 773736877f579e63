package vault

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/manifest"
)

// CommitPoint writes the manifest, and by that makes the recovery point. It is
// create-only; a manifest of the same dump that is there already is a commit
// whose answer was lost, and thus a success.
func (v *Vault) CommitPoint(ctx context.Context, m manifest.Manifest) error {
	encoded, err := manifest.Encode(m)
	if err != nil {
		return err
	}
	name := pointPrefix(m.Instance, m.PointID) + manifestName
	_, err = v.container.PutNew(ctx, name, encoded, summaryMeta(m))
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
func (v *Vault) DiscardAttempts(ctx context.Context, instance, id string) error {
	points, err := v.listPoints(ctx, instance, pointPrefix(instance, id))
	if err != nil || len(points) == 0 || points[0].Committed {
		return err
	}
	return v.deleteBlobs(ctx, points[0].Blobs)
}

// Hold keeps a point from being removed while a job needs it. It and
// [Vault.Remove] each write their mark before they look for the other's, so that
// at least one of the two sees the other and gives way.
func (v *Vault) Hold(ctx context.Context, instance, id, job string) error {
	content := []byte(fmt.Sprintf("{\"job\": %q}\n", job))
	if _, err := v.container.Put(ctx, holdName(instance, id, job), content, blobstore.Meta{metaJob: encoded(job)}); err != nil {
		return fmt.Errorf("hold point %s: %w", id, err)
	}
	_, err := v.GetPoint(ctx, instance, id)
	if failure.CodeOf(err) == failure.RecoveryPointNotFound {
		return errors.Join(err, v.Release(ctx, instance, id, job))
	}
	return err
}

// Release ends a job's hold. One that is gone has ended.
func (v *Vault) Release(ctx context.Context, instance, id, job string) error {
	return v.container.Delete(ctx, holdName(instance, id, job))
}

// ErrHeld is returned by [Vault.Remove] for a point that a job holds.
var ErrHeld = errors.New("the point is held")

// Remove deletes a point and all that belongs to it, unless a job that runs
// holds it. It may be repeated after a crash.
func (v *Vault) Remove(ctx context.Context, instance, id string, runs func(job string) (bool, error)) error {
	mark := pointPrefix(instance, id) + removalName
	if _, err := v.container.Put(ctx, mark, []byte("{}\n"), nil); err != nil {
		return fmt.Errorf("begin to remove point %s: %w", id, err)
	}
	points, err := v.listPoints(ctx, instance, pointPrefix(instance, id))
	if err != nil || len(points) == 0 {
		return err
	}
	for _, job := range points[0].Holds {
		held, err := runs(job)
		if err != nil {
			return err
		}
		if held {
			return errors.Join(ErrHeld, v.container.Delete(ctx, mark))
		}
	}
	return v.deleteBlobs(ctx, points[0].Blobs)
}

// deleteBlobs deletes the manifest first: what is left after a crash is then an
// orphan and never a point without a dump. The removal mark goes last.
func (v *Vault) deleteBlobs(ctx context.Context, blobs []blobstore.Blob) error {
	order := func(b blobstore.Blob) int {
		switch path.Base(b.Name) {
		case manifestName:
			return 0
		case removalName:
			return 2
		}
		return 1
	}
	sorted := slices.Clone(blobs)
	slices.SortStableFunc(sorted, func(a, b blobstore.Blob) int {
		if n := order(a) - order(b); n != 0 {
			return n
		}
		return strings.Compare(a.Name, b.Name)
	})
	for _, b := range sorted {
		if err := v.container.Delete(ctx, b.Name); err != nil {
			return fmt.Errorf("delete %s: %w", b.Name, err)
		}
	}
	return nil
}

// ReadRoles reads a point's roles file, and checks it against the manifest.
func (v *Vault) ReadRoles(ctx context.Context, m manifest.Manifest) ([]byte, error) {
	sql, _, err := v.container.Get(ctx, m.Roles.Blob, m.Roles.Size)
	if err != nil {
		return nil, fmt.Errorf("read the roles: %w", err)
	}
	if sum := sha256.Sum256(sql); hex.EncodeToString(sum[:]) != m.Roles.SHA256 {
		return nil, failure.New(failure.VerificationFailed, "restore without roles, or from another point",
			"the roles file %s is not the one that was stored", m.Roles.Blob)
	}
	return sql, nil
}
