package e2e_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// A backup signs in with each form of a secret.
func TestFormsOfSecrets(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.unprotected(t, "CREATE TABLE orders AS SELECT generate_series(1, 10) AS id")
	w.exec(t, i.Database, "GRANT pg_read_all_data TO "+i.user())
	// A password that each form quotes in a different way.
	pw := canary + ` a;b='c"d\e @/:%`
	w.exec(t, "postgres", "ALTER ROLE "+i.user()+" PASSWORD '"+strings.ReplaceAll(pw, "'", "''")+"'")
	user := i.user()
	forms := map[string]string{
		"ado.net": "Server=localhost;Database=postgres;User Id=" + user + `;Password="` + strings.ReplaceAll(pw, `"`, `""`) + `";Ssl Mode=VerifyFull;`,
		"uri":     "postgresql://" + user + ":" + strings.NewReplacer("%", "%25", " ", "%20", ";", "%3B", "=", "%3D", "'", "%27", `"`, "%22", `\`, "%5C", "@", "%40", "/", "%2F", ":", "%3A").Replace(pw) + "@localhost/",
		"keyword": "user=" + user + " password='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(pw) + "'",
		"json":    jsonSecret(t, user, pw),
	}
	var all []instance
	for form, value := range forms {
		name := "form-" + strings.ReplaceAll(form, ".", "-") + "-" + i.Database
		w.env.Azure.KeyVault.SetSecret(name, secret.New(value))
		one := i
		one.Name, one.Secret = "forms/"+form+"/"+i.Database, w.env.Azure.KeyVault.SecretURL(name)
		all = append(all, one)
	}
	w.apply(t, all...)
	for _, one := range all {
		form := strings.Split(one.Name, "/")[1]
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			r := w.pgvault(t, "backup", one.Name, "--wait")
			require.Zero(t, r.Code, r.Stderr)
			m := w.manifest(t, one, w.points(t, one)[0])
			require.Equal(t, "key-vault", m.at(t, "signIn.kind"))
			require.Equal(t, one.Secret, m.at(t, "signIn.secretURL"))
			require.Equal(t, w.env.Azure.KeyVault.Version(strings.TrimPrefix(one.Secret, w.env.Azure.KeyVault.SecretURL(""))), m.at(t, "signIn.secretVersion"))
			require.Equal(t, user, m.at(t, "signIn.user"))
		})
	}
}

// A token of the worker's identity signs in, for connections and for pg_dump.
func TestEntraSignIn(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.unprotected(t, "CREATE TABLE orders AS SELECT generate_series(1, 10) AS id")
	i.EntraUser = localenvtest.EntraUser(t)
	w.exec(t, "postgres", "GRANT pg_read_all_data TO "+i.EntraUser)
	w.apply(t, i)
	m := w.manifest(t, i, w.backup(t, i))
	require.Equal(t, "entra", m.at(t, "signIn.kind"))
	require.Equal(t, i.EntraUser, m.at(t, "signIn.user"))

	target := "copy_" + i.Database
	w.dropLater(t, target)
	w.exec(t, "postgres", "ALTER ROLE "+i.EntraUser+" CREATEDB")
	w.ok(t, "restore", i.Name, "--to-server", w.server(), "--to-database", target,
		"--entra-user", i.EntraUser, "--owners", "omit", "--grants", "omit", "--wait")
	require.Equal(t, "10", w.query(t, target, "SELECT count(*)::text FROM orders"))
}

func jsonSecret(t *testing.T, user, password string) string {
	t.Helper()
	value, err := json.Marshal(map[string]string{"username": user, "password": password})
	require.NoError(t, err)
	return string(value)
}
