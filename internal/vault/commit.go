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

// Removals give way with these errors.
var (
	// ErrHeld tells that a running job holds the point.
	ErrHeld = errors.New("the point is held")
	// ErrWanted tells that what was an orphan has become a point, or that its job runs again.
	ErrWanted = errors.New("the job that left it goes on with it")
)

// Remove deletes a point and all that belongs to it, unless a job that runs
// holds it. It may be repeated after a crash.
func (v *Vault) Remove(ctx context.Context, instance, id string, runs func(job string) (bool, error)) error {
	return v.remove(ctx, instance, id, func(p Point) error { return heldBy(p, runs) })
}

// RemoveOrphan deletes what attempts have left, unless a rerun of their job has
// made a point of it since it was listed, or is about to. It may be repeated.
func (v *Vault) RemoveOrphan(ctx context.Context, instance, id string, runs func(job string) (bool, error)) error {
	return v.remove(ctx, instance, id, func(p Point) error {
		if p.Committed {
			return ErrWanted
		}
		if err := anyRuns(p.Works, runs, ErrWanted); err != nil {
			return err
		}
		return heldBy(p, runs)
	})
}

func heldBy(p Point, runs func(job string) (bool, error)) error {
	return anyRuns(p.Holds, runs, ErrHeld)
}

// anyRuns gives the error if one of the jobs runs.
func anyRuns(jobs []string, runs func(job string) (bool, error), running error) error {
	for _, job := range jobs {
		if yes, err := runs(job); err != nil {
			return err
		} else if yes {
			return running
		}
	}
	return nil
}

// remove writes its mark before it looks for what it has to give way to.
func (v *Vault) remove(ctx context.Context, instance, id string, wanted func(Point) error) error {
	mark := pointPrefix(instance, id) + removalName
	if _, err := v.container.Put(ctx, mark, []byte("{}\n"), nil); err != nil {
		return fmt.Errorf("begin to remove point %s: %w", id, err)
	}
	points, err := v.listPoints(ctx, instance, pointPrefix(instance, id))
	if err != nil || len(points) == 0 {
		return err
	}
	if err := wanted(points[0]); err != nil {
		return errors.Join(err, v.container.Delete(ctx, mark))
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
