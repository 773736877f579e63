package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

const (
	// maxEnvelope bounds the size of an envelope, whose payload is in base64.
	maxEnvelope = maxJSON * 3 / 2
	// maxEnvelopes bounds the number of envelopes of one kind that are read for a
	// point. Each attempt at a commit may store one, and so does each policy that is
	// reapplied.
	maxEnvelopes = 1000
	// maxEnvelopesSize bounds their size together. One has some KiB.
	maxEnvelopesSize = 4 * maxEnvelope
)

// storedEnvelope is an envelope of a point, as listed.
type storedEnvelope struct {
	name string
	// at is when the storage got the first version. A person who promotes an
	// earlier version makes a new one with the same content, since the name has the
	// hash of the payload.
	at time.Time
	// current is the current version; the zero value if there is none.
	current blobstore.Blob
	// changed reports whether there are earlier versions.
	changed bool
}

// takenAway returns an [statement.ErrInvalid] in place of the
// [statement.ErrUnsigned] of an envelope that was changed or deleted. A job stores an
// envelope once, so that an earlier version may have had the signature.
func (e storedEnvelope) takenAway(err error) error {
	if !e.changed || !errors.Is(err, statement.ErrUnsigned) {
		return err
	}
	return fmt.Errorf("%w: blob %s has had another content: %v", statement.ErrInvalid, e.name, err) //nolint:errorlint // it is no ErrUnsigned any more
}

// listedEnvelopes returns the envelopes whose names have a prefix. It returns an
// [statement.ErrInvalid] if they are too many or too large.
func listedEnvelopes(blobs []blobstore.Blob, prefix string) ([]storedEnvelope, error) {
	var all []storedEnvelope
	known := map[string]int{}
	for _, b := range blobs {
		if !isEnvelope(b.Name, prefix) {
			continue
		}
		at, ok := known[b.Name]
		if !ok {
			at = len(all)
			known[b.Name] = at
			all = append(all, storedEnvelope{name: b.Name, at: b.LastModified})
		}
		if b.LastModified.Before(all[at].at) {
			all[at].at = b.LastModified
		}
		if b.Previous {
			all[at].changed = true
		} else {
			all[at].current = b
		}
	}
	var size int64
	for _, e := range all {
		size += e.current.Size
	}
	if len(all) > maxEnvelopes || size > maxEnvelopesSize {
		return nil, fmt.Errorf("%w: the point has %d blobs of together %d bytes whose names begin with %s", statement.ErrInvalid, len(all), size, prefix)
	}
	return all, nil
}

// admit waits until there is memory for an envelope. It is free again after
// release.
func (v *Vault) admit(ctx context.Context, e storedEnvelope) (release func(), err error) {
	weight := max(1, min(e.current.Size, maxEnvelope))
	if err := v.envelopes.Acquire(ctx, weight); err != nil {
		return nil, fmt.Errorf("read %s: %w", e.name, context.Cause(ctx))
	}
	return func() { v.envelopes.Release(weight) }, nil
}

func isEnvelope(name, prefix string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, prefix) && strings.HasSuffix(base, statementSuffix)
}

// readEnvelope reads an envelope and checks that its name has the hash of its
// payload.
func (v *Vault) readEnvelope(ctx context.Context, e storedEnvelope, prefix, payloadType string) (statement.Envelope, error) {
	content, err := v.readListed(ctx, e.current)
	switch {
	case e.current.Name == "", errors.Is(err, blobstore.ErrNotFound):
		return statement.Envelope{}, fmt.Errorf("%w: blob %s was deleted", statement.ErrUnsigned, e.name)
	case unusable(err):
		return statement.Envelope{}, fmt.Errorf("%w: %w", statement.ErrInvalid, err)
	case err != nil:
		return statement.Envelope{}, fmt.Errorf("read %s: %w", e.name, err)
	}
	opened, err := statement.Decode(content, payloadType)
	if err != nil {
		return opened, err
	}
	if path.Base(e.name) != prefix+blobstore.HashOf(opened.Payload)+statementSuffix {
		return opened, fmt.Errorf("%w: blob %s holds another content than its name says", statement.ErrInvalid, e.name)
	}
	return opened, nil
}

// readManifestEnvelope reads a signed manifest and decodes it. It does not check
// the signature.
func (v *Vault) readManifestEnvelope(ctx context.Context, e storedEnvelope) (statement.Envelope, manifest.Manifest, error) {
	opened, err := v.readEnvelope(ctx, e, manifestPrefix, statement.TypeManifest)
	if err != nil {
		return opened, manifest.Manifest{}, err
	}
	m, err := manifest.Decode(opened.Payload)
	if err != nil {
		return opened, m, fmt.Errorf("%w: %w", statement.ErrInvalid, err)
	}
	return opened, m, nil
}

// listVersions returns all versions of the blobs whose names have a prefix.
func (v *Vault) listVersions(ctx context.Context, prefix string) (blobs []blobstore.Blob, err error) {
	for b, err := range v.container.ListVersions(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		blobs = append(blobs, b)
	}
	return blobs, nil
}

// readListed reads a small blob that was just listed. Unlike a read by name alone
// it sends one request.
func (v *Vault) readListed(ctx context.Context, b blobstore.Blob) ([]byte, error) {
	return v.readBounded(ctx, b, maxEnvelope)
}

func (v *Vault) readBounded(ctx context.Context, b blobstore.Blob, limit int64) ([]byte, error) {
	if b.Size > limit {
		return nil, fmt.Errorf("%w: it has %d bytes", blobstore.ErrTooLong, b.Size)
	}
	r, err := v.container.OpenRange(ctx, b.Name, b.ETag, 0, b.Size)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	content := make([]byte, b.Size)
	_, err = io.ReadFull(r, content)
	return content, err
}
