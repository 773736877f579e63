package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// CommitPoint makes the recovery point by writing its manifest, create-only,
// after a signed copy of it. An existing manifest of the same dump is a commit
// whose answer was lost, and counts as success.
//
// A rerun job may commit days after its dump, and a sweep may have deleted the
// dump as an orphan meanwhile. So CommitPoint checks the dump before it writes
// the manifest, and checks for a removal in progress afterwards.
func (v *Vault) CommitPoint(ctx context.Context, s statement.Signer, m manifest.Manifest) error {
	if err := v.dumpStays(ctx, m); err != nil {
		return err
	}
	m, content, err := v.signManifest(ctx, s, m)
	if err != nil {
		return err
	}
	if err := v.putManifest(ctx, m, content); err != nil {
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

// signManifest stores a signed copy of the manifest and returns the manifest and
// its content: those of an attempt whose answer was lost, if there is one, so
// that a point has one signed manifest.
func (v *Vault) signManifest(ctx context.Context, s statement.Signer, m manifest.Manifest) (manifest.Manifest, []byte, error) {
	earlier, found, err := v.earlierManifest(ctx, m)
	if found || err != nil {
		return earlier.Manifest, earlier.content, err
	}
	content, err := manifest.Encode(m)
	if err != nil {
		return m, nil, err
	}
	sealed, err := statement.Seal(ctx, s, statement.TypeManifest, content)
	if err != nil {
		return m, nil, fmt.Errorf("sign the manifest: %w", err)
	}
	name := manifestStatement(m.Instance, m.PointID, blobstore.HashOf(content))
	if _, err := v.container.PutNew(ctx, name, sealed, nil); err != nil {
		return m, nil, fmt.Errorf("store the signed manifest: %w", err)
	}
	return m, content, nil
}

// earlierManifest returns the manifest of the same dump that an earlier attempt
// has signed. Without keys it has no signature, and nothing is checked. One that
// does not hold is left out: anybody who may write blobs can put it there.
func (v *Vault) earlierManifest(ctx context.Context, m manifest.Manifest) (found signedManifest, ok bool, err error) {
	s, err := v.signatures(ctx, m.Instance, m.PointID)
	if err != nil {
		return found, false, err
	}
	blobs, err := v.listVersions(ctx, pointPrefix(m.Instance, m.PointID)+manifestPrefix)
	if err != nil {
		return found, false, fmt.Errorf("look for the manifest of an earlier attempt: %w", err)
	}
	all, _ := listedEnvelopes(blobs, manifestPrefix) // none is taken if they are too many
	for _, e := range all {
		earlier, err := s.earlier(ctx, e)
		switch {
		case err == nil && ofPoint(earlier.Manifest, m.Instance, m.PointID) == nil && sameDump(earlier.Manifest, m):
			return earlier, true, nil
		case err != nil && !doubtful(err):
			return found, false, fmt.Errorf("read the manifest of an earlier attempt: %w", err)
		}
	}
	return found, false, nil
}

// earlier returns a manifest that an attempt has stored, checked as far as there
// are keys.
func (s signatures) earlier(ctx context.Context, e storedEnvelope) (signedManifest, error) {
	if s.on() {
		return s.manifest(ctx, e)
	}
	opened, m, err := s.vault.readManifestEnvelope(ctx, e)
	return signedManifest{Manifest: m, content: opened.Payload}, err
}

func sameDump(a, b manifest.Manifest) bool {
	return a.Dump.Blob == b.Dump.Blob && a.Dump.BlocksSHA256 == b.Dump.BlocksSHA256 && a.Dump.ETag == b.Dump.ETag
}

func (v *Vault) putManifest(ctx context.Context, m manifest.Manifest, encoded []byte) error {
	name := pointPrefix(m.Instance, m.PointID) + manifestName
	_, err := v.container.PutNew(ctx, name, encoded, summaryMeta(m, len(encoded)))
	if !errors.Is(err, blobstore.ErrExists) {
		return err
	}
	there, readErr := v.GetManifest(ctx, m.Instance, m.PointID)
	if readErr != nil {
		return readErr
	}
	if sameDump(there, m) {
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
// the point is deleted. It keeps the statements, which another attempt of the
// commit reads again.
func (v *Vault) DropLeftovers(ctx context.Context, m manifest.Manifest) error {
	points, err := v.listPoints(ctx, m.Instance, pointPrefix(m.Instance, m.PointID))
	if err != nil || len(points) == 0 {
		return err
	}
	return v.dropAll(ctx, points[0].attemptsBeside(m.Dump.Blob, m.Dump.BlocksBlob, m.Fingerprints.Blob, m.Roles.Blob))
}
