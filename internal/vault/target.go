package vault

import (
	"context"
	"errors"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
)

// CheckTarget returns an error if files must not be restored into the container
// because it holds a vault, where they would be taken for the vault's own. That
// is this vault's container, however its URL is written, and any other
// container with a vault's settings. It only reads.
func (v *Vault) CheckTarget(ctx context.Context, to *blobstore.Container) error {
	return CheckTarget(ctx, v.URL(), to)
}

// CheckTarget is like [Vault.CheckTarget] for callers that know at most the
// vault's URL.
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
