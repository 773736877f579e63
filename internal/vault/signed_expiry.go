package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// checkExpired returns an [ErrDoubtful] unless the signatures of a point allow its
// removal: it has expired by the newest change of its retention that is signed, or
// else by its signed manifest. So metadata and marks, which who can write blobs
// can forge, can lengthen a life and never shorten it. A point without a signature
// may be removed if the trust file does not require one.
func (v *Vault) checkExpired(ctx context.Context, p Point, now time.Time) error {
	s, err := v.signatures(ctx, p.Instance, p.ID)
	if err != nil || !s.on() {
		return err
	}
	expires, err := s.expiry(ctx, slices.Concat(p.Blobs, p.Earlier))
	switch {
	case doubtful(err):
		return fmt.Errorf("%w: %w", ErrDoubtful, err)
	case err == nil && now.Before(expires):
		return fmt.Errorf("%w: by its signature it is kept until %s", ErrDoubtful, expires.UTC().Format(time.RFC3339))
	}
	return err
}

// checkOrphan returns an [ErrDoubtful] if the leftovers have a signed manifest that
// has not expired.
func (v *Vault) checkOrphan(ctx context.Context, p Point, now time.Time) error {
	s, err := v.signatures(ctx, p.Instance, p.ID)
	if err != nil || !s.on() {
		return err
	}
	blobs := slices.Concat(p.Blobs, p.Earlier)
	expires, err := s.signedExpiry(ctx, blobs)
	if doubtful(err) {
		return nil
	}
	if err == nil && !now.Before(expires) {
		var changed statement.Retention
		changed, err = s.retention(ctx, blobs)
		expires = later(expires, changed.Expires)
	}
	switch {
	case doubtful(err):
		return fmt.Errorf("%w: %w", ErrDoubtful, err)
	case err == nil && now.Before(expires):
		return fmt.Errorf("%w: its manifest.json is gone, whose content is the payload of its signed manifest, by which it is kept until %s", ErrDoubtful, expires.UTC().Format(time.RFC3339))
	}
	return err
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// expiry returns the expiry that counts by the signatures; zero if there is none
// and none is required. The error is an [statement.ErrUnsigned], an
// [statement.ErrInvalid] or one of the storage.
func (s signatures) expiry(ctx context.Context, blobs []blobstore.Blob) (time.Time, error) {
	expires, err := s.signedExpiry(ctx, blobs)
	if err != nil && (s.Required || !errors.Is(err, statement.ErrUnsigned)) {
		return time.Time{}, err
	}
	changed, err := s.retention(ctx, blobs)
	if err != nil || changed.SignedAt.IsZero() {
		return expires, err
	}
	return changed.Expires, nil
}

// signedExpiry returns the expiry in the signed manifest of a point, and the latest
// one if attempts at its commit have left several. It does not look whether
// manifest.json is the same, since that can only lengthen the point's life.
func (s signatures) signedExpiry(ctx context.Context, blobs []blobstore.Blob) (latest time.Time, err error) {
	all, err := listedEnvelopes(blobs, manifestPrefix)
	if err != nil {
		return time.Time{}, err
	}
	why := fmt.Errorf("%w: it has no signed manifest", statement.ErrUnsigned)
	for _, e := range all {
		m, err := s.manifest(ctx, e)
		err = e.takenAway(err)
		switch {
		case err == nil:
			if m.Retention.Expires.After(latest) {
				latest = m.Retention.Expires
			}
		case !doubtful(err):
			return time.Time{}, err
		case !errors.Is(why, statement.ErrInvalid):
			why = err
		}
	}
	if latest.IsZero() {
		return time.Time{}, why
	}
	return latest, nil
}
