package e2e_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// The database forbids connections, is set to read-only, and sets a client
// encoding in which its content cannot be represented. The printed SQL suffices
// for a backup, and a restore brings the content back.
func TestADatabaseWithHostileSettings(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.unprotected(t, `CREATE TABLE prices AS SELECT n, n || ' € — ☃' AS price FROM generate_series(1, 100) n;
		CREATE EXTENSION postgres_fdw;
		CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'elsewhere.invalid');
		CREATE USER MAPPING FOR postgres SERVER elsewhere OPTIONS (user 'somebody')`)
	w.exec(t, "postgres", "REVOKE ALL ON DATABASE "+quote(i.Database)+" FROM PUBLIC; ALTER DATABASE "+quote(i.Database)+" SET client_encoding = 'LATIN1'")
	w.exec(t, "postgres", "ALTER DATABASE "+quote(i.Database)+" SET default_transaction_read_only = on")
	w.apply(t, i)

	first := w.pgvault(t, "grants", i.Name)
	require.Zero(t, first.Code, first.Stderr)
	require.Equal(t, "GRANT CONNECT ON DATABASE "+quote(i.Database)+" TO "+quote(i.user())+";\n", first.Stdout)
	require.Contains(t, first.Stderr, "ask again")
	require.NotContains(t, first.Stderr, "lacks no grant")
	w.exec(t, "postgres", first.Stdout)
	require.Contains(t, w.ok(t, "grants", i.Name), `GRANT SELECT ON TABLE "public"."prices"`)
	w.ok(t, "grants", i.Name, "--apply", "--admin-secret", w.administrator(t), "--admin-host", i.Host)
	require.Empty(t, w.ok(t, "grants", i.Name))

	point := w.backup(t, i)
	require.Contains(t, w.manifest(t, i, point)["notes"].([]any)[0], "elsewhere for postgres")
	restored := i.Database + "_restored"
	w.restore(t, i, w.administrator(t), restored)
	for _, database := range []string{i.Database, restored} {
		w.exec(t, "postgres", "ALTER DATABASE "+quote(database)+" RESET client_encoding")
	}
	const all = "SELECT md5(string_agg(price, ',' ORDER BY n)) FROM prices"
	require.Equal(t, w.query(t, i.Database, all), w.query(t, restored, all))
	require.Equal(t, "on", w.query(t, restored, "SHOW default_transaction_read_only"))
}

// If the role cannot sign in, what it lacks is unknown.
func TestGrantsDoesNotGuess(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.unprotected(t, "CREATE TABLE closed (i int)")
	w.exec(t, "postgres", "ALTER ROLE "+i.user()+" PASSWORD 'another'")
	w.apply(t, i)
	told := w.failing(t, "UserErrorDBUserAuthFailed", "grants", i.Name)
	require.NotContains(t, told, "lacks no grant")
}

// As on a managed server, the user of the restore is not a superuser, and the
// tables are in the schema public, which belongs to the database's owner.
func TestOwnersOfTablesInPublicWithoutASuperuser(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.unprotected(t, "")
	owner, restorer := "owner_"+i.Database, "restorer_"+i.Database
	w.exec(t, "postgres", fmt.Sprintf("CREATE ROLE %[1]s; ALTER DATABASE %[2]s OWNER TO %[1]s; GRANT pg_read_all_data TO %[3]s", owner, quote(i.Database), i.user()))
	w.exec(t, i.Database, `CREATE EXTENSION pg_trgm; SET ROLE `+owner+`; CREATE TABLE names AS SELECT 'n' || n AS name FROM generate_series(1, 100) n;
		CREATE INDEX ON names USING gin (name gin_trgm_ops); GRANT SELECT ON names TO `+i.user())
	w.exec(t, "postgres", "REVOKE TEMPORARY ON DATABASE "+quote(i.Database)+" FROM PUBLIC")
	pw := password()
	w.exec(t, "postgres", fmt.Sprintf("CREATE ROLE %s LOGIN CREATEDB PASSWORD '%s'; GRANT %s TO %[1]s", restorer, pw.Reveal(), owner))
	secret := w.env.Azure.KeyVault.SetSecret("restorer-"+i.Database, w.env.Postgres.URI("postgres", restorer, pw))
	w.apply(t, i)
	w.backup(t, i)
	restored := i.Database + "_restored"
	w.restore(t, i, secret, restored)
	require.Equal(t, owner, w.query(t, restored, "SELECT pg_get_userbyid(relowner)::text FROM pg_class WHERE relname = 'names'"))
	require.Equal(t, owner, w.query(t, restored, "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = current_database()"))
	// The order of an ACL's items has no meaning.
	const acl = "SELECT string_agg(item::text, ' ' ORDER BY item::text) FROM pg_database, unnest(datacl) item WHERE datname = current_database()"
	require.Equal(t, w.query(t, i.Database, acl), w.query(t, restored, acl))
}
