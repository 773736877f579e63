package vault

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

const (
	// maxEnvelope bounds the size of an envelope, whose payload is in base64.
	maxEnvelope = maxJSON * 3 / 2
	// maxEnvelopes bounds the number of envelopes of one kind that are read for a
	// point. Each attempt at a commit stores one.
	maxEnvelopes = 100
)

// storedEnvelope is an envelope of a point, as listed.
type storedEnvelope struct {
	name string
	// at is when the storage got the first version. A person who promotes an
	// earlier version makes a new one with the same content, since the name has the
	// hash of the payload.
	at time.Time
	// current reports whether there is a current version.
	current bool
}

// listedEnvelopes returns the envelopes whose names have a prefix. blobs are
// ordered by name.
func listedEnvelopes(blobs []blobstore.Blob, prefix string) (all []storedEnvelope) {
	for _, b := range blobs {
		if !isEnvelope(b.Name, prefix) {
			continue
		}
		last := len(all) - 1
		if last < 0 || all[last].name != b.Name {
			all = append(all, storedEnvelope{name: b.Name, at: b.LastModified, current: !b.Previous})
			continue
		}
		all[last].current = all[last].current || !b.Previous
		if b.LastModified.Before(all[last].at) {
			all[last].at = b.LastModified
		}
	}
	return all
}

func isEnvelope(name, prefix string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, prefix) && strings.HasSuffix(base, statementSuffix)
}

// readEnvelope reads an envelope and checks that its name has the hash of its
// payload.
func (v *Vault) readEnvelope(ctx context.Context, e storedEnvelope, prefix, payloadType string) (statement.Envelope, error) {
	content, _, err := v.container.Get(ctx, e.name, maxEnvelope)
	switch {
	case errors.Is(err, blobstore.ErrNotFound):
		return statement.Envelope{}, fmt.Errorf("%w: blob %s was deleted", statement.ErrUnsigned, e.name)
	case unusable(err):
		return statement.Envelope{}, fmt.Errorf("%w: %w", statement.ErrInvalid, err)
	case err != nil:
		return statement.Envelope{}, fmt.Errorf("read a signature: %w", err)
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
