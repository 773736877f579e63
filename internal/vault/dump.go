package vault

import (
	"context"
	"errors"
	"io"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/manifest"
)

// OpenDump streams a point's dump. The stream rides out storage that does not
// answer for a while. A blob that is not the one that the manifest names is a
// [failure.VerificationFailed].
func (v *Vault) OpenDump(ctx context.Context, m manifest.Manifest) (io.ReadCloser, error) {
	return v.OpenDumpRange(ctx, m, 0, m.Dump.Size)
}

// OpenDumpRange is OpenDump for a part of the dump.
func (v *Vault) OpenDumpRange(ctx context.Context, m manifest.Manifest, offset, count int64) (io.ReadCloser, error) {
	dump, err := v.container.OpenRange(ctx, m.Dump.Blob, m.Dump.ETag, offset, count)
	if errors.Is(err, blobstore.ErrNotFound) || errors.Is(err, blobstore.ErrChanged) {
		return nil, failure.Wrap(err, failure.VerificationFailed, "restore from another recovery point",
			"dump %s is not the one that its manifest names", m.Dump.Blob)
	}
	return dump, err
}
