package localenv_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"math/big"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/trust"
)

func keysClient(t *testing.T, vault *localenv.KeyVault) *azkeys.Client {
	t.Helper()
	credential, err := azidentity.NewDefaultAzureCredential(nil)
	require.NoError(t, err)
	client, err := azkeys.NewClient(vault.URL, credential, &azkeys.ClientOptions{DisableChallengeResourceVerification: true})
	require.NoError(t, err)
	return client
}

func ptr[T any](v T) *T { return &v }

// signs returns a sign request of Azure's client.
func signs(ctx context.Context, client *azkeys.Client, name, version string, digest []byte, algorithm azkeys.SignatureAlgorithm) ([]byte, error) {
	got, err := client.Sign(ctx, name, version, azkeys.SignParameters{Algorithm: &algorithm, Value: digest}, nil)
	return got.Result, err
}

func TestKeysByTheRealClient(t *testing.T) {
	t.Parallel()
	vault := localenvtest.Azure(t).KeyVault
	client := keysClient(t, vault)
	digest := sha256.Sum256([]byte(rand.Text()))

	_, err := client.CreateKey(t.Context(), "made", azkeys.CreateKeyParameters{Kty: ptr(azkeys.KeyTypeEC), Curve: ptr(azkeys.CurveNameP256)}, nil)
	requireInner(t, http.StatusForbidden, "ForbiddenByRbac", err)
	require.ErrorContains(t, err, "Action: 'Microsoft.KeyVault/vaults/keys/create/action'")
	vault.PermitKey("made", localenv.KeyCreate, localenv.KeyRead, localenv.KeySign)
	made, err := client.CreateKey(t.Context(), "made", azkeys.CreateKeyParameters{
		Kty: ptr(azkeys.KeyTypeEC), Curve: ptr(azkeys.CurveNameP256), KeyOps: []*azkeys.KeyOperation{ptr(azkeys.KeyOperationSign)},
	}, nil)
	require.NoError(t, err)
	first := made.Key.KID.Version()
	require.Len(t, first, 32)
	second, err := vault.CreateKey("made")
	require.NoError(t, err)

	newest, err := client.GetKey(t.Context(), "made", "", nil)
	require.NoError(t, err)
	require.Equal(t, second.URL, string(*newest.Key.KID))
	public, err := ecdsa.ParseUncompressedPublicKey(second.PublicKey.Curve, append(append([]byte{4}, newest.Key.X...), newest.Key.Y...))
	require.NoError(t, err)
	require.True(t, second.PublicKey.Equal(public))

	var versions []string
	for pager := client.NewListKeyPropertiesVersionsPager("made", nil); pager.More(); {
		page, err := pager.NextPage(t.Context())
		require.NoError(t, err)
		for _, item := range page.Value {
			versions = append(versions, item.KID.Version())
		}
	}
	require.Equal(t, []string{first, newest.Key.KID.Version()}, versions)

	signature, err := signs(t.Context(), client, "made", newest.Key.KID.Version(), digest[:], azkeys.SignatureAlgorithmES256)
	require.NoError(t, err)
	require.Len(t, signature, 64)
	require.True(t, ecdsa.Verify(second.PublicKey, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])))
	require.Equal(t, 1, vault.Signatures(second.ID))
	require.Zero(t, vault.Signatures("made/"+first))

	vault.FailNextKey("made", 1, http.StatusServiceUnavailable, 0)
	_, err = signs(t.Context(), client, "made", first, digest[:], azkeys.SignatureAlgorithmES256)
	require.NoError(t, err, "the SDK rides out one 503")
	vault.PurgeKey("made")
	_, err = signs(t.Context(), client, "made", first, digest[:], azkeys.SignatureAlgorithmES256)
	requireInner(t, http.StatusNotFound, "KeyNotFound", err)
}

