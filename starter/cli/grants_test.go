package cli_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// One command of an administrator grants what the backup role lacks. A second
// one finds nothing left to grant.
func TestGrantsApply(t *testing.T) {
	t.Parallel()
	namespaceForOneVault(t, server(t))
	postgres, database := localenvtest.Postgres(t), localenvtest.Database(t)
	require.NoError(t, postgres.Exec(t.Context(), database, `CREATE TABLE "Odd; name" (id int); SELECT lo_create(4711)`))
	role, _ := localenvtest.User(t)
	url := localenvtest.Container(t)
	name := "granted/" + role
	_, err := vaultOf(t, url).PutInstance(t.Context(), instance.Instance{
		Name: name, Database: database, Server: instance.Server{Host: postgres.Host, Port: postgres.Port}.WithDefaults(),
		SignIn: instance.SignIn{Entra: &instance.Entra{User: role}},
	})
	require.NoError(t, err)
	env := map[string]string{"PGVAULT_VAULT": url, "PGPASSWORD": postgres.Password.Reveal()}

	first := command{env: env}
	require.Zero(t, first.run(t.Context(), "grants", name, "--apply", "--admin-user", postgres.Superuser, "--admin-host", postgres.Host), first.errs.String())
	require.Contains(t, first.out.String(), `"Odd; name"`)
	require.Contains(t, first.out.String(), "4711")
	require.Contains(t, first.errs.String(), "statements run")
	second := command{env: env}
	require.Zero(t, second.run(t.Context(), "grants", name, "--apply", "--admin-user", postgres.Superuser, "--admin-host", postgres.Host), second.errs.String())
	require.Empty(t, second.out.String())

	// The administrator's sign-in may be in Key Vault, or be missing.
	secretURL := localenvtest.Azure(t).KeyVault.SetSecret("admin-"+role, postgres.URI(database, postgres.Superuser, postgres.Password))
	byVault := command{env: map[string]string{"PGVAULT_VAULT": url, "PGVAULT_KEYVAULT_DISABLE_CHALLENGE_RESOURCE_VERIFICATION": "true"}}
	require.Zero(t, byVault.run(t.Context(), "grants", name, "--apply", "--admin-secret", secretURL, "--admin-host", postgres.Host), byVault.errs.String())
	none := command{env: map[string]string{"PGVAULT_VAULT": url}}
	require.NotZero(t, none.run(t.Context(), "grants", name, "--apply", "--admin-user", postgres.Superuser, "--admin-host", postgres.Host))
	require.Contains(t, none.errs.String(), "set PGPASSWORD")
	wrong := command{env: map[string]string{"PGVAULT_VAULT": url, "PGPASSWORD": "c4n4ry"}}
	require.Equal(t, 1, wrong.run(t.Context(), "grants", name, "--apply", "--admin-user", postgres.Superuser, "--admin-host", postgres.Host))
	require.Contains(t, wrong.errs.String(), "UserErrorDBUserAuthFailed")
	require.NotContains(t, wrong.errs.String(), "c4n4ry")
}

// The host in the vault may be a stranger's: a sign-in goes only to the one that
// the person names.
func TestGrantsApplyOnlyToTheHostThatIsNamed(t *testing.T) {
	t.Parallel()
	namespaceForOneVault(t, server(t))
	postgres, database := localenvtest.Postgres(t), localenvtest.Database(t)
	role, _ := localenvtest.User(t)
	url := localenvtest.Container(t)
	name := "named/" + role
	definition := instance.Instance{
		Name: name, Database: database, Server: instance.Server{Host: postgres.Host, Port: postgres.Port}.WithDefaults(),
		SignIn: instance.SignIn{Entra: &instance.Entra{User: role}},
	}
	_, err := vaultOf(t, url).PutInstance(t.Context(), definition)
	require.NoError(t, err)
	env := map[string]string{"PGVAULT_VAULT": url, "PGPASSWORD": postgres.Password.Reveal()}
	apply := func(more ...string) *command {
		c := &command{env: env}
		require.NotZero(t, c.run(t.Context(), append([]string{"grants", name, "--apply", "--admin-user", postgres.Superuser}, more...)...))
		require.Empty(t, c.out.String())
		return c
	}
	unnamed := apply()
	require.Contains(t, unnamed.errs.String(), "would be sent to "+postgres.Host+": confirm it with --admin-host")
	wrong := apply("--admin-host", "db1.example.com")
	require.Contains(t, wrong.errs.String(), "UserErrorNotTrusted")
	require.Contains(t, wrong.errs.String(), "the instance's server is "+postgres.Host+" in the vault, and not db1.example.com")

	definition.Server.TLS.Mode = instance.TLSRequire
	_, err = vaultOf(t, url).PutInstance(t.Context(), definition)
	require.NoError(t, err)
	unverified := apply("--admin-host", postgres.Host)
	require.Contains(t, unverified.errs.String(), "the instance's TLS mode is require")
}
