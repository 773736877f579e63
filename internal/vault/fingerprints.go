package vault

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// OpenFingerprints streams the fingerprints of a point's rows. What it returns is
// checked at its end: a Read returns a [failure.VerificationFailed] in the place
// of io.EOF if the bytes are not the recorded ones. Nothing must be
// concluded from them before. A point without fingerprints, which is older than
// them, is an error: see [manifest.Fingerprints.Known].
func (v *Vault) OpenFingerprints(ctx context.Context, m manifest.Manifest) (io.ReadCloser, error) {
	return v.openFingerprints(ctx, m.Fingerprints, remedy(m))
}

// CheckFingerprints reads the fingerprints that a dump has stored and compares
// them with their description. moved is called whenever bytes arrive.
func (v *Vault) CheckFingerprints(ctx context.Context, f manifest.Fingerprints, moved func()) error {
	return v.checkFingerprints(ctx, f, TakeAgain, moved)
}

func (v *Vault) checkFingerprints(ctx context.Context, f manifest.Fingerprints, remedy string, moved func()) error {
	from, err := v.openFingerprints(ctx, f, remedy)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	_, err = io.Copy(counter(func(int64) { moved() }), from)
	return err
}

func (v *Vault) openFingerprints(ctx context.Context, f manifest.Fingerprints, remedy string) (io.ReadCloser, error) {
	r := &wholeReader{stored: stored{what: "file of fingerprints", blob: f.Blob, size: f.Size, sha256: f.SHA256, remedy: remedy}, sum: sha256.New()}
	there, err := v.container.Stat(ctx, f.Blob)
	if err != nil {
		return nil, r.failed(err)
	}
	if there.Size != f.Size {
		return nil, r.differs(nil, "it has %d bytes, not %d", there.Size, f.Size)
	}
	if r.from, err = v.container.OpenRange(ctx, f.Blob, there.ETag, 0, f.Size); err != nil {
		return nil, r.failed(err)
	}
	return r, nil
}

// wholeReader reads a blob of a point from its beginning, and compares its hash at
// the end.
type wholeReader struct {
	stored
	from io.ReadCloser
	sum  hash.Hash
	read int64
}

func (r *wholeReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.sum.Write(p[:n])
	r.read += int64(n)
	switch {
	case errors.Is(err, io.EOF):
		if found := hex.EncodeToString(r.sum.Sum(nil)); found != r.sha256 {
			return n, r.differs(nil, "the SHA-256 of its %d bytes is %s, not %s", r.read, found, r.sha256)
		}
		return n, io.EOF
	case err != nil:
		return n, r.failed(err)
	}
	return n, nil
}

func (r *wholeReader) Close() error { return r.from.Close() }

// failed returns the failure of a blob that cannot be read.
func (r *wholeReader) failed(err error) error {
	if unreadable(err) {
		return r.differs(err, "it cannot be read")
	}
	return fmt.Errorf("read the %s: %w", r.what, err)
}

func (r *wholeReader) differs(cause error, format string, args ...any) error {
	return failure.Wrap(cause, failure.VerificationFailed, r.remedy, "the %s %s is not the one that was stored: %s", r.what, r.blob, fmt.Sprintf(format, args...))
}
