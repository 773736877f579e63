package localenv_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestKeyVaultByTheRealCredentialChain(t *testing.T) {
	t.Parallel()
	vault := localenvtest.Azure(t).KeyVault
	vault.SetSecret("rotated", secret.New("old"))
	vault.SetSecret("rotated", secret.New("new"))
	credential, err := azidentity.NewDefaultAzureCredential(nil)
	require.NoError(t, err)
	client, err := azsecrets.NewClient(vault.URL, credential, &azsecrets.ClientOptions{DisableChallengeResourceVerification: true})
	require.NoError(t, err)

	got, err := client.GetSecret(t.Context(), "rotated", "", nil)
	require.NoError(t, err)
	require.Equal(t, "new", *got.Value)
	require.Equal(t, vault.Version("rotated"), got.ID.Version())
	require.Equal(t, 1, vault.Reads("rotated"))

	vault.FailNext("rotated", 1, http.StatusServiceUnavailable, 0)
	_, err = client.GetSecret(t.Context(), "rotated", "", nil)
	require.NoError(t, err, "the SDK rides out one 503")
	require.Equal(t, 2, vault.Reads("rotated"))

	vault.Deny("rotated", true)
	requireStatus(t, http.StatusForbidden, func() error { _, err := client.GetSecret(t.Context(), "rotated", "", nil); return err })
	vault.Deny("rotated", false)
	vault.DisableSecret("rotated", true)
	requireStatus(t, http.StatusForbidden, func() error { _, err := client.GetSecret(t.Context(), "rotated", "", nil); return err })
	requireStatus(t, http.StatusNotFound, func() error { _, err := client.GetSecret(t.Context(), "missing", "", nil); return err })
}

func TestKeyVaultChecksTokens(t *testing.T) {
	t.Parallel()
	azure := localenvtest.Azure(t)
	url := azure.KeyVault.SetSecret("guarded", secret.New("x"))
	for name, token := range map[string]string{
		"none":                 "",
		"expired":              azure.Identity.Token("https://vault.azure.net", -time.Second),
		"for storage":          azure.Identity.Token("https://storage.azure.com", time.Hour),
		"signed by a stranger": "e30.e30.e30",
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := localenvtest.CA(t).Client().Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusUnauthorized, response.StatusCode, name)
		require.Contains(t, response.Header.Get("WWW-Authenticate"), `resource="https://vault.azure.net"`)
	}
}

func TestAzuriteByTheRealCredentialChain(t *testing.T) {
	t.Parallel()
	credential, err := azidentity.NewDefaultAzureCredential(nil)
	require.NoError(t, err)
	roundTrip(t, localenvtest.Container(t), credential)
}

func roundTrip(t *testing.T, containerURL string, credential azcore.TokenCredential) {
	t.Helper()
	client, err := blockblob.NewClient(containerURL+"/hello.txt", credential, nil)
	require.NoError(t, err)
	_, err = client.UploadBuffer(t.Context(), []byte("hello"), nil)
	require.NoError(t, err)
	requireHello(t, containerURL, credential)
}

func requireHello(t *testing.T, containerURL string, credential azcore.TokenCredential) {
	t.Helper()
	client, err := blob.NewClient(containerURL+"/hello.txt", credential, nil)
	require.NoError(t, err)
	into := make([]byte, 5)
	_, err = client.DownloadBuffer(t.Context(), into, nil)
	require.NoError(t, err)
	require.Equal(t, "hello", string(into))
}

func TestAzuriteHaltAndStartKeepsBlobs(t *testing.T) {
	t.Parallel()
	a, err := localenv.StartAzurite(t.Context(), localenv.AzuriteOptions{CA: localenvtest.CA(t)})
	require.NoError(t, err)
	t.Cleanup(a.Stop)
	url, err := a.CreateContainer(t.Context(), "kept")
	require.NoError(t, err)
	roundTrip(t, url, a.Credential())
	a.Halt()
	require.NoError(t, a.Start(t.Context()))
	requireHello(t, url, a.Credential())
}

func requireStatus(t *testing.T, want int, call func() error) {
	t.Helper()
	var response *azcore.ResponseError
	require.ErrorAs(t, call(), &response)
	require.Equal(t, want, response.StatusCode)
}

func TestIdentityCountsTokensByAudience(t *testing.T) {
	t.Parallel()
	identity := localenvtest.Azure(t).Identity
	credential, err := azidentity.NewDefaultAzureCredential(nil)
	require.NoError(t, err)
	const audience = "https://ossrdbms-aad.database.windows.net"
	token, err := credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{audience + "/.default"}})
	require.NoError(t, err)
	require.Len(t, strings.Split(token.Token, "."), 3)
	require.Equal(t, 1, identity.Issued(audience))
}
