package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/trust"
)

// maxJSON bounds the size of JSON blobs, in bytes.
const maxJSON = 16 << 20

// Vault is one container with what this package promises of it.
type Vault struct {
	container *blobstore.Container
	trust     trust.File
	// envelopes bounds the bytes of the envelopes that are read at a time. Who can
	// write blobs can make them as large as they may be.
	envelopes *semaphore.Weighted
}

// New returns the vault in a container, as its own settings describe it.
func New(c *blobstore.Container) *Vault {
	return &Vault{container: c, envelopes: semaphore.NewWeighted(maxEnvelope)}
}

// Trusting returns the vault as a worker with a trust file sees it: the file's
// floors hold whatever the vault's settings say, which who can write blobs can forge.
func (v *Vault) Trusting(f trust.File) *Vault { return &Vault{v.container, f, v.envelopes} }

// URL is the container's.
func (v *Vault) URL() string { return v.container.URL() }

// StorageTime returns the storage's time, in whole seconds.
func (v *Vault) StorageTime(ctx context.Context) (time.Time, error) {
	return v.container.ServerTime(ctx)
}

// GetSettings reads the vault's own settings, raised to the floors of its trust file.
func (v *Vault) GetSettings(ctx context.Context) (instance.VaultSettings, error) {
	s, err := v.readSettings(ctx)
	s.SoftDelete, s.Immutability = v.trust.SoftDelete(s.SoftDelete), v.trust.Immutability(s.Immutability)
	if errors.Is(err, blobstore.ErrNotFound) {
		return s.VaultSettings, v.noSettings()
	}
	return s.VaultSettings, err
}

func (v *Vault) noSettings() error {
	return failure.New(failure.InvalidConfiguration, "pgvault apply -f pgvault.yaml", "vault %s has no settings yet", v.URL())
}

func encodeJSON(name string, value any) ([]byte, error) {
	encoded, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", name, err)
	}
	return append(encoded, '\n'), nil
}
