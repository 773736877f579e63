package cli

import (
	"context"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/signin/whose"
	"github.com/pgvault/pgvault/internal/vault"
)

// checkTarget rejects a container that holds a vault. The worker checks this
// too, since a person need not have access to the container.
func (a *App) checkTarget(ctx context.Context, containerURL string) error {
	if containerURL == "" {
		return nil
	}
	credential, err := azure.Credential()
	if err != nil {
		return err
	}
	to, err := azureblob.Open(containerURL, credential, azureblob.Options{OutageLimit: time.Second, By: whose.Person})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	err = vault.CheckTarget(ctx, a.Getenv(envVault), to)
	if failure.CodeOf(err) == failure.TargetContainerIsVault {
		return err
	}
	return nil
}
