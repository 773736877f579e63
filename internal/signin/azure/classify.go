package azure

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/pgvault/pgvault/internal/clock"
	"github.com/pgvault/pgvault/internal/failure"
)

const identityAction = "give the worker an identity: a managed identity, a workload identity, AZURE_CLIENT_ID with AZURE_TENANT_ID and a client secret or certificate, or \"az login\"; " +
	"details: https://aka.ms/azsdk/go/identity/troubleshoot"

// classify returns an error of the Key Vault with its code. It returns context
// errors unchanged, since the caller knows why it gave up.
func classify(ctx context.Context, err error, vaultURL, name string) error {
	if ctx.Err() != nil {
		return fmt.Errorf("read the secret %s/secrets/%s: %w", vaultURL, name, err)
	}
	var response *azcore.ResponseError
	var authentication *azidentity.AuthenticationFailedError
	switch {
	case errors.As(err, &response):
		return classifyResponse(response, vaultURL, name)
	case errors.As(err, &authentication) || isIdentityMissing(err):
		return classifyToken(ctx, err, failure.MissingPermissionsOnSecretStore, fmt.Sprintf("no Microsoft Entra token for the Key Vault %s", vaultURL))
	}
	return classifyTransport(err, vaultURL)
}

func classifyResponse(response *azcore.ResponseError, vaultURL, name string) error {
	secretURL := vaultURL + "/secrets/" + name
	vault := vaultName(vaultURL)
	said := saidBy(response)
	denied := response.StatusCode == http.StatusForbidden || response.StatusCode == http.StatusUnauthorized
	off := clock.AgainstAnswer("the Key Vault", time.Now(), response.RawResponse)
	switch {
	case response.StatusCode == http.StatusNotFound:
		return failure.New(failure.InvalidSecret, fmt.Sprintf("az keyvault secret set --vault-name %s --name %s --file FILE", vault, name),
			"the secret %s does not exist", secretURL)
	case response.StatusCode == http.StatusForbidden && strings.HasPrefix(said.inner, "Secret"):
		return failure.New(failure.InvalidSecret, fmt.Sprintf("az keyvault secret set-attributes --vault-name %s --name %s --enabled true, or set a new version", vault, name),
			"the secret %s is disabled, expired or not yet valid: %s", secretURL, said)
	case response.StatusCode == http.StatusForbidden && strings.HasPrefix(said.inner, "ForbiddenBy") && said.inner != "ForbiddenByRbac" && said.inner != "ForbiddenByPolicy":
		return failure.New(failure.MissingPermissionsOnSecretStore, fmt.Sprintf("let the worker's network in: az keyvault network-rule add --name %s --subnet SUBNET-ID, or a private endpoint", vault),
			"the firewall of the Key Vault %s keeps the worker out: %s", vaultURL, said)
	case denied && off != nil:
		return failure.New(off.Code, off.Action, "the Key Vault %s refuses the worker's token, and %s", vaultURL, off.Message)
	case denied:
		return failure.New(failure.MissingPermissionsOnSecretStore,
			fmt.Sprintf("az role assignment create --role \"Key Vault Secrets User\" --assignee WORKER-IDENTITY --scope \"$(az keyvault show --name %s --query id -o tsv)/secrets/%s\"", vault, name),
			"the worker's identity may not read the secret %s: %s", secretURL, said)
	case response.StatusCode == http.StatusTooManyRequests || response.StatusCode == http.StatusRequestTimeout || response.StatusCode >= 500:
		return failure.New(failure.SecretStoreUnavailable, "", "the Key Vault %s answers %d: %s", vaultURL, response.StatusCode, said)
	}
	return failure.New(failure.InvalidSecretStore, "correct the Key Vault's name in keyVaultSecret", "%s does not answer as a Key Vault does: status %d, %s", vaultURL, response.StatusCode, said)
}

