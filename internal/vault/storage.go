package vault

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/trust"
)

// CheckStorage returns an error if the storage account lacks a protection that the
// trust file requires, so that deleted or overwritten blobs can be restored. Without
// a requirement, it sends no request.
func (v *Vault) CheckStorage(ctx context.Context) error {
	if v.trust.Storage() == (trust.Storage{}) {
		return nil
	}
	_, shortfall, err := v.StorageSafety(ctx)
	return cmp.Or(err, shortfall)
}

// StorageSafety returns how the storage account protects blobs, and as shortfall the
// protections that it lacks though the trust file requires them.
func (v *Vault) StorageSafety(ctx context.Context) (state trust.StorageState, shortfall, err error) {
	stored, err := v.container.Stat(ctx, settingsName)
	if errors.Is(err, blobstore.ErrNotFound) {
		return state, nil, v.noSettings()
	}
	if err != nil {
		return state, nil, fmt.Errorf("look for versions: %w", err)
	}
	days, err := v.container.SoftDeleteDays(ctx)
	if ctx.Err() != nil {
		return state, nil, ctx.Err()
	}
	state = trust.StorageState{
		Versions: stored.Version != "", SoftDeleteDays: days, SoftDeleteUnseen: err != nil,
		// The setting in vault.json could be forged.
		Immutability: v.trust.Immutability(instance.Disabled),
	}
	return state, v.trust.Storage().Check(v.account(), state), nil
}

// account returns the name of the storage account, for messages and commands.
func (v *Vault) account() string {
	u, err := url.Parse(v.URL())
	if err != nil {
		return v.URL()
	}
	name, _, _ := strings.Cut(u.Hostname(), ".")
	return name
}
