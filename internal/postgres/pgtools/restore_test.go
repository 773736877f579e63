package pgtools_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestParseTOC(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("testdata/list.txt")
	require.NoError(t, err)
	toc, err := pgtools.ParseTOC(list)
	require.NoError(t, err)
	require.Equal(t, pgtools.TOC{
		Entries: 28, Listed: 24, Schemas: 1, Tables: 3, Data: 3, Views: 1, Functions: 1, LargeObjects: 1, Extensions: 2,
		Database: "src", CreatedAt: "2026-11-24 04:45:37 UTC", ArchiveVersion: "1.14-0", Compression: "-1", Format: "CUSTOM",
		ServerVersion: "15.18 (Debian 15.18-0+deb12u1)", ToolVersion: "15.18 (Debian 15.18-0+deb12u1)",
	}, toc)
	_, err = pgtools.ParseTOC([]byte("pg_restore: error: input file is too short"))
	require.Error(t, err)
}

func TestRestoreErrors(t *testing.T) {
	t.Parallel()
	stderr, err := os.ReadFile("testdata/restore-errors.txt")
	require.NoError(t, err)
	found := pgtools.RestoreErrors(stderr)
	require.Len(t, found, 5)
	require.Equal(t, pgtools.RestoreError{
		TOCEntry:  "217; 1259 16522 TABLE t postgres",
		Statement: "CREATE TABLE s.t (\n    i integer,\n    \"Multi\nline\" text\n\n);",
		Message:   "syntax error at or near \"Multi\"\nLINE 3:     \"Multi\n            ^\nHINT:  Look again.",
		Answered:  true,
	}, found[0])
	require.Equal(t, pgtools.RestoreError{
		TOCEntry: "3462; 0 16522 TABLE DATA t postgres",
		Message:  "COPY failed for table \"t\": ERROR:  duplicate key value violates unique constraint \"t_pkey\"\nDETAIL:  Key (i)=(1) already exists.\nCONTEXT:  COPY t, line 1",
	}, found[1])
	for i, statement := range []string{"SET transaction_timeout", "COMMENT ON EXTENSION", "ALTER TABLE"} {
		require.True(t, found[2+i].Harmless)
		require.NotEmpty(t, found[2+i].Why)
		require.Contains(t, found[2+i].Statement, statement)
	}
}

func TestHarmlessErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		message, statement string
		harmless           bool
	}{
		{"must be owner of extension hstore", "COMMENT ON EXTENSION hstore IS 'x';", true},
		{"must be owner of extension hstore", "ALTER EXTENSION hstore SET SCHEMA x;", false},
		{`extension "plpgsql" does not exist`, "COMMENT ON EXTENSION plpgsql IS 'x';", false},
		{`permission denied to create extension "postgis"`, "CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;", false},
		{`extension "pgaadauth" is not available`, "CREATE EXTENSION IF NOT EXISTS pgaadauth WITH SCHEMA pg_catalog;", true},
		{`extension "postgis" is not available`, "CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;", false},
		{`schema "public" already exists`, `CREATE SCHEMA "public";`, true},
		{`schema "public2" already exists`, `CREATE SCHEMA "public2";`, false},
		{"must be owner of schema public", "COMMENT ON SCHEMA public IS 'standard public schema';", true},
		{"must be owner of schema public", "COMMENT ON SCHEMA public IS 'ours';", false},
		{`role "azure_pg_admin" does not exist`, `ALTER SCHEMA "public" OWNER TO "azure_pg_admin";`, true},
		{`role "azuresu" does not exist`, `ALTER DEFAULT PRIVILEGES FOR ROLE azuresu GRANT SELECT ON TABLES TO u;`, true},
		{`role "alice" does not exist`, `ALTER TABLE t OWNER TO alice;`, false},
		{`role "azure_pg_admin" does not exist`, `CREATE POLICY p ON t TO azure_pg_admin USING (true);`, false},
		{`must be able to SET ROLE "azure_pg_admin"`, `ALTER SCHEMA "public" OWNER TO "azure_pg_admin";`, true},
		{`must be member of role "postgres"`, `ALTER TABLE t OWNER TO postgres;`, false},
		{`unrecognized configuration parameter "transaction_timeout"`, "SET transaction_timeout = 0;", true},
		{"must be superuser to create FOR ALL TABLES publication", "CREATE PUBLICATION p FOR ALL TABLES;", false},
		{`permission denied to create event trigger "e"`, "CREATE EVENT TRIGGER e ON ddl_command_start\n   EXECUTE FUNCTION f();", false},
		{`relation "t" already exists`, "CREATE TABLE t (i integer);", false},
	} {
		found := pgtools.RestoreErrors([]byte("pg_restore: error: could not execute query: ERROR:  " + c.message + "\nCommand was: " + c.statement + "\n\n\n"))
		require.Len(t, found, 1)
		require.Equal(t, c.harmless, found[0].Harmless, "%+v", found[0])
		require.Equal(t, []string{c.message, c.statement}, []string{found[0].Message, found[0].Statement})
	}
}

