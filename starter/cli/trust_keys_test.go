package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/trust"
)

// readable creates a version of a key that its identity may read.
func readable(t *testing.T, name string) localenv.Key {
	t.Helper()
	vault := localenvtest.Azure(t).KeyVault
	key, err := vault.CreateKey(name)
	require.NoError(t, err)
	vault.PermitKey(name, localenv.KeyRead)
	return key
}

// trustKeys runs `pgvault trust keys` for a file.
func trustKeys(t *testing.T, status int, file string, args ...string) *command {
	t.Helper()
	c := &command{env: map[string]string{azure.EnvDisableChallengeResourceVerification: "true"}}
	require.Equal(t, status, c.run(t.Context(), append([]string{"trust", "keys", "-f", file}, args...)...), "%s\n%s", c.out.String(), c.errs.String())
	return c
}

func writeTrustFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trust.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o640))
	return path
}

// days returns the day before and after a test, n days later. They differ around
// midnight.
func days(n int) func() []time.Time {
	day := func() time.Time { return time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, n) }
	before := day()
	return func() []time.Time { return []time.Time{before, day()} }
}

func TestTrustKeysForARotation(t *testing.T) {
	t.Parallel()
	vault := localenvtest.Azure(t).KeyVault
	const start = "notify: [hooks.example.com]   # ours\n"
	file := writeTrustFile(t, start)
	today, tomorrow := days(0), days(1)

	first := readable(t, "rotating")
	did := trustKeys(t, 0, file, "--key", vault.KeyURL("rotating"))
	require.Contains(t, did.out.String(), "added the key "+first.ID+" for manifests")
	require.Contains(t, did.errs.String(), "Signatures are not required.")
	second := readable(t, "rotating")
	trustKeys(t, 0, file, "--key", vault.KeyURL("rotating"))
	again := trustKeys(t, 0, file, "--key", first.URL, "--from", "2027-01-01")
	require.Contains(t, again.errs.String(), "Nothing was changed.")

	written, err := trust.Read(file)
	require.NoError(t, err)
	require.Contains(t, did.errs.String()+did.out.String(), "SHA-256")
	s := written.Signatures()
	require.False(t, s.Required)
	require.Len(t, s.Manifests, 2)
	for i, want := range []struct {
		key  localenv.Key
		days []time.Time
	}{{first, today()}, {second, tomorrow()}} {
		require.Equal(t, want.key.ID, s.Manifests[i].ID)
		require.True(t, want.key.PublicKey.Equal(s.Manifests[i].PublicKey))
		require.Contains(t, want.days, s.Manifests[i].From)
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), start))
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.EqualValues(t, 0o640, info.Mode().Perm())
	folder, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	require.Len(t, folder, 3, "the file and two public keys, and nothing temporary")

	listing := trustKeys(t, 0, file).out.String()
	require.Regexp(t, `(?m)^`+first.ID+` +manifests +[0-9-]{10} +- +- +signs +rotating-[0-9a-f]{8}\.pem$`, listing)
	require.Regexp(t, `(?m)^`+second.ID+` +manifests +[0-9-]{10} +- +- +not yet valid +rotating-`, listing)
}

func TestTrustKeysOfAVersionForEvidence(t *testing.T) {
	t.Parallel()
	key := readable(t, "drills")
	readable(t, "drills")
	file := writeTrustFile(t, "signatures: {required: false}\n")
	trustKeys(t, 0, file, "--key", key.URL, "--evidence", "--from", "2026-12-01")
	written, err := trust.Read(file)
	require.NoError(t, err)
	require.Empty(t, written.Signatures().Manifests)
	require.Len(t, written.Signatures().Evidence, 1)
	require.Equal(t, key.ID, written.Signatures().Evidence[0].ID)
	require.Equal(t, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), written.Signatures().Evidence[0].From)
}

func TestTrustKeysChangesNothingOnAnError(t *testing.T) {
	t.Parallel()
	vault := localenvtest.Azure(t).KeyVault
	unreadable, err := vault.CreateKey("unreadable")
	require.NoError(t, err)
	key := readable(t, "stopped")
	for says, c := range map[string]struct{ text, key, more string }{
		"UserErrorMissingPermissionsOnSecretStore": {"notify: [a]\n", unreadable.URL, ""},
		"does not exist":          {"notify: [a]\n", vault.KeyURL("stopped") + "/3f2a", ""},
		"unknown field":           {"notfy: [a]\n", key.URL, ""},
		"by hand":                 {"signatures: &s {required: false}\n", key.URL, ""},
		"is another file already": {"notify: [a]\n", key.URL, "stopped-" + strings.TrimPrefix(key.ID, "stopped/")[:8] + ".pem"},
		"pins another public key": {"signatures: {manifests: [{id: " + key.ID + ", publicKey: other.pem, from: 2026-12-01}]}\n", key.URL, "other.pem"},
	} {
		file := writeTrustFile(t, c.text)
		if c.more != "" {
			other, err := unreadable.PEM()
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(file), c.more), other, 0o644))
		}
		did := trustKeys(t, 1, file, "--key", c.key)
		require.Contains(t, did.errs.String(), says)
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, c.text, string(text), says)
	}
}

func TestTrustKeysLists(t *testing.T) {
	t.Parallel()
	key, err := localenvtest.Azure(t).KeyVault.CreateKey("listed")
	require.NoError(t, err)
	file := writeTrustFile(t, `signatures:
  required: true
  manifests:
    - {id: m/1, publicKey: key.pem, from: 2020-01-01, until: 2021-01-01}
    - {id: m/2, publicKey: key.pem, from: 2020-01-01, revoked: 2021-06-01}
    - {id: m/3, publicKey: key.pem, from: 2999-01-01}
  evidence: [{id: e/1, publicKey: key.pem, from: 2020-01-01}]
`)
	public, err := key.PEM()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(file), "key.pem"), public, 0o644))
	did := trustKeys(t, 0, file)
	require.Equal(t, `KEY  SIGNS      FROM        UNTIL       REVOKED     NOW            PUBLIC KEY
m/1  manifests  2020-01-01  2021-01-01  -           ended          key.pem
m/2  manifests  2020-01-01  -           2021-06-01  revoked        key.pem
m/3  manifests  2999-01-01  -           -           not yet valid  key.pem
e/1  evidence   2020-01-01  -           -           signs          key.pem
`, did.out.String())
	require.Contains(t, did.errs.String(), "none of its keys for manifests is valid now")
}
