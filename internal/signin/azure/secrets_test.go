package azure_test

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/signin/whose"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

const canary = "c4n4ry-of-the-azure-test"

func newSecrets(t *testing.T) *azure.Secrets {
	t.Helper()
	cred, err := azure.Credential()
	require.NoError(t, err)
	return azure.NewSecrets(cred, azure.Options{DisableChallengeResourceVerification: true, RetryDelay: time.Millisecond})
}

func TestNewestReadsTheNewestVersionEachTime(t *testing.T) {
	t.Parallel()
	vault := localenvtest.Azure(t).KeyVault
	secrets := newSecrets(t)
	for _, value := range []string{canary + "-1", canary + "-2"} {
		url := vault.SetSecret("rotated", secret.New(value))
		got, err := secrets.Newest(t.Context(), url)
		require.NoError(t, err)
		require.Equal(t, value, got.Value.Reveal())
		require.Equal(t, vault.Version("rotated"), got.Version)
		require.Equal(t, url, got.URL)
	}
}

func TestNewestErrors(t *testing.T) {
	t.Parallel()
	vault := localenvtest.Azure(t).KeyVault
	for name, c := range map[string]struct {
		prepare func(name string)
		code    failure.Code
		says    string
		action  string
	}{
		"missing":  {prepare: func(string) {}, code: failure.InvalidSecret, says: "does not exist", action: "az keyvault secret set"},
		"disabled": {prepare: func(n string) { vault.DisableSecret(n, true) }, code: failure.InvalidSecret, says: "SecretDisabled", action: "--enabled true"},
		"denied":   {prepare: func(n string) { vault.Deny(n, true) }, code: failure.MissingPermissionsOnSecretStore, says: "not authorized", action: "Key Vault Secrets User"},
		"busy":     {prepare: func(n string) { vault.FailNext(n, 100, http.StatusTooManyRequests, 0) }, code: failure.SecretStoreUnavailable, says: "429"},
		"down":     {prepare: func(n string) { vault.FailNext(n, 100, http.StatusServiceUnavailable, 0) }, code: failure.SecretStoreUnavailable, says: "503"},
		"long-ago": {prepare: func(n string) { vault.FailNext(n, 1, http.StatusTooManyRequests, time.Hour) }, code: failure.SecretStoreUnavailable, says: "429"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name != "missing" {
				vault.SetSecret(name, secret.New(canary))
			}
			c.prepare(name)
			_, err := newSecrets(t).Newest(t.Context(), vault.SecretURL(name))
			require.Equal(t, c.code, failure.CodeOf(err), "%v", err)
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, c.action)
			require.ErrorContains(t, err, vault.URL)
			require.NotContains(t, err.Error(), canary)
		})
	}
}

func TestNewestRidesOutAShortFault(t *testing.T) {
	t.Parallel()
	vault := localenvtest.Azure(t).KeyVault
	url := vault.SetSecret("shaky", secret.New(canary))
	vault.FailNext("shaky", 1, http.StatusServiceUnavailable, 0)
	_, err := newSecrets(t).Newest(t.Context(), url)
	require.NoError(t, err)
}

func TestNewestOfNoKeyVault(t *testing.T) {
	t.Parallel()
	localenvtest.Azure(t)
	site := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(site.Close)
	for url, code := range map[string]failure.Code{
		"https://no-such-vault.invalid/secrets/x":     failure.InvalidSecretStore,
		"https://127.0.0.1:1/secrets/x":               failure.SecretStoreUnavailable,
		site.URL + "/secrets/x":                       failure.InvalidSecretStore, // its certificate is nobody's
		"https://v.vault.azure.net/secrets/x/version": failure.InvalidSecret,
		"Server=db;Password=" + canary:                failure.InvalidSecret,
	} {
		_, err := newSecrets(t).Newest(t.Context(), url)
		require.Equal(t, code, failure.CodeOf(err), "%s: %v", url, err)
		require.NotContains(t, err.Error(), canary)
	}
}

func TestNewestWithAWrongClock(t *testing.T) {
	t.Parallel()
	proxy, err := localenv.StartProxy(localenvtest.Azure(t).KeyVault.URL, localenvtest.CA(t))
	require.NoError(t, err)
	t.Cleanup(proxy.Stop)
	proxy.Answer(-1, nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().AddDate(0, 0, 3).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusForbidden)
	})
	_, err = newSecrets(t).Newest(t.Context(), proxy.URL+"/secrets/x")
	require.Equal(t, failure.ClockSkew, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "this machine's is 3 days behind")
	require.ErrorContains(t, err, proxy.URL)
}

func TestNewestOfACertificateOutsideItsTime(t *testing.T) {
	t.Parallel()
	expired, err := localenvtest.CA(t).Expired()
	require.NoError(t, err)
	pair, err := tls.LoadX509KeyPair(expired.CertFile, expired.KeyFile)
	require.NoError(t, err)
	site := httptest.NewUnstartedServer(http.NotFoundHandler())
	site.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	site.StartTLS()
	t.Cleanup(site.Close)
	_, err = newSecrets(t).Newest(t.Context(), site.URL+"/secrets/x")
	require.Equal(t, failure.InvalidSecretStore, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "is valid from ")
	require.ErrorContains(t, err, "this machine's clock says "+time.Now().UTC().Format(time.DateOnly))
	require.ErrorContains(t, err, "NTP")
}

func TestNewestKeepsToAzuresDomainsUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	url := localenvtest.Azure(t).KeyVault.SetSecret("elsewhere", secret.New(canary))
	cred, err := azure.Credential()
	require.NoError(t, err)
	_, err = azure.NewSecrets(cred, azure.Options{}).Newest(t.Context(), url)
	require.Equal(t, failure.InvalidSecretStore, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, azure.EnvDisableChallengeResourceVerification+"=true")
}

func TestNewestGivesWayToCancellation(t *testing.T) {
	t.Parallel()
	url := localenvtest.Azure(t).KeyVault.SetSecret("cancelled", secret.New(canary))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newSecrets(t).Newest(ctx, url)
	require.ErrorIs(t, err, context.Canceled)
}

// tokenless is a credential that gives an error.
type tokenless struct{ err error }

func (c tokenless) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{}, c.err
}

func TestNoIdentity(t *testing.T) {
	t.Parallel()
	url := localenvtest.Azure(t).KeyVault.SetSecret("nobody", secret.New(canary))
	missing := tokenless{azidentity.NewCredentialUnavailableError("DefaultAzureCredential: failed to acquire a token")}
	refused := tokenless{&azidentity.AuthenticationFailedError{RawResponse: &http.Response{StatusCode: http.StatusBadRequest, Body: http.NoBody}}}
	down := tokenless{&azidentity.AuthenticationFailedError{RawResponse: &http.Response{StatusCode: http.StatusServiceUnavailable, Body: http.NoBody}}}
	for _, c := range []struct {
		cred            tokenless
		vault, postgres failure.Code
		says            map[whose.SignIn][]string
	}{
		{missing, failure.MissingPermissionsOnSecretStore, failure.BackupUserAuthFailed, map[whose.SignIn][]string{
			whose.Worker: {"there is no Azure identity to sign in with", "give the worker an identity"},
			whose.Person: {"you are not signed in to Azure, and this command uses your own sign-in, not a worker's", "sign in: az login"},
		}},
		{refused, failure.MissingPermissionsOnSecretStore, failure.BackupUserAuthFailed, map[whose.SignIn][]string{
			whose.Worker: {"Azure does not accept the worker's identity", "check the worker's identity"},
			whose.Person: {"Azure does not accept your own sign-in to Azure", "sign in again: az login"},
		}},
		{down, failure.SecretStoreUnavailable, failure.SecretStoreUnavailable, map[whose.SignIn][]string{whose.Worker: nil, whose.Person: nil}},
	} {
		for by, says := range c.says {
			options := azure.Options{DisableChallengeResourceVerification: true, By: by}
			_, ofVault := azure.NewSecrets(c.cred, options).Newest(t.Context(), url)
			require.Equal(t, c.vault, failure.CodeOf(ofVault), "%v", ofVault)
			_, ofPostgres := azure.PostgresToken(t.Context(), c.cred, by)
			require.Equal(t, c.postgres, failure.CodeOf(ofPostgres), "%v", ofPostgres)
			for _, text := range says {
				require.ErrorContains(t, ofVault, text)
				require.ErrorContains(t, ofPostgres, text)
			}
			require.Equal(t, by == whose.Person && says != nil, strings.Contains(ofVault.Error()+ofPostgres.Error(), "az login"))
		}
	}
}

// A worker gets a role, and a person a role or another sign-in.
func TestWhoMayNotReadASecret(t *testing.T) {
	t.Parallel()
	proxy, err := localenv.StartProxy(localenvtest.Azure(t).KeyVault.URL, localenvtest.CA(t))
	require.NoError(t, err)
	t.Cleanup(proxy.Stop)
	proxy.Answer(-1, nil, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	cred, err := azure.Credential()
	require.NoError(t, err)
	for by, says := range map[whose.SignIn][]string{
		whose.Worker: {"the worker's identity may not read the secret", "--assignee WORKER-IDENTITY"},
		whose.Person: {"your own sign-in to Azure may not read the secret", `--assignee "$(az ad signed-in-user show `, "or sign in as somebody who may: az login"},
	} {
		_, err := azure.NewSecrets(cred, azure.Options{DisableChallengeResourceVerification: true, By: by}).Newest(t.Context(), proxy.URL+"/secrets/x")
		require.Equal(t, failure.MissingPermissionsOnSecretStore, failure.CodeOf(err), "%v", err)
		for _, text := range says {
			require.ErrorContains(t, err, text)
		}
		require.Equal(t, by == whose.Person, strings.Contains(err.Error(), "az login"))
	}
}

func TestPostgresToken(t *testing.T) {
	t.Parallel()
	localenvtest.Azure(t)
	cred, err := azure.Credential()
	require.NoError(t, err)
	token, err := azure.PostgresToken(t.Context(), cred, whose.Worker)
	require.NoError(t, err)
	require.False(t, token.IsZero())
}

func TestOptionsFromEnv(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{"": false, "false": false, "true": true, "1": true} {
		o, err := azure.OptionsFromEnv(func(string) string { return value })
		require.NoError(t, err)
		require.Equal(t, want, o.DisableChallengeResourceVerification)
	}
	_, err := azure.OptionsFromEnv(func(string) string { return "yes please" })
	require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err))
}