// classifyTransport returns the error of a request without an answer, with its
// code.
func classifyTransport(err error, vaultURL string) error {
	const action = "correct the Key Vault's name in keyVaultSecret, or open the way to it from the worker"
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var network net.Error
	var transport *url.Error
	text, outside := clock.Validity(err, time.Now())
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return failure.New(failure.InvalidSecretStore, action, "there is no Key Vault %s: its host name is unknown", vaultURL)
	case outside:
		return failure.New(failure.InvalidSecretStore, clock.RemedyOfValidity, "the Key Vault %s is not trusted at this time: %s", vaultURL, text)
	case errors.As(err, &certificate):
		return failure.Wrap(certificate.Err, failure.InvalidSecretStore, "trust the vault's certificate authority on the worker (SSL_CERT_FILE), or correct keyVaultSecret",
			"the certificate of the Key Vault %s does not verify", vaultURL)
	case errors.As(err, &network), errors.As(err, &transport), errors.Is(err, context.DeadlineExceeded):
		return failure.Wrap(err, failure.SecretStoreUnavailable, "", "the Key Vault %s does not answer", vaultURL)
	case strings.Contains(err.Error(), "DisableChallengeResourceVerification"):
		return failure.New(failure.InvalidSecretStore, "if it is one (a private cloud's, say), set "+EnvDisableChallengeResourceVerification+"=true for the worker; else correct keyVaultSecret",
			"%s asks for a token that is not for its own domain, as no Key Vault of Azure does", vaultURL)
	}
	return failure.Wrap(err, failure.InvalidSecretStore, action, "%s does not answer as a Key Vault does", vaultURL)
}

// classifyToken returns the error of a token that was not issued, with its
// code. A refused token is the user's to fix; a missing answer may be retried.
func classifyToken(ctx context.Context, err error, refused failure.Code, what string) error {
	if ctx.Err() != nil {
		return fmt.Errorf("get a token: %w", err)
	}
	if text, outside := clock.Validity(err, time.Now()); outside {
		return failure.New(refused, clock.RemedyOfValidity, "%s: the identity endpoint is not trusted at this time: %s", what, text)
	}
	var authentication *azidentity.AuthenticationFailedError
	if errors.As(err, &authentication) {
		status := 0
		if authentication.RawResponse != nil {
			status = authentication.RawResponse.StatusCode
		}
		if off := clock.AgainstAnswer("Azure's identity service", time.Now(), authentication.RawResponse); off != nil {
			return failure.New(off.Code, off.Action, "%s, and %s", what, off.Message)
		}
		if status == 0 || status == http.StatusTooManyRequests || status >= 500 {
			return failure.Wrap(bounded(err), failure.SecretStoreUnavailable, "", "%s: the identity endpoint does not answer", what)
		}
	}
	return failure.Wrap(bounded(err), refused, identityAction, "%s", what)
}

// isIdentityMissing reports whether no credential of the chain was available.
// azidentity does not export the type, only its marker method.
func isIdentityMissing(err error) bool {
	var marked interface {
		error
		NonRetriable()
	}
	return errors.As(err, &marked) && strings.Contains(err.Error(), "Credential")
}

// answer is the content of a Key Vault's error.
type answer struct {
	code, inner, message string
}

func (a answer) String() string {
	return strings.Join(strings.Fields(fmt.Sprintf("%s %s %s", a.code, a.inner, a.message)), " ")
}

func saidBy(response *azcore.ResponseError) answer {
	var body struct {
		Error struct {
			Code, Message string
			InnerError    struct{ Code string }
		}
	}
	// If the body is not JSON, only the code in the header is set.
	if payload, err := runtime.Payload(response.RawResponse); err == nil {
		_ = json.Unmarshal(payload, &body)
	}
	a := answer{code: body.Error.Code, inner: body.Error.InnerError.Code, message: body.Error.Message}
	if a.code == "" {
		a.code = response.ErrorCode
	}
	if a.code == "" {
		a.code = http.StatusText(response.StatusCode)
	}
	const limit = 300
	if len(a.message) > limit {
		a.message = a.message[:limit] + "…"
	}
	return a
}

// vaultName returns the vault's name in Azure's commands.
func vaultName(vaultURL string) string {
	host := strings.TrimPrefix(vaultURL, "https://")
	name, _, _ := strings.Cut(host, ".")
	return name
}

// bounded shortens azidentity's message, which has many lines on each
// credential it tried.
func bounded(err error) error {
	text := strings.Join(strings.Fields(err.Error()), " ")
	const limit = 1500
	if len(text) > limit {
		text = text[:limit] + "…"
	}
	return errors.New(text)
}
