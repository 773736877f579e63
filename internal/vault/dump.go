package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// Source is the blob that a dump is read from: the one named in the manifest
// (the zero value) or a rehydrated copy of it.
type Source struct {
	Blob string `json:"blob"`
	ETag string `json:"etag"`
}

// Dump reads a point's dump. It compares every byte with the block list, and
// the block list with the manifest, before it returns the byte. It is safe for
// concurrent use.
type Dump struct {
	vault    *Vault
	manifest manifest.Manifest
	from     Source

	mu sync.Mutex
	// index is nil until the first reader is opened.
	index *blobstore.Index
}

// Dump returns a reader of the point's dump. It reads nothing until OpenRange
// is called.
func (v *Vault) Dump(m manifest.Manifest, from Source) *Dump {
	if from.Blob == "" || from.Blob == m.Dump.Blob {
		// In a copy of the vault the blob's ETag differs from the manifest's.
		from = Source{Blob: m.Dump.Blob}
	}
	return &Dump{vault: v, manifest: m, from: from}
}

// OpenDump streams a point's dump. See [Dump.OpenRange].
func (v *Vault) OpenDump(ctx context.Context, m manifest.Manifest, from Source) (io.ReadCloser, error) {
	return v.Dump(m, from).OpenRange(ctx, 0, m.Dump.Size)
}

// OpenRange opens a part of the dump. The stream retries while the storage does
// not answer. Reads return a [failure.VerificationFailed] if the bytes differ
// from those dumped, and a [failure.RecoveryPointArchived] if the dump is in
// the archive tier or the rehydrated copy is gone.
func (d *Dump) OpenRange(ctx context.Context, offset, count int64) (io.ReadCloser, error) {
	if err := d.open(ctx); err != nil {
		return nil, d.unreadable(err)
	}
	r, err := d.vault.container.OpenChecked(ctx, d.from.Blob, d.from.ETag, d.index, offset, count)
	if err != nil {
		return nil, d.unreadable(err)
	}
	return &dumpReader{r, d}, nil
}

// open reads the block list and chooses the blob for all readers. If it fails,
// the next reader tries again.
func (d *Dump) open(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.index != nil {
		return nil
	}
	there, err := d.vault.container.Stat(ctx, d.from.Blob)
	switch {
	case err != nil:
		return err
	case d.from.ETag != "" && there.ETag != d.from.ETag:
		return fmt.Errorf("read %s: %w", d.from.Blob, blobstore.ErrChanged)
	case there.Tier == blobstore.Archive:
		return fmt.Errorf("read %s: %w", d.from.Blob, blobstore.ErrArchived)
	case there.Size != d.manifest.Dump.Size:
		return d.failed(nil, "%s has %d bytes, and %d were dumped", d.from.Blob, there.Size, d.manifest.Dump.Size)
	}
	blocks, err := d.vault.ReadBlocks(ctx, d.manifest)
	if err != nil {
		return err
	}
	d.from.ETag, d.index = there.ETag, blobstore.NewIndex(blocks)
	return nil
}

// unreadable adds a failure code to an error of reading the dump.
func (d *Dump) unreadable(err error) error {
	var damage *blobstore.Damage
	gone := errors.Is(err, blobstore.ErrNotFound) || errors.Is(err, blobstore.ErrChanged)
	m := d.manifest
	switch {
	case failure.CodeOf(err) == failure.VerificationFailed:
		return err
	case errors.Is(err, blobstore.ErrArchived), gone && isCopy(d.from.Blob):
		return failure.Wrap(err, failure.RecoveryPointArchived,
			fmt.Sprintf("pgvault restore %s --point %s … rehydrates a copy of it first", m.Instance, m.PointID),
			"dump %s is in the archive tier, and has no copy that can be read", m.Dump.Blob)
	case gone:
		return d.failed(err, "its dump %s is gone, or has changed while it was read", m.Dump.Blob)
	case errors.Is(err, blobstore.ErrTooShort):
		return d.failed(err, "its dump %s is cut", m.Dump.Blob)
	case errors.As(err, &damage):
		return d.failed(damage, "what is stored is not what was verified")
	}
	return err
}

func (d *Dump) failed(err error, format string, args ...any) error {
	e := failure.New(failure.VerificationFailed, remedy(d.manifest), "recovery point %s of %s is damaged: %s",
		d.manifest.PointID, d.manifest.Instance, fmt.Sprintf(format, args...))
	e.Err = err
	return e
}

// dumpReader adds failure codes to the errors of its reader.
type dumpReader struct {
	io.ReadCloser
	dump *Dump
}

func (r *dumpReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = r.dump.unreadable(err)
	}
	return n, err
}
