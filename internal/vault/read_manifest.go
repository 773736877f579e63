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

// GetManifest returns a point's manifest. It returns a
// [failure.VerificationFailed] that names the manifest if the manifest does not
// describe the point.
func (v *Vault) GetManifest(ctx context.Context, instance, id string) (manifest.Manifest, error) {
	name := pointPrefix(instance, id) + manifestName
	content, _, err := v.container.Get(ctx, name, maxJSON)
	switch {
	case errors.Is(err, blobstore.ErrNotFound):
		return manifest.Manifest{}, noPoint(instance, id)
	case err != nil && !unusable(err):
		return manifest.Manifest{}, err
	}
	var m manifest.Manifest
	if err == nil {
		m, err = decodeManifest(content, instance, id)
	}
	if errors.Is(err, manifest.ErrNewer) {
		return m, failure.Wrap(err, failure.InvalidConfiguration, "Use the pgvault that wrote it, or a newer one. If none did: "+remedyFor(instance, id),
			"manifest %s is of a later version of pgvault", name)
	}
	if err != nil {
		return m, failure.Wrap(err, failure.VerificationFailed, remedyFor(instance, id), "manifest %s is damaged", name)
	}
	return m, nil
}

// decodeManifest decodes a manifest. It returns an error if the manifest
// belongs to another point or names blobs outside the point's folder.
func decodeManifest(content []byte, instance, id string) (manifest.Manifest, error) {
	m, err := manifest.Decode(content)
	switch {
	case err != nil:
		return m, err
	case m.Instance != instance || m.PointID != id:
		return m, fmt.Errorf("it is that of recovery point %s of %s", m.PointID, m.Instance)
	}
	for field, blob := range map[string]string{"dump.blob": m.Dump.Blob, "dump.blocksBlob": m.Dump.BlocksBlob, "roles.blob": m.Roles.Blob} {
		if blob != "" && !strings.HasPrefix(blob, pointPrefix(instance, id)) {
			return m, fmt.Errorf("%s is %q, which is no blob of the point", field, blob)
		}
	}
	return m, nil
}
