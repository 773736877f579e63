package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
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

// PutInstance writes an instance's definition and reports whether it changed.
func (v *Vault) PutInstance(ctx context.Context, i instance.Instance) (changed bool, err error) {
	return v.putJSON(ctx, instanceName(i.Name), i)
}

// GetInstance returns an instance's definition.
func (v *Vault) GetInstance(ctx context.Context, name string) (instance.Instance, error) {
	var i instance.Instance
	err := v.readJSON(ctx, instanceName(name), applyAgain, func(content []byte) error { return decodeInstance(content, name, &i) })
	if errors.Is(err, blobstore.ErrNotFound) {
		return i, failure.New(failure.InstanceNotFound,
			"correct the name, or add the instance to pgvault.yaml and: pgvault apply -f pgvault.yaml",
			"vault %s has no backup instance %q", v.URL(), name)
	}
	return i, err
}

// ListInstances returns the names of all instances, sorted. It lists folder by
// folder and skips the points' folders, which may be very large.
func (v *Vault) ListInstances(ctx context.Context) ([]string, error) {
	names, err := v.instancesUnder(ctx, instancesRoot)
	slices.Sort(names)
	return names, err
}

func (v *Vault) instancesUnder(ctx context.Context, folder string) ([]string, error) {
	blobs, folders, err := v.container.ListDirs(ctx, folder)
	if err != nil {
		return nil, err
	}
	var names []string
	if slices.ContainsFunc(blobs, func(b blobstore.Blob) bool { return b.Name == folder+definitionName }) {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(folder, instancesRoot), "/"))
	}
	for _, inner := range folders {
		if strings.HasSuffix(inner, "/points/") {
			continue
		}
		below, err := v.instancesUnder(ctx, inner)
		if err != nil {
			return nil, err
		}
		names = append(names, below...)
	}
	return names, nil
}

func (v *Vault) putJSON(ctx context.Context, name string, value any) (changed bool, err error) {
	encoded, err := encodeJSON(name, value)
	if err != nil {
		return false, err
	}
	stored, _, err := v.container.Get(ctx, name, maxJSON)
	if err == nil && string(stored) == string(encoded) {
		return false, nil
	}
	if err != nil && !errors.Is(err, blobstore.ErrNotFound) && !unusable(err) {
		return false, err
	}
	_, err = v.container.Put(ctx, name, encoded, nil)
	return err == nil, err
}

func encodeJSON(name string, value any) ([]byte, error) {
	encoded, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", name, err)
	}
	return append(encoded, '\n'), nil
}
