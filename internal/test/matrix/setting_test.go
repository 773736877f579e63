package matrix_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// setting is a server and the programs of one combination, with a database.
type setting struct {
	postgres *localenv.Postgres
	server   int
	tools    pgtools.Installation
	database string
	// dumpStatistics and restoreStatistics request the planner's statistics.
	dumpStatistics, restoreStatistics bool
	// prints are the fingerprints of the last dump.
	prints []byte
	// byStock describes the copy that PostgreSQL's own programs make of the
	// database.
	byStock description
}

// servers are shared by the tests.
var (
	serversMu sync.Mutex
	servers   = map[int]*localenv.Postgres{}
)

func newSetting(t *testing.T, c combination) *setting {
	t.Helper()
	s := &setting{postgres: serverOf(t, c.server)}
	var dirs []string
	if c.tools != 0 && c.tools != 15 {
		dir, err := localenv.ClientTools(t.Context(), os.Stderr, c.tools)
		require.NoError(t, err)
		dirs = []string{dir}
	}
	found, err := pgtools.Discover(t.Context(), dirs)
	require.NoError(t, err)
	require.NotEmpty(t, found)
	s.tools = found[0]
	conn := s.connect(t, "postgres")
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT current_setting('server_version_num')::int / 10000").Scan(&s.server))
	return s
}

func serverOf(t *testing.T, major int) *localenv.Postgres {
	t.Helper()
	serversMu.Lock()
	defer serversMu.Unlock()
	if p, ok := servers[major]; ok {
		return p
	}
	options := localenv.PostgresOptions{CA: localenvtest.CA(t), Extensions: extensionFiles}
	var err error
	if major != 0 {
		options.Programs, err = localenv.ServerPrograms(t.Context(), os.Stderr, major)
		require.NoError(t, err)
	}
	p, err := localenv.StartPostgres(t.Context(), options)
	require.NoError(t, err)
	localenvtest.StopLater(p.Stop)
	require.NoError(t, p.Exec(t.Context(), "postgres", "CREATE ROLE matrix_owner; CREATE ROLE matrix_reader"))
	servers[major] = p
	return p
}

// compressions returns the compressions that the programs support.
func (s *setting) compressions() []string {
	if s.tools.Major < 16 {
		return []string{"gzip", "none"}
	}
	return []string{"zstd", "gzip:6", "lz4", "none"}
}

// source creates the database that is dumped.
func (s *setting) source(t *testing.T, encoding, sql string) {
	t.Helper()
	s.database = s.newDatabase(t, encoding)
	conn := s.connect(t, s.database)
	if encoding != "SQL_ASCII" {
		// Separately, since the server converts a message before it runs any of
		// it.
		_, err := conn.Exec(t.Context(), "SET client_encoding = 'UTF8'")
		require.NoError(t, err)
	}
	_, err := conn.PgConn().Exec(t.Context(), sql).ReadAll()
	require.NoError(t, err)
	// Settings of the database that must affect neither dump nor restore.
	for _, setting := range []string{
		"datestyle = 'SQL, DMY'", "intervalstyle = sql_standard", "extra_float_digits = -15", "bytea_output = escape", "xmloption = document", "timezone = 'Asia/Kathmandu'",
		`search_path = "Odd Schema"`, "default_transaction_read_only = on", "default_transaction_isolation = serializable", "statement_timeout = '1s'", "lock_timeout = '1s'",
		"idle_in_transaction_session_timeout = '1s'", "row_security = on", "lo_compat_privileges = on", "backslash_quote = off",
	} {
		require.NoError(t, s.postgres.Exec(t.Context(), "postgres", "ALTER DATABASE "+s.database+" SET "+setting))
	}
	if encoding == "UTF8" && s.server >= 18 {
		_, err = conn.Exec(t.Context(), `CREATE TABLE virtual (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL); INSERT INTO virtual VALUES (1), (2)`)
		require.NoError(t, err)
	}
	s.byStock = s.stock(t, encoding)
}

func (s *setting) newDatabase(t *testing.T, encoding string) string {
	t.Helper()
	name := localenvtest.Unique()
	require.NoError(t, s.postgres.Exec(t.Context(), "postgres",
		fmt.Sprintf("CREATE DATABASE %s TEMPLATE template0 ENCODING '%s' LC_COLLATE 'C' LC_CTYPE 'C'", name, encoding)))
	t.Cleanup(func() {
		require.NoError(t, s.postgres.Exec(context.Background(), "postgres", "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"))
	})
	return name
}

// emptyDatabase creates a database with the source's properties.
func (s *setting) emptyDatabase(t *testing.T) string {
	t.Helper()
	var encoding string
	require.NoError(t, s.connect(t, s.database).QueryRow(t.Context(), "SHOW server_encoding").Scan(&encoding))
	return s.newDatabase(t, encoding)
}

