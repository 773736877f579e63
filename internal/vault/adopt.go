package vault

import (
	"context"
	"errors"
	"fmt"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// StoredDump describes a dump by what an attempt knew of it before it committed the
// blob.
type StoredDump struct {
	Blob, BlocksBlob string
	// Size is the length of the dump, in bytes.
	Size int64
	// BlocksSHA256 and BlocksSize are the hash and the length of the block list.
	BlocksSHA256 string
	BlocksSize   int64
}

// StoredOf returns the description of a dump by its signed facts.
func StoredOf(d manifest.Dump) StoredDump {
	return StoredDump{Blob: d.Blob, BlocksBlob: d.BlocksBlob, Size: d.Size, BlocksSHA256: d.BlocksSHA256, BlocksSize: d.BlocksSize}
}

// FindStored returns the ETag of a dump that was committed whole, and reports whether
// it was: the blob has the length, and its block list the hash, both in the dump's
// metadata and by its content.
func (v *Vault) FindStored(ctx context.Context, d StoredDump) (etag string, found bool, err error) {
	blob, err := v.container.Stat(ctx, d.Blob)
	if errors.Is(err, blobstore.ErrNotFound) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("look for the dump of an earlier attempt: %w", err)
	}
	if blob.Size != d.Size || blob.Meta[metaBlocks] != d.BlocksSHA256 {
		return "", false, nil
	}
	list, _, err := v.container.Get(ctx, d.BlocksBlob, d.BlocksSize)
	if errors.Is(err, blobstore.ErrNotFound) || errors.Is(err, blobstore.ErrTooLong) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("read the block list of an earlier attempt: %w", err)
	}
	return blob.ETag, blobstore.HashOf(list) == d.BlocksSHA256, nil
}
