package e2e_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// A role whose name was given in UTF-8 owns a LATIN1 database and its objects.
func TestRolesKeepTheirNamesThroughALatin1Database(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.unprotected(t, "")
	owner, restored := "jürgen_"+localenvtest.Unique(), i.Database+"_restored"
	w.exec(t, "postgres", "CREATE ROLE "+quote(owner))
	w.exec(t, "postgres", "DROP DATABASE "+i.Database)
	w.exec(t, "postgres", fmt.Sprintf("CREATE DATABASE %s TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' OWNER %s", i.Database, quote(owner)))
	t.Cleanup(func() {
		for _, database := range []string{i.Database, restored} {
			require.NoError(t, w.env.Postgres.Exec(context.Background(), "postgres", "DROP DATABASE IF EXISTS "+quote(database)+" WITH (FORCE)"))
		}
		require.NoError(t, w.env.Postgres.Exec(context.Background(), "postgres", "DROP ROLE "+quote(owner)))
	})
	w.exec(t, "postgres", "GRANT pg_read_all_data TO "+i.user())
	w.exec(t, i.Database, "CREATE TABLE grown AS SELECT 'größer' AS word; GRANT SELECT ON grown TO PUBLIC")
	w.exec(t, i.Database, "DO $$ BEGIN EXECUTE format('ALTER TABLE grown OWNER TO %I', (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database())); END $$")
	w.apply(t, i)
	point := w.backup(t, i)
	require.Equal(t, owner, w.manifest(t, i, point).at(t, "database.owner"))
	before := w.query(t, "postgres", "SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolname LIKE 'j%rgen%'")
	w.restore(t, i, w.administrator(t), restored, "--roles")
	require.Equal(t, before, w.query(t, "postgres", "SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolname LIKE 'j%rgen%'"))
	require.Equal(t, owner, w.query(t, "postgres", "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = '"+restored+"'"))
	w.exec(t, restored, "DO $$ BEGIN ASSERT (SELECT relowner FROM pg_class WHERE relname = 'grown') = (SELECT datdba FROM pg_database WHERE datname = current_database()); END $$")
}
