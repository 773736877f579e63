package vault

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// GetManifest is [Vault.CheckedManifest] without the signature, for callers that
// report it elsewhere.
func (v *Vault) GetManifest(ctx context.Context, instance, id string) (manifest.Manifest, error) {
	m, _, err := v.CheckedManifest(ctx, instance, id)
	return m, err
}

// CheckedManifest returns a point's manifest and its signature. It returns a
// [failure.VerificationFailed] that names the manifest if the manifest does not
// describe the point, a [failure.SignatureInvalid] if it is not what a key of the
// trust file has signed for this point at its time, and a
// [failure.SignatureMissing] if the trust file requires a signature and there is
// none.
func (v *Vault) CheckedManifest(ctx context.Context, instance, id string) (manifest.Manifest, Signature, error) {
	content, m, err := v.uncheckedManifest(ctx, instance, id)
	if err != nil {
		return m, Signature{}, err
	}
	sig, err := v.checkSignature(ctx, instance, id, content)
	if err != nil {
		return m, sig, err
	}
	sig.ManifestSHA256 = blobstore.HashOf(content)
	return m, sig, damagedManifest(ofPoint(m, instance, id), instance, id)
}

// checkSignature checks the signature of the content of a point's manifest.json.
func (v *Vault) checkSignature(ctx context.Context, instance, id string, content []byte) (Signature, error) {
	s, err := v.signatures(ctx, instance, id)
	if err != nil || !s.on() {
		return Signature{}, err
	}
	blobs, err := v.listVersions(ctx, pointPrefix(instance, id)+"manifest")
	if err != nil {
		return Signature{}, fmt.Errorf("look for the signature: %w", err)
	}
	return s.judged(s.check(ctx, content, blobs))
}

// uncheckedManifest reads a manifest without looking at its place and its
// signature.
func (v *Vault) uncheckedManifest(ctx context.Context, instance, id string) ([]byte, manifest.Manifest, error) {
	content, _, err := v.container.Get(ctx, pointPrefix(instance, id)+manifestName, maxJSON)
	switch {
	case errors.Is(err, blobstore.ErrNotFound):
		return nil, manifest.Manifest{}, noPoint(instance, id)
	case err != nil && !unusable(err):
		return nil, manifest.Manifest{}, err
	}
	var m manifest.Manifest
	if err == nil {
		m, err = manifest.Decode(content)
	}
	return content, m, damagedManifest(err, instance, id)
}

// damagedManifest returns the failure of a manifest that cannot be used, and nil
// if err is nil.
func damagedManifest(err error, instance, id string) error {
	name := pointPrefix(instance, id) + manifestName
	switch {
	case err == nil:
		return nil
	case errors.Is(err, manifest.ErrNewer):
		return failure.Wrap(err, failure.InvalidConfiguration, "Use the pgvault that wrote it, or a newer one. If none did: "+remedyFor(instance, id),
			"manifest %s is of a later version of pgvault", name)
	}
	return failure.Wrap(err, failure.VerificationFailed, remedyFor(instance, id), "manifest %s is damaged", name)
}

// decodeManifest decodes a manifest. It returns an error if the manifest
// belongs to another point or names blobs outside the point's folder.
func decodeManifest(content []byte, instance, id string) (manifest.Manifest, error) {
	m, err := manifest.Decode(content)
	if err != nil {
		return m, err
	}
	return m, ofPoint(m, instance, id)
}

// ofPoint returns an error if the manifest belongs to another point or names
// blobs outside the point's folder.
func ofPoint(m manifest.Manifest, instance, id string) error {
	if m.Instance != instance || m.PointID != id {
		return fmt.Errorf("it is that of recovery point %s of %s", m.PointID, m.Instance)
	}
	for field, blob := range map[string]string{"dump.blob": m.Dump.Blob, "dump.blocksBlob": m.Dump.BlocksBlob, "fingerprints.blob": m.Fingerprints.Blob, "roles.blob": m.Roles.Blob} {
		if blob != "" && !strings.HasPrefix(blob, pointPrefix(instance, id)) {
			return fmt.Errorf("%s is %q, which is no blob of the point", field, blob)
		}
	}
	return nil
}
