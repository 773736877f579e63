package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

func TestReadSettings(t *testing.T) {
	t.Parallel()
	read := func(vars map[string]string) (settings, error) {
		return readSettings(func(name string) (string, bool) { value, ok := vars[name]; return value, ok })
	}
	const vault = "https://account.blob.core.windows.net/backups"

	s, err := read(map[string]string{"PGVAULT_VAULT": vault, "PGVAULT_TRUST": "builtin"})
	require.NoError(t, err)
	require.Equal(t, settings{vault: vault, roles: jobs.Roles(), maxDumps: 2, metricsAddress: "127.0.0.1:9464", trust: trust.Builtin()}, s)
	require.EqualValues(t, bufferBudget/2, s.budgetPerDump())

	s, err = read(map[string]string{
		"PGVAULT_VAULT": vault, "PGVAULT_TRUST": "builtin", "PGVAULT_MAX_DUMPS": "4", "PGVAULT_METRICS_ADDRESS": ":9000", "PGVAULT_PG_BIN": "/a:/b",
		"PGVAULT_ROLES": "prune, backup,prune", "PGVAULT_LOG_DETAILS": "true",
	})
	require.NoError(t, err)
	require.Equal(t, settings{vault: vault, roles: []jobs.Role{"prune", "backup"}, maxDumps: 4, metricsAddress: ":9000", toolDirs: []string{"/a", "/b"}, logDetails: true, trust: trust.Builtin()}, s)

	for name, vars := range map[string]map[string]string{
		"PGVAULT_VAULT is not set":    {},
		"PGVAULT_TRUST is not set":    {"PGVAULT_VAULT": vault},
		"the trust file /absent.yaml": {"PGVAULT_VAULT": vault, "PGVAULT_TRUST": "/absent.yaml"},
		"PGVAULT_VAULT":               {"PGVAULT_VAULT": "account"},
		`"sweep" is no role`:          {"PGVAULT_VAULT": vault, "PGVAULT_TRUST": "builtin", "PGVAULT_ROLES": "backup,sweep"},
		`PGVAULT_MAX_DUMPS is "none"`: {"PGVAULT_VAULT": vault, "PGVAULT_TRUST": "builtin", "PGVAULT_MAX_DUMPS": "none"},
		`PGVAULT_LOG_DETAILS is "1"`:  {"PGVAULT_VAULT": vault, "PGVAULT_TRUST": "builtin", "PGVAULT_LOG_DETAILS": "1"},
		`PGVAULT_MAX_DUMPS is "0"`:    {"PGVAULT_VAULT": vault, "PGVAULT_TRUST": "builtin", "PGVAULT_MAX_DUMPS": "0"},
	} {
		_, err := read(vars)
		require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err), name)
		require.ErrorContains(t, err, name)
	}
}

// A worker that makes backups does not start if it could not sign them.
func TestTheKeyVaultOfTheSigningKeysIsRequired(t *testing.T) {
	t.Parallel()
	signing, evidence := trustFile(t, "manifests"), trustFile(t, "evidence")
	for _, c := range []struct {
		file, roles, url string
		says             string
		signs, evidence  bool
	}{
		{file: signing, says: "PGVAULT_SIGNING_KEY_VAULT is not set"},
		{file: signing, roles: "prune,backup", says: "PGVAULT_SIGNING_KEY_VAULT is not set"},
		{file: signing, roles: "prune,restore"},
		{file: evidence, says: "stores"},
		{file: evidence, roles: "watch,restore", says: "the role restore stores"},
		{file: evidence, roles: "prune,backup"},
		{file: evidence, url: "https://contoso-keys.vault.azure.net", roles: "restore", evidence: true},
		{file: evidence, url: "https://contoso-keys.vault.azure.net", roles: "backup"},
		{file: signing, url: "https://contoso-keys.vault.azure.net/", signs: true},
		{file: signing, url: "https://contoso-keys.vault.azure.net", roles: "restore"},
		{file: signing, url: "contoso-keys", says: "PGVAULT_SIGNING_KEY_VAULT"},
		{file: evidence, url: "https://contoso-keys.vault.azure.net/keys/a", says: "PGVAULT_SIGNING_KEY_VAULT"},
	} {
		vars := map[string]string{
			"PGVAULT_VAULT": "https://account.blob.core.windows.net/backups", "PGVAULT_TRUST": c.file,
			"PGVAULT_ROLES": c.roles, "PGVAULT_SIGNING_KEY_VAULT": c.url,
		}
		s, err := readSettings(func(name string) (string, bool) { value, ok := vars[name]; return value, ok })
		if c.says != "" {
			require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err), "%+v", c)
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, ".vault.azure.net")
			continue
		}
		require.NoError(t, err, "%+v", c)
		for p, signs := range map[trust.Purpose]bool{trust.Manifests: c.signs, trust.Evidence: c.evidence} {
			require.Equal(t, signs, s.signs(p), "%+v", c)
			signer, err := openSigner(s, p, nil, azure.Options{})
			require.NoError(t, err)
			require.Equal(t, !signs, signer == statement.Unsigned{}, "%+v", c)
		}
	}
}

// trustFile writes a trust file with a key of a kind.
func trustFile(t *testing.T, kind string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o444))
	file := filepath.Join(folder, "trust.yaml")
	require.NoError(t, os.WriteFile(file, []byte("signatures: {"+kind+": [{id: a/1, publicKey: key.pem, from: 2026-12-01}]}\n"), 0o444))
	return file
}

func TestEverySettingIsDocumented(t *testing.T) {
	t.Parallel()
	docs, err := os.ReadFile("../docs/AZURE.md")
	require.NoError(t, err)
	variables := regexp.MustCompile(`\bPGVAULT_[A-Z_]+`)
	var told, read []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(PGVAULT_[A-Z_]+)` \\|").FindAllStringSubmatch(string(docs), -1) {
		told = append(told, row[1])
	}
	for _, file := range []string{"settings.go", "../internal/signin/azure/credential.go"} {
		code, err := os.ReadFile(file)
		require.NoError(t, err)
		read = append(read, variables.FindAllString(string(code), -1)...)
	}
	for _, name := range read {
		require.Contains(t, told, name)
		require.Contains(t, usage, name)
	}
	require.Subset(t, read, told)
}
