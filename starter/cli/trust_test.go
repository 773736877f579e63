package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/trust"
)

// The file that init prints allows what the vault has after the apply.
func TestTrustOfAVault(t *testing.T) {
	t.Parallel()
	url := localenvtest.Container(t)
	example, err := os.ReadFile("../../docs/pgvault.example.yaml")
	require.NoError(t, err)
	name := filepath.Join(t.TempDir(), "pgvault.yaml")
	text := strings.Replace(string(example), "https://contosobackups.blob.core.windows.net/postgres", url, 1)
	roots := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(roots, nil, 0o644))
	text = strings.Replace(text, "/etc/ssl/certs/ca-certificates.crt", roots, 1)
	require.NoError(t, os.WriteFile(name, []byte(text), 0o644))

	var before command
	require.Zero(t, before.run(t.Context(), "trust", "init", "-f", name), before.errs.String())
	require.Contains(t, before.errs.String(), "Note: the vault has no ID yet.")

	file, err := config.Parse([]byte(text))
	require.NoError(t, err)
	v := vaultOf(t, url)
	_, err = v.PutSettings(t.Context(), file.Vault, "5d0c7e1b")
	require.NoError(t, err)
	for _, i := range file.Instances {
		_, err = v.PutInstance(t.Context(), i)
		require.NoError(t, err)
	}
	var initial command
	require.Zero(t, initial.run(t.Context(), "trust", "init", "-f", name), initial.errs.String())
	require.Empty(t, initial.errs.String())
	require.Contains(t, initial.out.String(), "vaultID: \"5d0c7e1b\"\n")

	trustFile := filepath.Join(t.TempDir(), "trust.yaml")
	require.NoError(t, os.WriteFile(trustFile, []byte(initial.out.String()), 0o644))
	written, err := trust.Read(trustFile)
	require.NoError(t, err)
	var check command
	require.Zero(t, check.run(t.Context(), "trust", "check", "-f", trustFile, "--vault", url, "shop/orders", "shop/customers"), check.errs.String())
	require.Equal(t, trustFile+": SHA-256 "+written.Hash()+"\nshop/orders: all checks passed\nshop/customers: all checks passed\n", check.out.String())

	builtin := command{env: map[string]string{"PGVAULT_TRUST": "builtin"}}
	require.Equal(t, 1, builtin.run(t.Context(), "trust", "check", "--vault", url, "shop/orders", "shop/customers"))
	require.Contains(t, builtin.out.String(), "does not allow root certificates in ")
	require.Contains(t, builtin.out.String(), "\n  note: secret https://contoso.vault.azure.net/secrets/shop-orders has to name the host shop.postgres.database.azure.com")
	require.Contains(t, builtin.out.String(), "shop/customers: 1 finding\n  trust: UserErrorNotTrusted: ")
	require.Contains(t, builtin.out.String(), `  - {hosts: ["shop.postgres.database.azure.com"], use: [backup], entra: true}`)

	other := filepath.Join(t.TempDir(), "trust.yaml")
	require.NoError(t, os.WriteFile(other, []byte("vaultID: other\n"), 0o644))
	var stranger command
	require.Equal(t, 1, stranger.run(t.Context(), "trust", "check", "-f", other, "--vault", url, "shop/orders"))
	require.Contains(t, stranger.errs.String(), "UserErrorNotTrusted")
}

func TestTrustInitWithoutTheVault(t *testing.T) {
	t.Parallel()
	var c command
	require.Zero(t, c.run(t.Context(), "trust", "init", "-f", "../../docs/pgvault.example.yaml", "--vault-id", "5d0c7e1b"), c.errs.String())
	golden(t, "../../../internal/trust/testdata/example.written", c.out.String())
}

func TestTrustCheckOfAFile(t *testing.T) {
	t.Parallel()
	var none command
	require.Equal(t, 1, none.run(t.Context(), "trust", "check"))
	require.Contains(t, none.errs.String(), "PGVAULT_TRUST is not set")
	require.Contains(t, none.errs.String(), "pgvault trust init")

	var wrong command
	require.Equal(t, 1, wrong.run(t.Context(), "trust", "check", "-f", "../../internal/trust/testdata/mistakes.yaml"))
	require.Contains(t, wrong.errs.String(), "line 3, column 1: server: unknown field; did you mean \"servers\"?")

	builtin := command{env: map[string]string{"PGVAULT_TRUST": "builtin"}}
	require.Zero(t, builtin.run(t.Context(), "trust", "check"), builtin.errs.String())
	require.Equal(t, "builtin: SHA-256 "+trust.Builtin().Hash()+"\n", builtin.out.String())
}