func (s *setting) connect(t *testing.T, database string) *pgx.Conn {
	t.Helper()
	conn, err := s.postgres.Connect(t.Context(), database)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func (s *setting) signIn() signin.Source {
	return signintest.Given{Secret: s.postgres.URI("postgres", s.postgres.Superuser, s.postgres.Password)}
}

func (s *setting) account(database string) signin.Account {
	return signin.Account{
		Server: instance.Server{Host: s.postgres.Host, Port: s.postgres.Port, TLS: instance.TLS{Mode: instance.TLSVerifyFull}}, Database: database,
		SignIn: instance.SignIn{KeyVaultSecret: "https://vault.example/secrets/administrator"},
	}
}

// restoreArgs returns arguments that stop at the first error, except for the
// setting that an older server does not know.
func (s *setting) restoreArgs(args ...string) []string {
	if !pgtools.JobsWork(s.tools.Major, s.server) {
		return args
	}
	return append([]string{"--exit-on-error"}, args...)
}

// run runs one of PostgreSQL's programs as the superuser.
func (s *setting) run(t *testing.T, stdin []byte, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), "PGHOST="+s.postgres.Host, fmt.Sprintf("PGPORT=%d", s.postgres.Port), "PGUSER="+s.postgres.Superuser,
		"PGPASSWORD="+s.postgres.Password.Reveal(), "PGSSLMODE=require", "PGSSLROOTCERT=/nonexistent")
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &errs
	err := cmd.Run()
	if !pgtools.JobsWork(s.tools.Major, s.server) && strings.Contains(errs.String(), "errors ignored on restore: 1") && strings.Contains(errs.String(), "transaction_timeout") {
		return out.String()
	}
	require.NoError(t, err, errs.String())
	return out.String()
}

// description is what is compared of two databases.
type description struct {
	schema, contents []string
	// list has the entries of an archive of the database.
	list []string
	// script is that archive as SQL.
	script string
}

func (s *setting) describe(t *testing.T, database string) description {
	t.Helper()
	return description{schema: s.schema(t, database), contents: s.contents(t, database)}
}

// undumped is a table of an extension whose rows no dump has.
const undumped = "undumped "

// stock copies the source with pg_dump and pg_restore alone. The copy equals
// the source except for what pg_dump leaves out.
func (s *setting) stock(t *testing.T, encoding string) description {
	t.Helper()
	file := filepath.Join(t.TempDir(), "stock.dump")
	s.run(t, nil, s.tools.Path(pgtools.Dump), append(pgtools.DumpArgs(time.Minute, encoding), "--file="+file, s.database)...)
	database := s.emptyDatabase(t)
	s.run(t, nil, s.tools.Path(pgtools.Restore), s.restoreArgs("--dbname="+database, file)...)
	source, copied := s.describe(t, s.database), s.describe(t, database)
	require.Equal(t, source.schema, copied.schema)
	for i, line := range source.contents {
		if strings.HasPrefix(line, undumped) {
			require.NotEqual(t, line, copied.contents[i], "the table has rows to leave out")
			source.contents[i] = copied.contents[i]
		}
	}
	require.Equal(t, source.contents, copied.contents)
	copied.list, copied.script = s.list(t, file), s.script(t, file)
	return copied
}

// list returns the archive's header and table of contents, without time,
// compression and dump IDs. The IDs of functions follow the order of a query
// without ORDER BY, which may change when the server has analyzed.
func (s *setting) list(t *testing.T, file string) (entries []string) {
	t.Helper()
	for line := range strings.Lines(s.run(t, nil, s.tools.Path(pgtools.Restore), "--list", file)) {
		_, entry, _ := strings.Cut(line, "; ")
		switch {
		case !strings.HasPrefix(line, ";"):
			entries = append(entries, entry)
		case !strings.Contains(line, "Archive created at") && !strings.Contains(line, "Compression:"):
			entries = append(entries, line)
		}
	}
	require.NotEmpty(t, entries)
	return entries
}

// schema returns the database as pg_dump writes it without data, with a fixed
// key in place of the random one.
func (s *setting) schema(t *testing.T, database string) []string {
	t.Helper()
	text := s.run(t, nil, s.tools.Path(pgtools.Dump), "--schema-only", "--restrict-key=matrix", database)
	return strings.Split(text, "\n")
}

// contents returns a line for each table, sequence and large object, with a
// hash of its rows in any order.
func (s *setting) contents(t *testing.T, database string) []string {
	t.Helper()
	conn := s.connect(t, database)
	_, err := conn.PgConn().Exec(t.Context(), `SET datestyle = ISO; SET intervalstyle = postgres; SET extra_float_digits = 3; SET bytea_output = hex;
		SET timezone = UTC; SET search_path = public; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0`).ReadAll()
	require.NoError(t, err)
	queries := s.lines(t, conn, `
		SELECT CASE relkind WHEN 'S' THEN format('SELECT %L || last_value || %L || is_called FROM %s', c.oid::regclass || ' ', ' ', c.oid::regclass)
			WHEN 'm' THEN format('SELECT %L || %L', c.oid::regclass || ' populated ', relispopulated)
			ELSE format('SELECT %L || count(*) || %L || coalesce(sum(hashtextextended(t::text, 0)), 0) FROM ONLY %s t', c.oid::regclass || ' ', ' rows, hash ', c.oid::regclass) END
		FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
		WHERE relkind IN ('r', 'S', 'm') AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
		UNION ALL SELECT format('SELECT %L || count(*) || %L || coalesce(sum(hashtextextended(t::text, 0)), 0) FROM %s t', c.oid::regclass || ' ', ' rows, hash ', c.oid::regclass)
		FROM pg_class c WHERE relkind = 'm' AND relispopulated`)
	queries = append(queries, `SELECT coalesce(string_agg(m.oid || ' ' || lomowner::regrole || ' ' || coalesce(lomacl::text, '') || ' ' || md5(lo_get(m.oid)), E'\n' ORDER BY m.oid), '') FROM pg_largeobject_metadata m`)
	var found []string
	for _, query := range queries {
		found = append(found, s.lines(t, conn, query)...)
	}
	slices.Sort(found)
	return found
}

func (s *setting) lines(t *testing.T, conn *pgx.Conn, query string) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), query)
	require.NoError(t, err, query)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err, query)
	return lines
}
