package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// SignRetention stores a signed statement of a point's new retention, which is to
// be written afterwards: without it, a sweep follows no retention that is shorter
// than the signed one. It stores nothing if the signer has no key. It may be
// repeated.
func (v *Vault) SignRetention(ctx context.Context, s statement.Signer, place statement.Place, r Retention, now time.Time) error {
	payload, err := json.Marshal(statement.Retention{
		Place: place, Expires: r.Expires, ArchiveAt: r.ArchiveAt, Policy: r.Policy, Rule: r.Rule, Job: r.Job, SignedAt: now.UTC(),
	})
	if err != nil {
		return fmt.Errorf("encode a retention: %w", err)
	}
	signed, err := statement.Sign(ctx, s, statement.TypeRetention, payload)
	if err != nil {
		return fmt.Errorf("sign the retention of point %s: %w", place.Point, err)
	}
	if len(signed.Signatures) == 0 {
		return nil
	}
	sealed, err := signed.Encode()
	if err != nil {
		return err
	}
	if _, err := v.container.Put(ctx, retentionStatement(place.Instance, place.Point, blobstore.HashOf(payload)), sealed, nil); err != nil {
		return fmt.Errorf("store the signed retention of point %s: %w", place.Point, err)
	}
	return nil
}

// retention returns the newest signed change of a point's retention; the zero value
// if there is none. A change that is stored and does not verify is an error, since
// it may have been the newest. One that is not signed is left out if the trust file
// does not require signatures.
func (s signatures) retention(ctx context.Context, blobs []blobstore.Blob) (newest statement.Retention, err error) {
	all, err := listedEnvelopes(blobs, retentionPrefix)
	if err != nil {
		return newest, err
	}
	for _, e := range all {
		changed, err := s.change(ctx, e)
		err = e.takenAway(err)
		switch {
		case errors.Is(err, statement.ErrUnsigned) && !s.Required:
		case err != nil:
			return newest, fmt.Errorf("%s: %w", e.name, err)
		case changed.SignedAt.After(newest.SignedAt), changed.SignedAt.Equal(newest.SignedAt) && changed.Expires.After(newest.Expires):
			newest = changed
		}
	}
	return newest, nil
}

// change returns the content of a signed change of a point's retention. The error
// is an [statement.ErrUnsigned], an [statement.ErrInvalid] or one of the storage.
func (s signatures) change(ctx context.Context, e storedEnvelope) (statement.Retention, error) {
	var r statement.Retention
	release, err := s.vault.admit(ctx, e)
	if err != nil {
		return r, err
	}
	defer release()
	opened, err := s.vault.readEnvelope(ctx, e, retentionPrefix, statement.TypeRetention)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(opened.Payload, &r); err != nil {
		return r, fmt.Errorf("%w: %w", statement.ErrInvalid, err)
	}
	at := s.time(e.at, r.SignedAt)
	if _, err := opened.Verify(s.Manifests, at); err != nil {
		return r, err
	}
	if err := r.Check(s.place); err != nil {
		return r, err
	}
	return r, statement.CheckAge(r.SignedAt, at)
}
