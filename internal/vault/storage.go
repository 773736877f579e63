package vault

import (
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
	demanded := v.trust.Storage()
	if demanded == (trust.Storage{}) {
		return nil
	}
	stored, err := v.container.Stat(ctx, settingsName)
	if errors.Is(err, blobstore.ErrNotFound) {
		return v.noSettings()
	}
	if err != nil {
		return fmt.Errorf("look for versions: %w", err)
	}
	days, err := v.container.SoftDeleteDays(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return demanded.Check(v.account(), trust.StorageState{
		Versions: stored.Version != "", SoftDeleteDays: days, SoftDeleteUnseen: err != nil,
		// The setting in vault.json could be forged.
		Immutability: v.trust.Immutability(instance.Disabled),
	})
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
