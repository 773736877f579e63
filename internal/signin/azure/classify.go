package azure

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/clock"
	"github.com/pgvault/pgvault/internal/signin/whose"
)

// troubleshoot is Microsoft's page on the credentials that are tried.
const troubleshoot = "; details: https://aka.ms/azsdk/go/identity/troubleshoot"

// object is a secret or a key, which a request to a Key Vault is about.
type object interface {
	// doing says what is done with it, with its URL.
	doing() string
	// vaultURL is the URL of its Key Vault, and setting what names that.
	vaultURL() string
	setting() string
	// by is whose request it is.
	by() whose.SignIn
	// explains reports whether an answer is about the object's own state.
	explains(status int, said answer) bool
	missing() *failure.Error
	unusable(said answer) *failure.Error
	denied(said answer) *failure.Error
}

// classify returns an error of the Key Vault with its code. It returns context
// errors unchanged, since the caller knows why it gave up.
func classify(ctx context.Context, err error, o object) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", o.doing(), err)
	}
	var response *azcore.ResponseError
	var authentication *azidentity.AuthenticationFailedError
	switch {
	case errors.As(err, &response):
		return classifyResponse(response, o)
	case errors.As(err, &authentication) || isIdentityMissing(err):
		return classifyToken(ctx, err, o.by(), failure.MissingPermissionsOnSecretStore, "no Microsoft Entra token for the Key Vault "+o.vaultURL())
	}
	return classifyTransport(err, o)
}

func classifyResponse(response *azcore.ResponseError, o object) error {
	vaultURL := o.vaultURL()
	said := saidBy(response)
	denied := response.StatusCode == http.StatusForbidden || response.StatusCode == http.StatusUnauthorized
	off := clock.AgainstAnswer("the Key Vault", time.Now(), response.RawResponse)
	switch {
	case response.StatusCode == http.StatusNotFound:
		return o.missing()
	case o.explains(response.StatusCode, said):
		return o.unusable(said)
	case response.StatusCode == http.StatusForbidden && strings.HasPrefix(said.inner, "ForbiddenBy") && said.inner != "ForbiddenByRbac" && said.inner != "ForbiddenByPolicy":
		return failure.New(failure.MissingPermissionsOnSecretStore, fmt.Sprintf("let the network of %s in: az keyvault network-rule add --name %s --subnet SUBNET-ID, or a private endpoint", o.by().Machine(), vaultName(vaultURL)),
			"the firewall of the Key Vault %s keeps %s out: %s", vaultURL, o.by().Machine(), said)
	case denied && off != nil:
		return failure.New(off.Code, off.Action, "the Key Vault %s refuses %s, and %s", vaultURL, o.by(), off.Message)
	case denied:
		return o.denied(said)
	case response.StatusCode == http.StatusTooManyRequests || response.StatusCode == http.StatusRequestTimeout || response.StatusCode >= 500:
		return failure.New(failure.SecretStoreUnavailable, "", "the Key Vault %s answers %d: %s", vaultURL, response.StatusCode, said)
	}
	return failure.New(failure.InvalidSecretStore, "correct the Key Vault's name in "+o.setting(), "%s does not answer as a Key Vault does: status %d, %s", vaultURL, response.StatusCode, said)
}

// classifyTransport returns the error of a request without an answer, with its
// code.
func classifyTransport(err error, o object) error {
	vaultURL := o.vaultURL()
	action := "correct the Key Vault's name in " + o.setting() + ", or open the way to it from " + o.by().Machine()
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
		return failure.Wrap(certificate.Err, failure.InvalidSecretStore, "trust the vault's certificate authority on "+o.by().Machine()+" (SSL_CERT_FILE), or correct "+o.setting(),
			"the certificate of the Key Vault %s does not verify", vaultURL)
	case errors.As(err, &network), errors.As(err, &transport), errors.Is(err, context.DeadlineExceeded):
		return failure.Wrap(err, failure.SecretStoreUnavailable, "", "the Key Vault %s does not answer", vaultURL)
	case strings.Contains(err.Error(), "DisableChallengeResourceVerification"):
		return failure.New(failure.InvalidSecretStore, "if it is one (a private cloud's, say), set "+EnvDisableChallengeResourceVerification+"=true for "+o.by().Machine()+"; else correct "+o.setting(),
			"%s asks for a token that is not for its own domain, as no Key Vault of Azure does", vaultURL)
	}
	return failure.Wrap(err, failure.InvalidSecretStore, action, "%s does not answer as a Key Vault does", vaultURL)
}

// classifyToken returns the error of a token that was not issued, with its
// code. A refused token is the user's to fix; a missing answer may be retried.
func classifyToken(ctx context.Context, err error, by whose.SignIn, refused failure.Code, what string) error {
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
	if isIdentityMissing(err) {
		return failure.Wrap(bounded(err), refused, by.Get()+troubleshoot, "%s: %s", what, by.None())
	}
	return failure.Wrap(bounded(err), refused, by.Renew()+troubleshoot, "%s: Azure does not accept %s", what, by)
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
