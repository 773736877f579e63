package azure_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func newKeys(t *testing.T, url string) *azure.Keys {
	t.Helper()
	cred, err := azure.Credential()
	require.NoError(t, err)
	keys, err := azure.NewKeys(url, "--key", cred, azure.Options{DisableChallengeResourceVerification: true, RetryDelay: time.Millisecond})
	require.NoError(t, err)
	return keys
}

func TestPublicKey(t *testing.T) {
	t.Parallel()
	vault := localenvtest.Azure(t).KeyVault
	first, err := vault.CreateKey("public")
	require.NoError(t, err)
	second, err := vault.CreateKey("public")
	require.NoError(t, err)
	vault.PermitKey("public", localenv.KeyRead)
	keys := newKeys(t, vault.URL)
	for version, want := range map[string]localenv.Key{"": second, strings.TrimPrefix(first.ID, "public/"): first} {
		got, err := keys.PublicKey(t.Context(), "public", version)
		require.NoError(t, err)
		require.True(t, want.PublicKey.Equal(got.PublicKey))
		require.Equal(t, want.ID, "public/"+got.Version)
	}
}

func TestPublicKeyErrors(t *testing.T) {
	t.Parallel()
	vault := localenvtest.Azure(t).KeyVault
	_, err := vault.CreateKey("closed")
	require.NoError(t, err)
	keys := newKeys(t, vault.URL)
	_, err = keys.PublicKey(t.Context(), "closed", "")
	require.Equal(t, failure.MissingPermissionsOnSecretStore, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, vault.URL+"/keys/closed")
	require.ErrorContains(t, err, "Key Vault Reader")
	vault.PermitKey("closed", localenv.KeyRead)
	_, err = keys.PublicKey(t.Context(), "closed", "3f2a")
	require.Equal(t, failure.SigningKeyUnusable, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "az keyvault key create")
	second, err := vault.CreateKey("closed")
	require.NoError(t, err)
	vault.ChangeKey(second.ID, func(a *localenv.KeyAttributes) { a.Operations = []string{"verify"} })
	_, err = keys.PublicKey(t.Context(), "closed", "")
	require.Equal(t, failure.SigningKeyUnusable, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "sign is not among its operations")
	vault.FailNextKey("closed", 100, http.StatusServiceUnavailable, 0)
	_, err = keys.PublicKey(t.Context(), "closed", "")
	require.Equal(t, failure.SecretStoreUnavailable, failure.CodeOf(err), "%v", err)
	_, err = newKeys(t, "https://no-such-vault.invalid").PublicKey(t.Context(), "closed", "")
	require.Equal(t, failure.InvalidSecretStore, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "--key")
}

// The stand-in has keys on P-256 only. A proxy answers for a Key Vault with
// others.
func TestKeysThatAreNotOnP256(t *testing.T) {
	t.Parallel()
	vault := localenvtest.Azure(t).KeyVault
	proxy, err := localenv.StartProxy(vault.URL, localenvtest.CA(t))
	require.NoError(t, err)
	t.Cleanup(proxy.Stop)
	keys := newKeys(t, proxy.URL)
	answer := func(status int, body string) {
		proxy.Answer(-1, func(r *http.Request) bool { return r.Header.Get("Authorization") != "" }, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		})
	}
	point := strings.Repeat("A", 43)
	for _, key := range []string{
		`{"kid":"https://v/keys/n/1","kty":"RSA","n":"AQAB","e":"AQAB"}`,
		`{"kid":"https://v/keys/n/1","kty":"EC","crv":"P-384","x":"` + point + `","y":"` + point + `"}`,
		`{"kid":"https://v/keys/n/1","kty":"EC","crv":"P-256","x":"` + point + `AAAA","y":"` + point + `"}`,
		`{"kid":"https://v/keys/n/1","kty":"EC","crv":"P-256","key_ops":["sign"],"x":"` + point + `","y":"` + point + `"}`,
	} {
		answer(http.StatusOK, `{"key":`+key+`}`)
		_, err := keys.PublicKey(t.Context(), "n", "")
		require.Equal(t, failure.SigningKeyUnusable, failure.CodeOf(err), "%s: %v", key, err)
		require.ErrorContains(t, err, "P-256")
	}
	answer(http.StatusBadRequest, `{"error":{"code":"BadParameter","message":"Key and signing algorithm are incompatible."}}`)
	_, err = keys.Sign(t.Context(), "n", "1", sha256.Sum256(nil))
	require.Equal(t, failure.SigningKeyUnusable, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "incompatible")
	answer(http.StatusOK, `{"kid":"https://v/keys/n/1","value":"AAAA"}`)
	_, err = keys.Sign(t.Context(), "n", "1", sha256.Sum256(nil))
	require.Equal(t, failure.SigningKeyUnusable, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "3 bytes")
}
