package vault

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/manifest"
)

// Source is the blob that a dump is read from. The zero value is the one that
// the manifest names; another is a rehydrated copy of it.
type Source struct {
	Blob string `json:"blob"`
	ETag string `json:"etag"`
}

// OpenDump streams a point's dump. The stream rides out storage that does not
// answer for a while. A blob that is not the one that the manifest names is a
// [failure.VerificationFailed], and one in the archive tier, or a copy that is
// gone, a [failure.RecoveryPointArchived].
func (v *Vault) OpenDump(ctx context.Context, m manifest.Manifest, from Source) (io.ReadCloser, error) {
	return v.OpenDumpRange(ctx, m, from, 0, m.Dump.Size)
}

// OpenDumpRange is OpenDump for a part of the dump.
func (v *Vault) OpenDumpRange(ctx context.Context, m manifest.Manifest, from Source, offset, count int64) (io.ReadCloser, error) {
	if from == (Source{}) {
		from = Source{Blob: m.Dump.Blob, ETag: m.Dump.ETag}
	}
	dump, err := v.container.OpenRange(ctx, from.Blob, from.ETag, offset, count)
	gone := errors.Is(err, blobstore.ErrNotFound) || errors.Is(err, blobstore.ErrChanged)
	switch {
	case errors.Is(err, blobstore.ErrArchived), gone && isCopy(from.Blob):
		return nil, failure.Wrap(err, failure.RecoveryPointArchived,
			fmt.Sprintf("pgvault restore %s --point %s … rehydrates a copy of it first", m.Instance, m.PointID),
			"dump %s is in the archive tier, and has no copy that can be read", m.Dump.Blob)
	case gone:
		return nil, failure.Wrap(err, failure.VerificationFailed, "restore from another recovery point",
			"dump %s is not the one that its manifest names", m.Dump.Blob)
	}
	return dump, err
}