// dumped returns the archive of a database created by SQL.
func dumped(t *testing.T, sql string) []byte {
	t.Helper()
	p, tools, database := localenvtest.Postgres(t), installation(t), localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), database, sql))
	archive, _, err := run(t.Context(), pgtools.Command{Path: tools.Path(pgtools.Dump), Args: pgtools.DumpArgs(time.Minute, "UTF8"), Target: target(p, database)})
	require.NoError(t, err)
	return archive
}

// restore restores as an ordinary user that owns the database.
func restore(t *testing.T, archive io.Reader, prepare string) (*pgtools.RestoreLog, error) {
	t.Helper()
	p, tools, database := localenvtest.Postgres(t), installation(t), localenvtest.Database(t)
	user, password := localenvtest.User(t)
	require.NoError(t, p.Exec(t.Context(), database, fmt.Sprintf("ALTER DATABASE %s OWNER TO %s;", database, user)))
	require.NoError(t, p.Exec(t.Context(), database, prepare))
	to := target(p, database)
	to.User, to.Password = user, fixed(password)
	log := &pgtools.RestoreLog{}
	_, _, err := run(t.Context(), pgtools.Command{
		Path: tools.Path(pgtools.Restore), Args: pgtools.RestoreArgs(database, pgtools.RestoreOptions{}), Target: to, Stdin: archive, Stderr: log,
	})
	return log, err
}

func TestVerdictOfAManagedServer(t *testing.T) {
	t.Parallel()
	archive := dumped(t, `CREATE EXTENSION hstore; CREATE TABLE t (i int, h hstore); INSERT INTO t VALUES (1, 'a=>b')`)
	log, err := restore(t, bytes.NewReader(archive), `CREATE EXTENSION hstore`)
	require.Error(t, err)
	harmless, err := log.Verdict(err)
	require.NoError(t, err)
	require.Len(t, harmless, 1)
	require.Contains(t, harmless[0].String(), "must be owner of extension hstore")
}

func TestVerdictNamesTheStatement(t *testing.T) {
	t.Parallel()
	archive := dumped(t, `CREATE EXTENSION hstore; CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw; CREATE TABLE t (i int)`)
	log, err := restore(t, bytes.NewReader(archive), `CREATE EXTENSION hstore`)
	harmless, err := log.Verdict(err)
	require.Equal(t, failure.RestoreStatement, failure.CodeOf(err))
	require.Contains(t, err.Error(), `permission denied to create extension "file_fdw"`)
	require.Contains(t, err.Error(), `CREATE EXTENSION IF NOT EXISTS "file_fdw"`)
	require.NotContains(t, err.Error(), "hstore")
	require.Len(t, harmless, 1)
}

func TestVerdictOfABrokenConnection(t *testing.T) {
	t.Parallel()
	p := localenvtest.Postgres(t)
	archive := dumped(t, `CREATE TABLE broken_connection AS SELECT md5(i::text) AS m FROM generate_series(1, 100000) i; CREATE TABLE u (i int); CREATE TABLE v (i int)`)
	reader, writer := io.Pipe()
	verdict := make(chan error, 1)
	go func() {
		log, err := restore(t, reader, "")
		// pg_restore may end without reading the rest.
		_ = reader.Close()
		_, err = log.Verdict(err)
		verdict <- err
	}()
	_, err := writer.Write(archive[:len(archive)/2])
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return p.Exec(t.Context(), "postgres", `DO $$ BEGIN
			PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE application_name = 'pgvault' AND query LIKE 'COPY "public"."broken_connection" ("m") FROM stdin%';
			IF NOT FOUND THEN RAISE 'none'; END IF; END $$`) == nil
	}, time.Minute, 20*time.Millisecond)
	_, _ = writer.Write(archive[len(archive)/2:])
	require.NoError(t, writer.Close())
	err = <-verdict
	require.Equal(t, failure.ServerConnectionClosed, failure.CodeOf(err), "%v", err)
}

// The connection that has failed is a function's.
func TestVerdictOfAFunctionThatCannotConnect(t *testing.T) {
	t.Parallel()
	archive := dumped(t, `CREATE TABLE t (i int); CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
		IF EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND rolsuper) THEN RETURN 1; END IF;
		RAISE 'could not establish connection' USING DETAIL = 'server closed the connection unexpectedly'; END $$;
		CREATE MATERIALIZED VIEW v AS SELECT public.f() AS f`)
	log, err := restore(t, bytes.NewReader(archive), "")
	_, err = log.Verdict(err)
	require.Equal(t, failure.RestoreStatement, failure.CodeOf(err), "%v", err)
}

