package restore_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// sourceWith returns a database with settings, filled by SQL in a session under
// them.
func sourceWith(t *testing.T, sql string, settings ...string) string {
	t.Helper()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	for _, s := range settings {
		require.NoError(t, p.Exec(t.Context(), "postgres", fmt.Sprintf("ALTER DATABASE %s SET %s", database, s)))
	}
	require.NoError(t, p.Exec(t.Context(), database, sql))
	return database
}

// recorded returns the target of a restore with the source's recorded
// properties.
func recorded(t *testing.T, source string) (restore.Restorer, restore.Job) {
	t.Helper()
	r, job := target(t)
	account := job.Account
	account.Database = source
	session, err := signin.Open(t.Context(), r.Source, account)
	require.NoError(t, err)
	defer session.Close(context.WithoutCancel(t.Context()))
	job.Facts, err = postgres.ReadDatabase(t.Context(), session.Conn)
	require.NoError(t, err)
	return r, job
}

// byStock restores a dump as pg_restore --create does, which requires the
// source's name, and returns the new names of source and copy.
func byStock(t *testing.T, database string, content []byte) (source, copied string) {
	t.Helper()
	p := localenvtest.Postgres(t)
	file := filepath.Join(t.TempDir(), "archive")
	require.NoError(t, os.WriteFile(file, content, 0o600))
	source = database + "_source"
	require.NoError(t, p.Exec(t.Context(), "postgres", fmt.Sprintf("ALTER DATABASE %s RENAME TO %s", database, source)))
	t.Cleanup(func() {
		require.NoError(t, p.Exec(context.Background(), "postgres", fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", source)))
	})
	stock(t, "postgres", "pg_restore", "--create", "--dbname=postgres", file)
	return source, database
}

// whatSettingsDecide is content that differs by the settings of the session
// that creates it.
const whatSettingsDecide = `
	CREATE TABLE region_rows (id int, region text CHECK (region = current_setting('app.region')));
	INSERT INTO region_rows SELECT i, 'eu' FROM generate_series(1, 10) i;
	CREATE FUNCTION shown(d date) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN d::text; END $$;
	CREATE TABLE ev (id int PRIMARY KEY, at timestamptz, body text, day date, said text GENERATED ALWAYS AS (shown(day)) STORED,
		paid money, took interval, list text[], raw bytea, CHECK (shown(day) ~ '^\d\d\.\d\d\.\d{4}$'));
	INSERT INTO ev (id, at, body, day, paid, took, list, raw) SELECT i, timestamptz '2026-01-01 00:00:00+00' + i * interval '1 hour', 'die Häuser', date '2026-02-03' + i,
		i::numeric::money, interval '-1 mons +2 days -03:00:00', array['NULL', 'b'], '\x00ff' FROM generate_series(1, 48) i;
	CREATE UNIQUE INDEX by_text ON ev (shown(day));
	CREATE MATERIALIZED VIEW per_day AS SELECT at::date AS day, count(*) AS n FROM ev GROUP BY 1;
	CREATE MATERIALIZED VIEW words AS SELECT id, to_tsvector(body) AS w FROM ev;
	CREATE MATERIALIZED VIEW as_text AS SELECT id, at::date::text AS day, took::text, raw::text, paid::text FROM ev;`

var decidingSettings = []string{
	"app.region = 'eu'", "TimeZone = 'Asia/Tokyo'", "default_text_search_config = 'pg_catalog.german'", "DateStyle = 'German'",
	"IntervalStyle = 'sql_standard'", "bytea_output = 'escape'", "array_nulls = on", "plpgsql.extra_errors = 'none'",
}

// hostileSettings would stop, slow down or hijack the sessions of a restore,
// and change no content.
var hostileSettings = []string{
	"default_transaction_read_only = on", "default_transaction_isolation = 'serializable'", "default_transaction_deferrable = on",
	"statement_timeout = '1min'", "lock_timeout = '1min'", "idle_in_transaction_session_timeout = '1min'", "idle_session_timeout = '1min'",
	"search_path = 'nowhere'", "session_replication_role = 'replica'", "exit_on_error = on", "client_min_messages = 'error'", "client_encoding = 'LATIN1'",
	"role = 'pg_monitor'",
}

func TestSettingsOfTheDatabaseAreInForceWhileItIsFilled(t *testing.T) {
	t.Parallel()
	from := sourceWith(t, whatSettingsDecide, decidingSettings...)
	r, job := recorded(t, from)
	content := dumpFile(t, from, true)
	d, _ := stored(t, content)
	loaded, _, err := load(t, r, job, d)
	require.NoError(t, err)
	require.Empty(t, loaded.Ignored)
	_, err = r.Publish(t.Context(), job, loaded.OID)
	require.NoError(t, err)
	dropLater(t, job.Account.Database)
	source, copied := byStock(t, from, content)
	require.Equal(t, contents(t, copied), contents(t, job.Account.Database))
	require.Equal(t, contents(t, source), contents(t, job.Account.Database))
}

// A selective restore creates a database too.
func TestSettingsOfTheDatabaseAreInForceForASelection(t *testing.T) {
	t.Parallel()
	from := sourceWith(t, whatSettingsDecide, decidingSettings...)
	r, job := recorded(t, from)
	job.Wanted = selection.Request{Tables: []string{"public.region_rows", "public.ev"}}
	d, _ := stored(t, dumpFile(t, from, true))
	_, _, err := load(t, r, job, d)
	require.NoError(t, err)
	require.Subset(t, contents(t, from), contents(t, job.Unpublished))
}

func TestHostileSettingsComeAfterTheRows(t *testing.T) {
	t.Parallel()
	p := localenvtest.Postgres(t)
	from := sourceWith(t, whatSettingsDecide, decidingSettings...)
	content := dumpFile(t, from, true)
	for _, s := range hostileSettings {
		require.NoError(t, p.Exec(t.Context(), "postgres", fmt.Sprintf("ALTER DATABASE %s SET %s", from, s)))
	}
	r, job := recorded(t, from)
	d, _ := stored(t, content)
	loaded, _, err := load(t, r, job, d)
	require.NoError(t, err)
	skipped, err := r.Publish(t.Context(), job, loaded.OID)
	require.NoError(t, err)
	dropLater(t, job.Account.Database)
	require.Empty(t, skipped)
	account := job.Account
	session, err := signin.Open(t.Context(), r.Source, account)
	require.NoError(t, err)
	defer session.Close(context.WithoutCancel(t.Context()))
	facts, err := postgres.ReadDatabase(t.Context(), session.Conn)
	require.NoError(t, err)
	require.Equal(t, job.Facts.Settings, facts.Settings)
}

// With a library that the target lacks, no session could start.
func TestALibraryThatTheTargetLacksIsNotPreloaded(t *testing.T) {
	t.Parallel()
	from := sourceWith(t, whatSettingsDecide, decidingSettings...)
	r, job := recorded(t, from)
	job.Facts.Settings = append(job.Facts.Settings, postgres.Setting{Name: "session_preload_libraries", Value: "no_such_library"})
	d, _ := stored(t, dumpFile(t, from, true))
	loaded, _, err := load(t, r, job, d)
	require.NoError(t, err)
	same(t, from, job.Unpublished)
	skipped, err := r.Publish(t.Context(), job, loaded.OID)
	require.NoError(t, err)
	dropLater(t, job.Account.Database)
	require.Len(t, skipped, 1)
	require.Contains(t, skipped[0], "no_such_library")
	same(t, from, job.Account.Database)
}

// The strings have backslashes, which standard_conforming_strings affects.
func TestDefinitionsAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	const sql = `CREATE TABLE files (id int PRIMARY KEY, path text);
		INSERT INTO files SELECT i, 'C:\temp\' || i FROM generate_series(1, 10) i;
		CREATE INDEX in_temp ON files (id) WHERE path LIKE 'C:\\temp\\%';
		CREATE INDEX same_path ON files (id) WHERE path = 'C:\temp\1';
		CREATE INDEX joined ON files ((path || '\'));
		CREATE TABLE ex (c circle, t text, EXCLUDE USING gist (c WITH &&) WHERE (t <> 'a\b'));
		CREATE TABLE chk (t text CHECK (t <> 'a\b') DEFAULT 'x\y');
		CREATE TABLE "back\slash" (id int GENERATED ALWAYS AS IDENTITY, n int)`
	from := sourceWith(t, sql)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), "postgres", "ALTER DATABASE "+from+" SET standard_conforming_strings = off"))
	r, job := recorded(t, from)
	d, _ := dumped(t, r, signin.Account{Server: job.Account.Server, Database: from, SignIn: job.Account.SignIn})
	_, _, err := load(t, r, job, d)
	require.NoError(t, err)
	same(t, from, job.Unpublished)

	alone := job
	alone.Account.Database = job.Unpublished
	alone.Wanted = selection.Request{Content: selection.DataOnly, Tables: []string{`"back\slash"`, "files"}}
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), job.Unpublished, `TRUNCATE files`))
	_, err = loadRows(t, r, alone, d)
	require.NoError(t, err)
	require.Equal(t, contents(t, from), contents(t, job.Unpublished))
}

