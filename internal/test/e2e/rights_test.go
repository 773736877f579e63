package e2e_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// A command says what a role without rights lacks for a restore. An administrator runs
// it, and the restore succeeds.
func TestGrantsOfARestore(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.unprotected(t, "CREATE SCHEMA shop; CREATE TABLE shop.customers (id int); INSERT INTO shop.customers VALUES (1), (2)")
	owner, role, pw := "owner_"+i.Database, "rescuer_"+i.Database, password()
	w.exec(t, i.Database, fmt.Sprintf(`CREATE ROLE %[1]s; ALTER DATABASE %[2]s OWNER TO %[1]s; ALTER SCHEMA shop OWNER TO %[1]s; ALTER TABLE shop.customers OWNER TO %[1]s;
		GRANT pg_read_all_data TO %[3]s; CREATE ROLE %[4]s LOGIN PASSWORD '%[5]s'`, owner, i.Database, i.user(), role, pw.Reveal()))
	w.apply(t, i)
	w.backup(t, i)
	secret := w.env.Azure.KeyVault.SetSecret("rescuer-"+i.Database, w.env.Postgres.URI("postgres", role, pw))
	copied := i.Database + "_copy"
	w.dropLater(t, copied)
	for _, c := range []struct {
		database string
		flags    []string
		lacks    string
		into     string
	}{
		{copied, nil, "GRANT \"" + owner + "\" TO \"" + role + "\"", "postgres"},
		{i.Database, []string{"--data-only", "--table", "shop.customers"}, `GRANT SELECT, INSERT, TRUNCATE ON TABLE "shop"."customers" TO`, i.Database},
	} {
		if c.flags != nil {
			w.exec(t, i.Database, "TRUNCATE shop.customers; REVOKE "+owner+" FROM "+role)
		}
		target := append([]string{i.Name, "--to-server", w.server(), "--to-database", c.database, "--secret", secret}, c.flags...)
		refused := w.pgvault(t, append(append([]string{"restore"}, target...), "--wait")...)
		require.Equal(t, 1, refused.Code)
		require.Contains(t, refused.Stderr, "UserErrorMissingRestorePermissions")
		ask := append([]string{"grants", "--restore"}, target...)
		r := w.pgvault(t, ask...)
		require.Zero(t, r.Code, r.Stderr)
		require.Contains(t, r.Stdout, "-- in database \""+c.into+"\" on server ")
		require.Contains(t, r.Stdout, c.lacks)
		w.exec(t, c.into, r.Stdout)
		again := w.pgvault(t, ask...)
		require.Zero(t, again.Code, again.Stderr)
		require.Empty(t, again.Stdout)
		require.Contains(t, again.Stderr, "Role "+role+" lacks nothing for this restore of recovery point ")
		w.ok(t, append(append([]string{"restore"}, target...), "--wait")...)
		require.Equal(t, "2", w.query(t, c.database, "SELECT count(*)::text FROM shop.customers"))
	}

	w.exec(t, i.Database, "DROP TABLE shop.customers")
	rescue := []string{i.Name, "--to-server", w.server(), "--into", i.Database, "--table", "shop.customers", "--secret", secret, "--owners", "omit", "--grants", "omit"}
	r := w.pgvault(t, append([]string{"grants", "--restore"}, rescue...)...)
	require.Zero(t, r.Code, r.Stderr)
	require.Contains(t, r.Stdout, `GRANT USAGE, CREATE ON SCHEMA "shop" TO`)
	w.exec(t, i.Database, r.Stdout)
	w.ok(t, append(append([]string{"restore"}, rescue...), "--wait")...)
	require.Equal(t, "2", w.query(t, i.Database, "SELECT count(*)::text FROM shop.customers"))

	unused := w.pgvault(t, "grants", i.Name, "--restore", "--to-server", w.server(), "--apply", "--admin-user", "postgres")
	require.Equal(t, 2, unused.Code)
	require.Contains(t, unused.Stderr, "do not go with --restore")
}