func TestVerdictOfAnArchiveThatEndsEarly(t *testing.T) {
	t.Parallel()
	archive := dumped(t, `CREATE TABLE t AS SELECT md5(i::text) AS m FROM generate_series(1, 10000) i`)
	log, err := restore(t, bytes.NewReader(archive[:len(archive)/2]), "")
	_, err = log.Verdict(err)
	require.Error(t, err)
	broken := errors.New("the storage went away")
	log, err = restore(t, io.MultiReader(bytes.NewReader(archive[:len(archive)/2]), errReader{broken}), "")
	_, err = log.Verdict(err)
	require.ErrorIs(t, err, broken)
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func TestPasswordsOfOthersAreStruckOut(t *testing.T) {
	t.Parallel()
	archive := dumped(t, `CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
		CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'x', password 'c4n4ry''s secret')`)
	log, err := restore(t, bytes.NewReader(archive), "")
	require.Error(t, err)
	_, verdict := log.Verdict(err)
	require.Contains(t, strings.ToUpper(verdict.Error()), "PASSWORD")
	for _, text := range []string{err.Error(), verdict.Error()} {
		require.NotContains(t, text, "c4n4ry")
	}
}

func TestRemedies(t *testing.T) {
	t.Parallel()
	for want, failed := range map[string]pgtools.RestoreError{
		"--connections 1":             {State: "23514", Message: `new row for relation "t" violates check constraint "c"`},
		"restore the other table too": {State: "23503", Message: `insert or update on table "t" violates foreign key constraint "c"`},
		"Rows that have to differ":    {Message: `could not create unique index "i"`},
		"ALTER EVENT TRIGGER":         {State: "23514", Message: "no\nCONTEXT:  PL/pgSQL function f() line 1 at RAISE"},
		"compare the column's type":   {State: "22P02", Message: `ungültige Eingabesyntax`},
		"by --roles":                  {Message: `role "r" does not exist`},
		"GRANT it the role":           {Message: `must be owner of table t`},
		"Install and allow":           {Message: `extension "x" is not available`},
		"restore it too":              {Message: `relation "t" does not exist`},
		"other columns":               {State: "42703", Message: `column "c" of relation "t" does not exist`},
		"a missing role":              {Message: `something else`},
	} {
		require.Contains(t, pgtools.Remedy([]pgtools.RestoreError{failed}), want)
	}
	both := pgtools.Remedy([]pgtools.RestoreError{{State: "23503"}, {State: "23514"}, {State: "23514"}})
	require.Equal(t, 1, strings.Count(both, "--connections 1"))
	require.Contains(t, both, "restore the other table too")
}

// The warnings of PostgreSQL 19 come from libpq, which does not know
// pg_restore's output.
func TestWarningsAtSignInAreNoErrors(t *testing.T) {
	t.Parallel()
	warning := "WARNING:  role password will expire soon\nDETAIL:  The password for role \"u\" will expire in 2 days.\nHINT:  Change it: timeout expired.\n"
	md5 := "WARNING:  authenticated with an MD5-encrypted password\nDETAIL:  MD5 password support is deprecated.\n"
	found := pgtools.RestoreErrors([]byte(warning + md5 +
		"pg_restore: error: could not execute query: ERROR:  schema \"public\" already exists\nCommand was: CREATE SCHEMA public;\n" + warning + md5 + "\n"))
	require.Len(t, found, 1)
	require.True(t, found[0].Harmless, "%+v", found[0])
	require.Equal(t, "CREATE SCHEMA public;", found[0].Statement)

	exit := &pgtools.ExitError{Tool: "pg_dump", Code: 1, Stderr: warning + md5 + "pg_dump: error: query failed: ERROR:  something else"}
	require.Equal(t, failure.Internal, pgtools.Classify(exit, postgres.Target{Host: "db", User: "u"}).Code)
}

// The server decides how much pg_restore prints.
func TestErrorTextsAreBounded(t *testing.T) {
	t.Parallel()
	var log pgtools.RestoreLog
	write := func(text string) {
		_, err := log.Write([]byte(text))
		require.NoError(t, err)
	}
	write("pg_restore: error: could not execute query: ERROR:  no\n")
	for range 1000 {
		write(strings.Repeat("x", 1000) + "\n")
	}
	write("Command was: CREATE FUNCTION f()\n")
	for range 1000 {
		write(strings.Repeat("y", 1000) + "\n")
	}
	write("pg_restore: error: could not execute query: ERROR:  no\n")
	for range 1000 {
		write(strings.Repeat("a line without an end", 100))
	}
	_, harmful, err := log.Outcome(nil)
	require.NoError(t, err)
	require.Len(t, harmful, 2)
	for _, e := range harmful {
		require.Less(t, len(e.Message), 10<<10)
		require.Less(t, len(e.Statement), 10<<10)
	}
	require.Contains(t, harmful[0].Statement, "CREATE FUNCTION f()")
}
