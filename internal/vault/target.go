package vault

import (
	"context"
	"errors"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
)

// CheckTarget refuses to restore files into a container that holds a vault,
// where they would pass for the vault's own: this vault's container, whatever
// its URL looks like, and any other that has a vault's settings. It only reads.
func (v *Vault) CheckTarget(ctx context.Context, to *blobstore.Container) error {
	return CheckTarget(ctx, v.URL(), to)
}

// CheckTarget is [Vault.CheckTarget] for somebody who knows no more of the vault
// than its URL, or not even that.
func CheckTarget(ctx context.Context, vaultURL string, to *blobstore.Container) error {
	if blobstore.SameContainer(vaultURL, to.URL()) {
		return inVault(to, "this vault's own")
	}
	_, err := to.Stat(ctx, settingsName)
	if errors.Is(err, blobstore.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return inVault(to, "a vault's, since it holds "+settingsName)
}

func inVault(to *blobstore.Container, whose string) error {
	return failure.New(failure.TargetContainerIsVault, "restore into another container, which holds no vault",
		"container %s is %s: restored files would stand among its recovery points", to.URL(), whose)
}