func dropLater(t *testing.T, database string) {
	t.Cleanup(func() {
		require.NoError(t, localenvtest.Postgres(t).Exec(context.Background(), "postgres", "DROP DATABASE IF EXISTS "+database+" WITH (FORCE)"))
	})
}

// The rows are checked under the settings of their own database.
func TestRowsAloneAreLoadedUnderTheSettingsOfTheirDatabase(t *testing.T) {
	t.Parallel()
	from := sourceWith(t, whatSettingsDecide, decidingSettings...)
	d, _ := stored(t, dumpFile(t, from, true))
	r, job := emptied(t, from)
	p := localenvtest.Postgres(t)
	set := func(s string) {
		require.NoError(t, p.Exec(t.Context(), "postgres", "ALTER DATABASE "+job.Account.Database+" "+s))
	}
	_, err := loadRows(t, r, job, d)
	require.ErrorContains(t, err, "violates check constraint")
	for _, s := range append(decidingSettings, hostileSettings...) {
		set("SET " + s)
	}
	_, err = loadRows(t, r, job, d)
	require.NoError(t, err)
	for _, s := range []string{"default_transaction_read_only", "role", "statement_timeout", "idle_session_timeout", "client_encoding", "search_path"} {
		set("RESET " + s)
	}
	require.Subset(t, contents(t, from), of(contents(t, job.Account.Database), "ev", "region_rows"))
}

func TestRowsAreNotLoadedUnchecked(t *testing.T) {
	t.Parallel()
	from := sourceWith(t, "CREATE TABLE a (i int)")
	d, _ := stored(t, dumpFile(t, from, true))
	r, job := emptied(t, from)
	p := localenvtest.Postgres(t)
	user, pw := localenvtest.User(t)
	r.Source = signintest.Given{Secret: p.URI("postgres", user, pw)}
	require.NoError(t, p.Exec(t.Context(), "postgres", "ALTER ROLE "+user+" SET session_replication_role = replica"))
	_, err := loadRows(t, r, job, d)
	require.Equal(t, failure.MissingRestorePermissions, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "session_replication_role")
}
