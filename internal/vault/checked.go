package vault

import (
	"context"
	"errors"
	"fmt"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// stored is a small blob of a point, as its manifest records it.
type stored struct {
	what, blob string
	size       int64
	sha256     string
	// remedy is shown if the blob differs from the recorded one.
	remedy string
}

// ReadBlocks returns the point's block list. It returns a
// [failure.VerificationFailed] that names the list if the list differs from the
// one recorded in the manifest.
func (v *Vault) ReadBlocks(ctx context.Context, m manifest.Manifest) ([]blobstore.Block, error) {
	list, err := v.readStored(ctx, m, listOf(m))
	if err != nil {
		return nil, err
	}
	blocks, err := blobstore.DecodeBlocks(list)
	if err != nil {
		return nil, failure.Wrap(err, failure.VerificationFailed, remedy(m),
			"the block list %s of recovery point %s of %s cannot be read", m.Dump.BlocksBlob, m.PointID, m.Instance)
	}
	if size := blobstore.TotalSize(blocks); size != m.Dump.Size {
		return nil, failure.New(failure.VerificationFailed, remedy(m),
			"the block list %s of recovery point %s of %s is of a dump of %d bytes, and this one has %d",
			m.Dump.BlocksBlob, m.PointID, m.Instance, size, m.Dump.Size)
	}
	return blocks, nil
}

// ReadRoles returns a point's roles file after checking it against the
// manifest.
func (v *Vault) ReadRoles(ctx context.Context, m manifest.Manifest) ([]byte, error) {
	return v.readStored(ctx, m, rolesOf(m))
}

func listOf(m manifest.Manifest) stored {
	return stored{what: "block list", blob: m.Dump.BlocksBlob, size: m.Dump.BlocksSize, sha256: m.Dump.BlocksSHA256, remedy: remedy(m)}
}

func rolesOf(m manifest.Manifest) stored {
	return stored{what: "roles file", blob: m.Roles.Blob, size: m.Roles.Size, sha256: m.Roles.SHA256, remedy: "Restore without roles (leave out --roles). Otherwise: " + remedy(m)}
}

// readStored reads a small blob of a point and checks its size and hash.
func (v *Vault) readStored(ctx context.Context, m manifest.Manifest, s stored) ([]byte, error) {
	content, _, err := v.container.Get(ctx, s.blob, s.size)
	switch {
	case errors.Is(err, blobstore.ErrNotFound), unusable(err):
		return nil, failure.Wrap(err, failure.VerificationFailed, s.remedy,
			"the %s %s of recovery point %s of %s is not the one that its manifest records", s.what, s.blob, m.PointID, m.Instance)
	case err != nil:
		return nil, fmt.Errorf("read the %s: %w", s.what, err)
	}
	if found := blobstore.HashOf(content); found != s.sha256 {
		return nil, failure.New(failure.VerificationFailed, s.remedy,
			"the %s %s of recovery point %s of %s is not the one that its manifest records: the SHA-256 of its %d bytes is %s, not %s",
			s.what, s.blob, m.PointID, m.Instance, len(content), found, s.sha256)
	}
	return content, nil
}

// remedy is the remedy for stored bytes that differ from the recorded ones.
func remedy(m manifest.Manifest) string { return remedyFor(m.Instance, m.PointID) }

func remedyFor(instance, point string) string {
	return "Restore from another recovery point. `pgvault verify " + instance + " --point " + point +
		"` reads this one back and lists what is damaged. " + earlierVersion
}
