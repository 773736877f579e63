package vault

import (
	"context"
	"errors"
	"fmt"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// FindDump returns the ETag of a dump's blob, and reports whether it is the
// described one: it has the length, and its metadata the hash of the block list.
// The description is that of an attempt before it committed the blob.
func (v *Vault) FindDump(ctx context.Context, d manifest.Dump) (etag string, found bool, err error) {
	blob, err := v.container.Stat(ctx, d.Blob)
	if errors.Is(err, blobstore.ErrNotFound) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("look for the dump: %w", err)
	}
	return blob.ETag, blob.Size == d.Size && blob.Meta[metaBlocks] == d.BlocksSHA256, nil
}

// FindStored reports whether a dump was committed whole: it is found by
// [Vault.FindDump], and its block list and fingerprints have their hashes.
func (v *Vault) FindStored(ctx context.Context, s statement.Dump) (found bool, err error) {
	d := s.Dump
	if _, found, err := v.FindDump(ctx, d); err != nil || !found {
		return false, err
	}
	list, _, err := v.container.Get(ctx, d.BlocksBlob, d.BlocksSize)
	if errors.Is(err, blobstore.ErrNotFound) || errors.Is(err, blobstore.ErrTooLong) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the block list of an earlier attempt: %w", err)
	}
	if blobstore.HashOf(list) != d.BlocksSHA256 {
		return false, nil
	}
	if !s.Fingerprints.Known() {
		return true, nil // an earlier version of this program has made it
	}
	err = v.CheckFingerprints(ctx, s.Fingerprints, func() {})
	if failure.CodeOf(err) == failure.VerificationFailed {
		return false, nil
	}
	return err == nil, err
}
