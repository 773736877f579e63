package signin

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/signin/whose"
)

// Azure is the [Source] of production: Key Vault and Microsoft Entra.
type Azure struct {
	Trust
	Secrets    *azure.Secrets
	Credential azcore.TokenCredential
	// By is whose credential it is, for messages.
	By whose.SignIn
}

var _ Source = Azure{}

// Newest reads the newest version of a Key Vault secret.
func (a Azure) Newest(ctx context.Context, secretURL string) (azure.Secret, error) {
	return a.Secrets.Newest(ctx, secretURL)
}

// PostgresToken returns a token for the PostgreSQL scope.
func (a Azure) PostgresToken(ctx context.Context) (secret.String, error) {
	return azure.PostgresToken(ctx, a.Credential, a.By)
}
