package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// Signature is the outcome of checking the signature of a point's manifest. It is
// the zero value if the trust file names no key.
type Signature struct {
	// KeyID is the ID of the key that signed the manifest; empty if none did.
	KeyID string
	// Note says that the manifest was accepted without a signature; empty if it is
	// signed.
	Note string
	// ManifestSHA256 is the hash of the manifest.
	ManifestSHA256 string
}

// signatures checks the signatures of one point.
type signatures struct {
	vault *Vault
	trust.Signatures
	place statement.Place
}

// signatures returns the check of the signatures of a point.
func (v *Vault) signatures(ctx context.Context, instance, id string) (signatures, error) {
	s := signatures{vault: v, Signatures: v.trust.Signatures(), place: statement.Place{Instance: instance, Point: id}}
	if !s.on() {
		return s, nil
	}
	// A worker serves the vault of its trust file only, so that a sweep need not
	// read vault.json for each point.
	if s.place.VaultID = v.trust.ServedVault(); s.place.VaultID != "" {
		return s, nil
	}
	var err error
	s.place.VaultID, err = v.signedID(ctx)
	return s, err
}

// on reports whether there are keys to check signatures with.
func (s signatures) on() bool { return s.Required || len(s.Manifests) > 0 }

// signedManifest is a manifest whose signature holds.
type signedManifest struct {
	manifest.Manifest
	// content is that of manifest.json.
	content []byte
	keyID   string
	// at is when the storage got it; the time of the commit in a vault that was
	// copied then.
	at time.Time
}

// manifest returns the content of a signed manifest. The error is an
// [statement.ErrUnsigned], an [statement.ErrInvalid] or one of the storage.
func (s signatures) manifest(ctx context.Context, e storedEnvelope) (signedManifest, error) {
	release, err := s.vault.admit(ctx, e)
	if err != nil {
		return signedManifest{}, err
	}
	defer release()
	opened, m, err := s.vault.readManifestEnvelope(ctx, e)
	if err != nil {
		return signedManifest{}, err
	}
	signed := signedManifest{Manifest: m, content: opened.Payload, at: s.time(e.at, m.CommittedAt)}
	if signed.keyID, err = opened.Verify(s.Manifests, signed.at); err != nil {
		if len(opened.Signatures) > 0 && errors.Is(err, statement.ErrUnsigned) {
			err = withRemedy(err, "if the key is yours, `pgvault trust keys` adds it to the trust file; otherwise "+otherPoint)
		}
		return signedManifest{}, err
	}
	if err := (statement.Place{VaultID: m.VaultID, Instance: m.Instance, Point: m.PointID}).Check(s.place); err != nil {
		return signedManifest{}, err
	}
	if err := statement.CheckAge(m.CommittedAt, signed.at); err != nil {
		return signedManifest{}, withRemedy(err, "if the vault was copied to this account on that day, name the day under \"copied\" in the trust file's signatures; otherwise "+otherPoint)
	}
	return signed, nil
}

// time returns the time by which a statement is judged: that at which the storage
// got it, or the signed one if the vault was copied on that day.
func (s signatures) time(stored, signed time.Time) time.Time {
	if slices.ContainsFunc(s.Copied, stored.UTC().Truncate(24*time.Hour).Equal) {
		return signed
	}
	return stored
}

// check returns the signature of a point's manifest. content is that of
// manifest.json, and blobs are the versions of it and of its envelopes.
func (s signatures) check(ctx context.Context, content []byte, blobs []blobstore.Blob) (Signature, error) {
	all, err := listedEnvelopes(blobs, manifestPrefix)
	if err != nil {
		return Signature{}, err
	}
	own := manifestStatement(s.place.Instance, s.place.Point, blobstore.HashOf(content))
	var found signedManifest
	missing := fmt.Errorf("%w: there is no blob %s", statement.ErrUnsigned, own)
	var others []signedManifest
	for _, e := range all {
		signed, err := s.manifest(ctx, e)
		switch {
		case e.name == own:
			found, missing = signed, err
		case err == nil:
			others = append(others, signed)
		case !doubtful(err):
			return Signature{}, err
		}
	}
	switch {
	case errors.Is(missing, statement.ErrUnsigned) && len(others) > 0:
		return Signature{}, fmt.Errorf("%w: manifest.json is not the one that key %s has signed", statement.ErrInvalid, others[0].keyID)
	case missing != nil:
		return Signature{}, missing
	}
	return Signature{KeyID: found.keyID}, found.first(others, blobs)
}

// first returns an error if another manifest of the point was stored more than
// [statement.MaxAge] before this one: a job commits a point once.
func (m signedManifest) first(others []signedManifest, blobs []blobstore.Blob) error {
	earliest := m.at
	for _, other := range others {
		if other.at.Before(earliest) {
			earliest = other.at
		}
	}
	for _, b := range blobs {
		if b.Name == pointPrefix(m.Instance, m.PointID)+manifestName && b.LastModified.Before(earliest) {
			earliest = b.LastModified
		}
	}
	if m.at.Sub(earliest) <= statement.MaxAge {
		return nil
	}
	return fmt.Errorf("%w: it was stored at %s, and the point has had another manifest since %s",
		statement.ErrInvalid, m.at.UTC().Format(time.RFC3339), earliest.UTC().Format(time.RFC3339))
}

// doubtful reports whether an error is about a signature and not about the
// storage.
func doubtful(err error) bool {
	return errors.Is(err, statement.ErrUnsigned) || errors.Is(err, statement.ErrInvalid)
}

const otherPoint = "restore another recovery point"

// remedied is an error with its remedy.
type remedied struct {
	error
	remedy string
}

func (r remedied) Unwrap() error { return r.error }

func withRemedy(err error, remedy string) error { return remedied{err, remedy} }

// judged returns the failure of a point whose signature is missing or does not
// hold. A missing one is accepted with a note unless the trust file requires it.
func (s signatures) judged(sig Signature, err error) (Signature, error) {
	var known remedied
	remedy := otherPoint + ". " + earlierVersion
	if errors.As(err, &known) {
		remedy = known.remedy
	}
	switch {
	case errors.Is(err, statement.ErrInvalid):
		return Signature{}, failure.Wrap(err, failure.SignatureInvalid, remedy, "recovery point %s of %s must not be used", s.place.Point, s.place.Instance)
	case !errors.Is(err, statement.ErrUnsigned):
		return sig, err
	case s.Required:
		return Signature{}, failure.Wrap(err, failure.SignatureMissing, remedy+" \"required: false\" in the trust file's signatures accepts points that are older than its keys.",
			"recovery point %s of %s is not signed, and the trust file requires it", s.place.Point, s.place.Instance)
	}
	return Signature{Note: fmt.Sprintf("recovery point %s is accepted without a signature: %v", s.place.Point, err)}, nil
}
