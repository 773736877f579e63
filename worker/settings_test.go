package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/trust"
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
		"PGVAULT_ROLES": "prune, backup,prune",
	})
	require.NoError(t, err)
	require.Equal(t, settings{vault: vault, roles: []jobs.Role{"prune", "backup"}, maxDumps: 4, metricsAddress: ":9000", toolDirs: []string{"/a", "/b"}, trust: trust.Builtin()}, s)

	for name, vars := range map[string]map[string]string{
		"PGVAULT_VAULT is not set":    {},
		"PGVAULT_TRUST is not set":    {"PGVAULT_VAULT": vault},
		"the trust file /absent.yaml": {"PGVAULT_VAULT": vault, "PGVAULT_TRUST": "/absent.yaml"},
		"PGVAULT_VAULT":               {"PGVAULT_VAULT": "account"},
		`"sweep" is no role`:          {"PGVAULT_VAULT": vault, "PGVAULT_TRUST": "builtin", "PGVAULT_ROLES": "backup,sweep"},
		`PGVAULT_MAX_DUMPS is "none"`: {"PGVAULT_VAULT": vault, "PGVAULT_TRUST": "builtin", "PGVAULT_MAX_DUMPS": "none"},
		`PGVAULT_MAX_DUMPS is "0"`:    {"PGVAULT_VAULT": vault, "PGVAULT_TRUST": "builtin", "PGVAULT_MAX_DUMPS": "0"},
	} {
		_, err := read(vars)
		require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err), name)
		require.ErrorContains(t, err, name)
	}
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
