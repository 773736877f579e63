package keyvault_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/keyvault"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

// pinned is a key with the lines that are written beside its ID.
type pinned struct {
	localenv.Key
	lines string
}

// trusting returns a trust file that pins keys.
func trusting(t *testing.T, required bool, keys ...pinned) trust.File {
	t.Helper()
	folder := t.TempDir()
	var text strings.Builder
	fmt.Fprintf(&text, "signatures:\n  required: %t\n  manifests:\n", required)
	for i, key := range keys {
		public, err := key.PEM()
		require.NoError(t, err)
		name := fmt.Sprintf("key%d.pem", i)
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), public, 0o444))
		fmt.Fprintf(&text, "    - {id: %s, publicKey: %s, %s}\n", key.ID, name, key.lines)
	}
	path := filepath.Join(folder, "trust.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o444))
	file, err := trust.Read(path)
	require.NoError(t, err)
	return file
}

func keysOf(t *testing.T, url string) *azure.Keys {
	t.Helper()
	credential, err := azure.Credential()
	require.NoError(t, err)
	keys, err := azure.NewKeys(url, "PGVAULT_SIGNING_KEY_VAULT", credential, azure.Options{DisableChallengeResourceVerification: true, RetryDelay: time.Millisecond})
	require.NoError(t, err)
	return keys
}

func create(t *testing.T, name string) localenv.Key {
	t.Helper()
	key, err := localenvtest.Azure(t).KeyVault.CreateKey(name)
	require.NoError(t, err)
	return key
}

// now is the time of the tests. The Key Vault knows the real time.
var now = time.Date(2026, 12, 24, 2, 0, 0, 0, time.UTC)

func at(when time.Time) func() time.Time { return func() time.Time { return when } }

func TestSignWithTheKeyVault(t *testing.T) {
	t.Parallel()
	vault := localenvtest.Azure(t).KeyVault
	first, second := create(t, "signs"), create(t, "signs")
	file := trusting(t, true, pinned{first, "from: 2026-12-01"}, pinned{second, "from: 2026-12-24"})
	keys := keysOf(t, vault.URL)
	midnight := now.Truncate(24 * time.Hour)
	for when, want := range map[time.Time]localenv.Key{
		midnight.Add(-time.Second): first, midnight.Add(time.Minute): first, midnight.Add(6 * time.Minute): second,
	} {
		signer := keyvault.New(keys, file, trust.Manifests, at(when))
		sealed, err := statement.Seal(t.Context(), signer, statement.TypeDump, []byte("{}"))
		require.NoError(t, err)
		envelope, err := statement.Decode(sealed, statement.TypeDump)
		require.NoError(t, err)
		id, err := envelope.Verify(file.Signatures().Manifests, when)
		require.NoError(t, err)
		require.Equal(t, want.ID, id, "at %v", when)
		_, err = envelope.Verify(file.Signatures().Manifests, when.Add(-3*time.Minute))
		require.NoError(t, err, "the storage's clock may be behind")
	}
	require.Equal(t, 2, vault.Signatures(first.ID))
	require.Equal(t, 1, vault.Signatures(second.ID))
}

// A key whose validity begins where the other one's ends signs at once.
func TestAKeySignsAtOnceIfNoOtherIsValid(t *testing.T) {
	t.Parallel()
	first, second := create(t, "adjoins"), create(t, "adjoins")
	file := trusting(t, true, pinned{first, "from: 2026-12-01, until: 2026-12-24"}, pinned{second, "from: 2026-12-24"})
	signature, err := keyvault.New(keysOf(t, localenvtest.Azure(t).KeyVault.URL), file, trust.Manifests, at(now.Truncate(24*time.Hour))).Sign(t.Context(), sha256.Sum256(nil))
	require.NoError(t, err)
	require.Equal(t, second.ID, signature.KeyID)
}

// In DER, unlike in a Key Vault's answer, R and S have no leading zeros. One in
// 512 signatures has a number that is so short that the length shows it.
func TestShortNumbersAreInDER(t *testing.T) {
	t.Parallel()
	key := create(t, "many")
	signer := keyvault.New(keysOf(t, localenvtest.Azure(t).KeyVault.URL), trusting(t, true, pinned{key, "from: 2026-12-01"}), trust.Manifests, at(now))
	for i, short := 0, false; !short; i++ {
		digest := sha256.Sum256(fmt.Append(nil, i))
		signature, err := signer.Sign(t.Context(), digest)
		require.NoError(t, err)
		require.True(t, ecdsa.VerifyASN1(key.PublicKey, digest[:], signature.Sig))
		short = len(signature.Sig) < 70
	}
}

// A key of manifests signs no evidence, and the other way round: the identity that
// makes backups must not be able to write evidence about them.
func TestEachPurposeHasKeysOfItsOwn(t *testing.T) {
	t.Parallel()
	vault := localenvtest.Azure(t).KeyVault
	file := trusting(t, true, pinned{create(t, "purposeful"), "from: 2026-12-01"})
	signature, err := keyvault.New(keysOf(t, vault.URL), file, trust.Evidence, at(now)).Sign(t.Context(), sha256.Sum256(nil))
	requireFailure(t, err, failure.SigningKeyUnusable, "none of its keys for evidence is valid")
	require.Empty(t, signature)

	key := create(t, "of-evidence")
	public, err := key.PEM()
	require.NoError(t, err)
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "key.pem"), public, 0o444))
	path := filepath.Join(folder, "trust.yaml")
	require.NoError(t, os.WriteFile(path, []byte("signatures: {evidence: [{id: "+key.ID+", publicKey: key.pem, from: 2026-12-01}]}\n"), 0o444))
	file, err = trust.Read(path)
	require.NoError(t, err)
	for purpose, id := range map[trust.Purpose]string{trust.Evidence: key.ID, trust.Manifests: ""} {
		signature, err := keyvault.New(keysOf(t, vault.URL), file, purpose, at(now)).Sign(t.Context(), sha256.Sum256(nil))
		require.NoError(t, err)
		require.Equal(t, id, signature.KeyID, purpose)
	}
}

