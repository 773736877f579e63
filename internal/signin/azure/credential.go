package azure

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin/whose"
)

// EnvDisableChallengeResourceVerification names the setting that admits Key
// Vaults outside Azure's public domains, as in private clouds: the resource
// that the vault asks a token for need not match the vault's own domain then.
const EnvDisableChallengeResourceVerification = "PGVAULT_KEYVAULT_DISABLE_CHALLENGE_RESOURCE_VERIFICATION"

// postgresScope is the audience of tokens for Azure Database for PostgreSQL.
const postgresScope = "https://ossrdbms-aad.database.windows.net/.default"

// Credential returns the credential of this process: environment, workload
// identity, managed identity, Azure CLI, in Azure's own order.
func Credential() (azcore.TokenCredential, error) {
	cred, err := azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{
		ClientOptions: clientOptions(Options{}),
	})
	if err != nil {
		return nil, failure.Wrap(err, failure.InvalidConfiguration, "check AZURE_TENANT_ID, AZURE_CLIENT_ID and the other AZURE_* variables"+troubleshoot, "the settings for signing in to Azure are wrong")
	}
	return cred, nil
}

// PostgresToken gets a token that signs in to Azure Database for PostgreSQL in
// place of a password. by is whose credential it is.
func PostgresToken(ctx context.Context, cred azcore.TokenCredential, by whose.SignIn) (secret.String, error) {
	token, err := cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{postgresScope}})
	if err != nil {
		return secret.String{}, classifyToken(ctx, err, by, failure.BackupUserAuthFailed, "no Microsoft Entra token for PostgreSQL")
	}
	return secret.New(token.Token), nil
}

// Options are the settings of a Key Vault client.
type Options struct {
	// By is whose credential it is, for messages.
	By whose.SignIn
	// DisableChallengeResourceVerification: see [EnvDisableChallengeResourceVerification].
	DisableChallengeResourceVerification bool
	// RetryDelay is the first pause of the SDK's own retries; zero means half a second.
	RetryDelay time.Duration
}

// OptionsFromEnv reads the settings, given os.Getenv.
func OptionsFromEnv(getenv func(string) string) (Options, error) {
	text := getenv(EnvDisableChallengeResourceVerification)
	if text == "" {
		return Options{}, nil
	}
	disable, err := strconv.ParseBool(text)
	if err != nil {
		return Options{}, failure.New(failure.InvalidConfiguration, fmt.Sprintf("set %s to true or false, or unset it", EnvDisableChallengeResourceVerification),
			"%s is %q", EnvDisableChallengeResourceVerification, text)
	}
	return Options{DisableChallengeResourceVerification: disable}, nil
}

func clientOptions(o Options) azcore.ClientOptions {
	delay := o.RetryDelay
	if delay == 0 {
		delay = 500 * time.Millisecond
	}
	return azcore.ClientOptions{
		Retry: policy.RetryOptions{
			MaxRetries:    2,
			RetryDelay:    delay,
			MaxRetryDelay: 5 * time.Second,
			TryTimeout:    20 * time.Second,
		},
		Telemetry: policy.TelemetryOptions{ApplicationID: "pgvault"},
	}
}
