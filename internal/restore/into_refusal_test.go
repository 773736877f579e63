package restore_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// loadInto loads the tables of a job into its own schemas.
func loadInto(t *testing.T, r restore.Restorer, job restore.Job, dump restore.Dump) (restore.Loaded, error) {
	t.Helper()
	return r.LoadInto(t.Context(), job, dump, progress.NewMeter(time.Now, "connect"))
}

func TestObjectsThatTheDatabaseLacksAreNamed(t *testing.T) {
	t.Parallel()
	r, job := existing(t, `CREATE SCHEMA shop`)
	from := source(t, "rich.sql")
	dump, _ := stored(t, dumpFile(t, from, true))
	job.Wanted.Tables = []string{"shop.customers"}
	_, err := restoreInto(t, r, job, dump)
	require.Equal(t, failure.TargetObjectNotFound, failure.CodeOf(err), "%v", err)
	for _, missing := range []string{"type shop.mood", "type shop.pair", "type shop.email", "function shop.touch()", "function shop.next(integer)", `CREATE EXTENSION "hstore";`} {
		require.ErrorContains(t, err, missing)
	}
	require.NoError(t, r.DropInto(t.Context(), job))

	// With them, the tables come into another database than the source.
	run(t, job.Account.Database, `CREATE EXTENSION hstore; CREATE TYPE shop.mood AS ENUM ('sad', 'so so', 'happy'); CREATE TYPE shop.pair AS (a int, b text);
		CREATE DOMAIN shop.email AS text; CREATE FUNCTION shop.next(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i + 1';
		CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'it fired'; END $$`)
	notes, err := restoreInto(t, r, job, dump)
	require.NoError(t, err)
	require.Empty(t, notes)
	require.Equal(t, of(contents(t, from), "shop.customers", "shop.customers_id_seq"), of(contents(t, job.Account.Database), "shop.customers", "shop.customers_id_seq"))
}

func TestWhatWouldActOnTheTablesIsRefused(t *testing.T) {
	t.Parallel()
	for kind, c := range map[string]struct {
		sql, name string
		allow     func(*restore.Into)
	}{
		"all tables": {`CREATE PUBLICATION "Every One" FOR ALL TABLES`, `"Every One"`, func(i *restore.Into) { i.AllowPublications = true }},
		"a schema":   {`CREATE PUBLICATION shops FOR TABLES IN SCHEMA shop`, `"shops"`, func(i *restore.Into) { i.AllowPublications = true }},
		"an event": {`CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
			CREATE EVENT TRIGGER eyes ON ddl_command_start EXECUTE FUNCTION public.watch()`, `"eyes"`, func(i *restore.Into) { i.AllowEventTriggers = true }},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r, job := existing(t, simple+"; "+c.sql)
			dump, _ := stored(t, dumpFile(t, job.Account.Database, true))
			run(t, job.Account.Database, "DROP TABLE shop.items")
			job.Wanted.Tables = []string{"shop.items"}
			_, err := restoreInto(t, r, job, dump)
			require.Equal(t, failure.TargetHasSideEffects, failure.CodeOf(err), "%v", err)
			require.ErrorContains(t, err, c.name)
			c.allow(job.Into)
			_, err = restoreInto(t, r, job, dump)
			require.NoError(t, err)
		})
	}
}

func TestOnlyNamedTablesAreRestoredIntoADatabase(t *testing.T) {
	t.Parallel()
	r, job := existing(t, simple)
	dump, _ := stored(t, dumpFile(t, job.Account.Database, true))
	for _, wanted := range []selection.Request{{}, {Schemas: []string{"shop"}}, {Tables: []string{"shop.items"}, Content: selection.DataOnly}} {
		job.Wanted = wanted
		_, err := r.CheckInto(t.Context(), job, dump)
		require.Equal(t, failure.InvalidInput, failure.CodeOf(err), "%v", err)
	}
}

func TestAMoveThatFindsALockIsTriedAgain(t *testing.T) {
	t.Parallel()
	r, job := existing(t, `CREATE SCHEMA shop; CREATE TABLE shop.a (id int PRIMARY KEY); INSERT INTO shop.a VALUES (1);
		CREATE TABLE shop.b (id int PRIMARY KEY, a int REFERENCES shop.a); INSERT INTO shop.b VALUES (1, 1)`)
	database := job.Account.Database
	before, rows := schema(t, database), contents(t, database)
	dump, _ := stored(t, dumpFile(t, database, true))
	run(t, database, "DROP TABLE shop.b")
	job.Wanted.Tables = []string{"shop.b"}
	loaded, err := loadInto(t, r, job, dump)
	require.NoError(t, err)
	conn, err := localenvtest.Postgres(t).Connect(t.Context(), database)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), "BEGIN; INSERT INTO shop.a VALUES (2)")
	require.NoError(t, err)
	_, err = r.MoveInto(t.Context(), job, dump, loaded.OID)
	require.Equal(t, failure.LockTimeout, failure.CodeOf(err), "%v", err)
	require.True(t, failure.CodeOf(err).Retryable())
	_, err = conn.Exec(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	for range 2 { // the second call is that of a commit whose answer was lost
		moved, err := r.MoveInto(t.Context(), job, dump, loaded.OID)
		require.NoError(t, err)
		require.Equal(t, []restore.TableName{{Schema: "shop", Name: "b"}}, moved.Tables)
	}
	notes, err := r.ValidateInto(t.Context(), job, dump)
	require.NoError(t, err)
	require.Empty(t, notes)
	require.NoError(t, r.DropInto(t.Context(), job))
	require.Equal(t, before, schema(t, database))
	require.Equal(t, rows, contents(t, database))
	_, err = r.MoveInto(t.Context(), job, dump, loaded.OID)
	require.Equal(t, failure.RestoreStatement, failure.CodeOf(err), "%v", err)
}

// A worker dies while it loads, or the next attempt begins beside it.
func TestAnotherAttemptLeavesNothingOfTheOneBefore(t *testing.T) {
	t.Parallel()
	r, job := existing(t, simple)
	database := job.Account.Database
	before, rows := schema(t, database), contents(t, database)
	dump, _ := stored(t, dumpFile(t, database, true))
	run(t, database, "DROP TABLE shop.items")
	job.Wanted.Tables = []string{"shop.items"}
	first, err := loadInto(t, r, job, dump)
	require.NoError(t, err)
	_, err = restoreInto(t, r, job, dump)
	require.NoError(t, err)
	require.Equal(t, before, schema(t, database))
	require.Equal(t, rows, contents(t, database))
	_, err = r.MoveInto(t.Context(), job, dump, first.OID)
	require.Equal(t, failure.RestoreStatement, failure.CodeOf(err), "the first attempt's tables are dropped: %v", err)
	require.NotContains(t, strings.Join(schema(t, database), ""), "pgvault_rescue")
}