func TestNothingIsSignedBeforeTheFirstKeyIsValid(t *testing.T) {
	t.Parallel()
	later := trusting(t, false, pinned{create(t, "later"), "from: 2026-12-25"})
	signature, err := keyvault.New(keysOf(t, localenvtest.Azure(t).KeyVault.URL), later, trust.Manifests, at(now)).Sign(t.Context(), sha256.Sum256(nil))
	require.NoError(t, err)
	require.Empty(t, signature)
}

func TestSignErrors(t *testing.T) {
	t.Parallel()
	vault := localenvtest.Azure(t).KeyVault
	for name, c := range map[string]struct {
		prepare      func(key localenv.Key)
		code         failure.Code
		says, action string
	}{
		"denied":   {func(localenv.Key) { vault.PermitKey("denied", localenv.KeyRead) }, failure.MissingPermissionsOnSecretStore, "may not sign with the key", "Microsoft.KeyVault/vaults/keys/sign/action"},
		"purged":   {func(localenv.Key) { vault.PurgeKey("purged") }, failure.SigningKeyUnusable, "does not exist", "az keyvault key recover"},
		"disabled": {func(k localenv.Key) { vault.ChangeKey(k.ID, func(a *localenv.KeyAttributes) { a.Enabled = false }) }, failure.SigningKeyUnusable, "KeyDisabled", "--enabled true"},
		"expired": {func(k localenv.Key) {
			vault.ChangeKey(k.ID, func(a *localenv.KeyAttributes) { a.Expires = time.Now() })
		}, failure.SigningKeyUnusable, "expired key", "az keyvault key rotate"},
		"verifies": {func(k localenv.Key) { vault.ChangeKey(k.ID, func(a *localenv.KeyAttributes) { a.Operations = nil }) }, failure.SigningKeyUnusable, "KeyOperationForbidden", "--ops sign"},
		"busy":     {func(localenv.Key) { vault.FailNextKey("busy", 100, http.StatusTooManyRequests, 0) }, failure.SecretStoreUnavailable, "429", ""},
		"down":     {func(localenv.Key) { vault.FailNextKey("down", 100, http.StatusServiceUnavailable, 0) }, failure.SecretStoreUnavailable, "503", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := create(t, name)
			c.prepare(key)
			signature, err := keyvault.New(keysOf(t, vault.URL), trusting(t, true, pinned{key, "from: 2026-12-01"}), trust.Manifests, at(now)).Sign(t.Context(), sha256.Sum256(nil))
			requireFailure(t, err, c.code, c.says, c.action, vault.URL)
			require.Empty(t, signature)
			require.Zero(t, vault.Signatures(key.ID))
		})
	}
}

func TestSignOfNoKeyVault(t *testing.T) {
	t.Parallel()
	file := trusting(t, true, pinned{create(t, "elsewhere"), "from: 2026-12-01"})
	for url, code := range map[string]failure.Code{
		"https://no-such-vault.invalid": failure.InvalidSecretStore,
		"https://127.0.0.1:1":           failure.SecretStoreUnavailable,
	} {
		_, err := keyvault.New(keysOf(t, url), file, trust.Manifests, at(now)).Sign(t.Context(), sha256.Sum256(nil))
		requireFailure(t, err, code, url)
		if !code.Retryable() {
			require.ErrorContains(t, err, "PGVAULT_SIGNING_KEY_VAULT")
		}
	}
}

// A signature by another key than the pinned one would make a point that no
// restore accepts.
func TestSignatureByAnotherKeyThanThePinnedOne(t *testing.T) {
	t.Parallel()
	key := create(t, "swapped")
	key.PublicKey = create(t, "swapped").PublicKey
	file := trusting(t, false, pinned{key, "from: 2026-12-01"})
	signature, err := keyvault.New(keysOf(t, localenvtest.Azure(t).KeyVault.URL), file, trust.Manifests, at(now)).Sign(t.Context(), sha256.Sum256(nil))
	requireFailure(t, err, failure.SigningKeyUnusable, key.ID, "key0.pem", file.Name(), "pgvault trust keys")
	require.Empty(t, signature)
}

func TestNoKeyIsValid(t *testing.T) {
	t.Parallel()
	file := trusting(t, true, pinned{create(t, "ended"), "from: 2026-12-01, until: 2026-12-24"})
	_, err := keyvault.New(keysOf(t, localenvtest.Azure(t).KeyVault.URL), file, trust.Manifests, at(now)).Sign(t.Context(), sha256.Sum256(nil))
	requireFailure(t, err, failure.SigningKeyUnusable, file.Name(), "2026-12-24T02:00:00Z", "pgvault trust keys")
}

func TestSignGivesWayToCancellation(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	signer := keyvault.New(keysOf(t, localenvtest.Azure(t).KeyVault.URL), trusting(t, true, pinned{create(t, "cancelled"), "from: 2026-12-01"}), trust.Manifests, at(now))
	_, err := signer.Sign(ctx, sha256.Sum256(nil))
	require.ErrorIs(t, err, context.Canceled)
}

func requireFailure(t *testing.T, err error, code failure.Code, says ...string) {
	t.Helper()
	require.Equal(t, code, failure.CodeOf(err), "%v", err)
	for _, text := range says {
		require.ErrorContains(t, err, text)
	}
}
