package restore_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestRowsAreComparedBeforeTheyAreMoved(t *testing.T) {
	t.Parallel()
	r, job := existing(t, simple)
	database := job.Account.Database
	before, rows := schema(t, database), contents(t, database)
	dump, _, prints := fingerprinted(t, r, job.Account)
	run(t, database, "DROP TABLE shop.items")
	job.Wanted.Tables = []string{"shop.items"}
	prints.Tables[0].Sum.Lo++
	f := keptAs(t, prints)
	job.Fingerprints = &f
	_, err := restoreInto(t, r, job, dump)
	require.Equal(t, failure.RestoredDataDiffers, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "table shop.items: rows (expected 1000 rows, ")
	require.NotContains(t, contents(t, database), "shop.items")

	prints.Tables[0].Sum.Lo--
	f = keptAs(t, prints)
	loaded, err := loadInto(t, r, job, dump)
	require.NoError(t, err)
	require.Equal(t, 1, loaded.Compared.Tables)
	require.EqualValues(t, 1000, loaded.Compared.Rows)
	_, err = r.MoveInto(t.Context(), job, dump, loaded.OID)
	require.NoError(t, err)
	require.NoError(t, r.DropInto(t.Context(), job))
	require.Equal(t, before, schema(t, database))
	require.Equal(t, rows, contents(t, database))
}

// The user is a member of the owner only, and the database grants every new table to
// others.
func TestOwnersAndGrantsComeBackWithoutASuperuser(t *testing.T) {
	t.Parallel()
	p := localenvtest.Postgres(t)
	owner, _ := localenvtest.User(t)
	reader, _ := localenvtest.User(t)
	user, password := localenvtest.User(t)
	r, job := existing(t, fmt.Sprintf(`GRANT %[1]s TO %[3]s; ALTER ROLE %[3]s CREATEDB; CREATE SCHEMA shop AUTHORIZATION %[1]s; SET ROLE %[1]s;
		CREATE TABLE shop.items (id serial PRIMARY KEY, secret text); INSERT INTO shop.items (secret) SELECT n::text FROM generate_series(1, 100) n;
		CREATE STATISTICS shop.both ON id, secret FROM shop.items; CREATE VIEW shop.few AS SELECT * FROM shop.items WHERE id < 5; CREATE MATERIALIZED VIEW shop.kept AS SELECT * FROM shop.few;
		REVOKE ALL ON shop.items FROM %[1]s; GRANT SELECT (id) ON shop.items TO %[2]s; GRANT USAGE ON SEQUENCE shop.items_id_seq TO %[2]s; GRANT SELECT ON shop.few TO %[2]s;
		RESET ROLE; ALTER DEFAULT PRIVILEGES FOR ROLE %[3]s GRANT SELECT ON TABLES TO PUBLIC`, owner, reader, user))
	database := job.Account.Database
	run(t, "postgres", fmt.Sprintf("GRANT CREATE ON DATABASE %s TO %s", database, user))
	// A view of a table without its owner's privileges cannot be filled.
	run(t, database, "GRANT SELECT ON shop.items TO "+owner)
	before, rows := schema(t, database), contents(t, database)
	dump, _ := stored(t, dumpFile(t, database, true))
	run(t, database, "DROP TABLE shop.items CASCADE")
	job.Wanted.Tables = []string{"shop.items", "shop.few", "shop.kept"}
	limited := restore.Restorer{Source: signintest.Given{Secret: p.URI("postgres", user, password)}, Tools: r.Tools, Memory: r.Memory}
	notes, err := restoreInto(t, limited, job, dump)
	require.NoError(t, err)
	require.Empty(t, notes)
	require.Equal(t, before, schema(t, database))
	require.Equal(t, rows, contents(t, database))
}

// A dump in the archive tier cannot be read. What the role lacks whatever it holds is
// found before the hours that a copy takes.
func TestRightsAreCheckedWithoutTheDump(t *testing.T) {
	t.Parallel()
	p := localenvtest.Postgres(t)
	user, password := localenvtest.User(t)
	r, job := existing(t, "CREATE TABLE t (n int)")
	job.Wanted.Tables = []string{"public.t"}
	_, err := r.CheckInto(t.Context(), job, restore.Dump{})
	require.NoError(t, err)
	r.Source = signintest.Given{Secret: p.URI("postgres", user, password)}
	_, err = r.CheckInto(t.Context(), job, restore.Dump{})
	require.Equal(t, failure.MissingRestorePermissions, failure.CodeOf(err))
	require.ErrorContains(t, err, "it may not create databases")
}