func TestSignRefuses(t *testing.T) {
	t.Parallel()
	vault := localenvtest.Azure(t).KeyVault
	client := keysClient(t, vault)
	for name, c := range map[string]struct {
		change    func(*localenv.KeyAttributes)
		rights    []string
		version   string
		digest    int
		algorithm azkeys.SignatureAlgorithm
		status    int
		inner     string
	}{
		"disabled":      {change: func(a *localenv.KeyAttributes) { a.Enabled = false }, status: http.StatusForbidden, inner: "KeyDisabled"},
		"expired":       {change: func(a *localenv.KeyAttributes) { a.Expires = time.Now() }, status: http.StatusForbidden, inner: "KeyExpired"},
		"not-yet-valid": {change: func(a *localenv.KeyAttributes) { a.NotBefore = time.Now().Add(time.Hour) }, status: http.StatusForbidden, inner: "KeyNotYetValid"},
		"verifies-only": {change: func(a *localenv.KeyAttributes) { a.Operations = []string{"verify"} }, status: http.StatusForbidden, inner: "KeyOperationForbidden"},
		"may-read-only": {rights: []string{localenv.KeyRead}, status: http.StatusForbidden, inner: "ForbiddenByRbac"},
		"other-version": {version: "3f2a", status: http.StatusNotFound, inner: "KeyNotFound"},
		"no-version":    {version: "/", status: http.StatusMethodNotAllowed, inner: "MethodNotAllowed"},
		"short-digest":  {digest: 20, status: http.StatusBadRequest, inner: "BadParameter"},
		"P-384":         {algorithm: azkeys.SignatureAlgorithmES384, status: http.StatusBadRequest, inner: "BadParameter"},
		"RSA":           {algorithm: azkeys.SignatureAlgorithmRS256, status: http.StatusBadRequest, inner: "BadParameter"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, err := vault.CreateKey(name)
			require.NoError(t, err)
			version, digest, algorithm := key.ID[len(name)+1:], 32, azkeys.SignatureAlgorithmES256
			if c.version != "" {
				version = c.version
			}
			if c.digest > 0 {
				digest = c.digest
			}
			if c.algorithm != "" {
				algorithm = c.algorithm
			}
			if c.change != nil {
				vault.ChangeKey(key.ID, c.change)
			}
			if c.rights != nil {
				vault.PermitKey(name, c.rights...)
			}
			_, err = signs(t.Context(), client, name, version, make([]byte, digest), algorithm)
			requireInner(t, c.status, c.inner, err)
			require.Zero(t, vault.Signatures(key.ID))
		})
	}
}

func TestAWorkerMayNotReadKeys(t *testing.T) {
	t.Parallel()
	vault := localenvtest.Azure(t).KeyVault
	_, err := vault.CreateKey("unread")
	require.NoError(t, err)
	_, err = keysClient(t, vault).GetKey(t.Context(), "unread", "", nil)
	requireInner(t, http.StatusForbidden, "ForbiddenByRbac", err)
}

func requireInner(t *testing.T, status int, code string, err error) {
	t.Helper()
	var response *azcore.ResponseError
	require.ErrorAs(t, err, &response)
	require.Equal(t, status, response.StatusCode)
	require.ErrorContains(t, err, `"`+code+`"`)
}

// Workers of one vault need the same key, and may have files of their own.
func TestTrustFilesPinTheEnvironmentsKey(t *testing.T) {
	t.Parallel()
	env := localenvtest.Env(t)
	folder := t.TempDir()
	read := func(name string) trust.Signatures {
		file := env.NewTrustFile()
		file.Signatures = true
		path := filepath.Join(folder, name)
		require.NoError(t, file.Write(path))
		loaded, err := trust.Load(path)
		require.NoError(t, err)
		return loaded.Signatures()
	}
	first, second := read("trust.yaml"), read("other.yaml")
	require.True(t, first.Required)
	require.Len(t, first.Manifests, 1)
	require.Len(t, first.Evidence, 1)
	require.Equal(t, first.Evidence[0].ID, second.Evidence[0].ID)
	require.Equal(t, first.Manifests[0].ID, second.Manifests[0].ID)
	key, ok := first.Signing(trust.Manifests, time.Now())
	require.True(t, ok)
	name, version, _ := strings.Cut(key.ID, "/")
	digest := sha256.Sum256(nil)
	signature, err := signs(t.Context(), keysClient(t, env.Azure.KeyVault), name, version, digest[:], azkeys.SignatureAlgorithmES256)
	require.NoError(t, err)
	require.True(t, ecdsa.Verify(key.PublicKey, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])))
}
