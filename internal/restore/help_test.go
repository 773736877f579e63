package restore_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestMain(m *testing.M) {
	localenvtest.Extensions(extensionFiles)
	localenvtest.Main(m)
}

// source creates a database from the SQL in a file.
func source(t *testing.T, file string) string {
	t.Helper()
	sql, err := os.ReadFile(filepath.Join("testdata", file))
	require.NoError(t, err)
	database := localenvtest.Database(t)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), database, string(sql)))
	return database
}

// stock runs one of PostgreSQL's programs as the superuser.
func stock(t *testing.T, database, program string, args ...string) string {
	t.Helper()
	p := localenvtest.Postgres(t)
	cmd := exec.CommandContext(t.Context(), filepath.Join(p.BinDir, program), args...)
	cmd.Env = []string{
		"PGHOST=" + p.Host, fmt.Sprintf("PGPORT=%d", p.Port), "PGUSER=" + p.Superuser, "PGPASSWORD=" + p.Password.Reveal(),
		"PGDATABASE=" + database, "PGSSLMODE=require", "PGSSLROOTCERT=/nonexistent", "LC_ALL=C.UTF-8",
	}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(t, cmd.Run(), errs.String())
	return out.String()
}

// dumpFile returns an archive of pg_dump with the offsets of the data, as
// written to a file, or without, as written to a pipe.
func dumpFile(t *testing.T, database string, offsets bool, args ...string) []byte {
	t.Helper()
	args = append([]string{"-Fc", "--quote-all-identifiers"}, args...)
	if !offsets {
		return []byte(stock(t, database, "pg_dump", args...))
	}
	file := filepath.Join(t.TempDir(), "archive")
	stock(t, database, "pg_dump", append(args, "--file="+file)...)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	return content
}

// stored stores an archive in a container behind a proxy and opens it for a
// restore.
func stored(t *testing.T, content []byte) (restore.Dump, *localenv.Proxy) {
	t.Helper()
	azurite, url := localenvtest.Azurite(t), localenvtest.Container(t)
	proxy, err := localenv.StartProxy(azurite.URL, localenvtest.CA(t))
	require.NoError(t, err)
	t.Cleanup(proxy.Stop)
	container, err := azureblob.Open(proxy.URL+"/"+path.Base(url), azurite.Credential(), azureblob.Options{OutageLimit: 20 * time.Second})
	require.NoError(t, err)
	blob, err := container.PutNew(t.Context(), "dump", content, nil)
	require.NoError(t, err)
	return restore.Dump{Name: "stored dump", Size: int64(len(content)), Open: func(ctx context.Context, offset, count int64) (io.ReadCloser, error) {
		return container.OpenRange(ctx, "dump", blob.ETag, offset, count)
	}}, proxy
}

// target returns a restorer and a job that restores into a new database as the
// superuser.
func target(t *testing.T) (restore.Restorer, restore.Job) {
	t.Helper()
	p := localenvtest.Postgres(t)
	tools, err := pgtools.Discover(t.Context(), nil)
	require.NoError(t, err)
	database := localenvtest.Database(t)
	return restore.Restorer{Source: signintest.Given{Secret: p.URI("postgres", p.Superuser, p.Password)}, Tools: tools, Memory: memory.NewBudget(1 << 30)}, restore.Job{
		Account: signin.Account{
			Server:   instance.Server{Host: p.Host, Port: p.Port, TLS: instance.TLS{Mode: instance.TLSVerifyFull}},
			Database: database + "_published", SignIn: instance.SignIn{KeyVaultSecret: "https://vault.example/secrets/s"},
		},
		// It is dropped after the test.
		Unpublished: database,
		Facts:       postgres.DatabaseFacts{Encoding: "UTF8", Collate: "C", Ctype: "C", LocaleProvider: "libc"},
		SourceMajor: 15, ToolMajor: 15, Owners: true, Grants: true,
	}
}

func load(t *testing.T, r restore.Restorer, job restore.Job, dump restore.Dump) (restore.Loaded, *progress.Meter, error) {
	t.Helper()
	m := progress.NewMeter(time.Now, "connect")
	loaded, err := r.Load(t.Context(), job, dump, m)
	return loaded, m, err
}

// publish loads a database and publishes it.
func publish(t *testing.T, r restore.Restorer, job restore.Job, dump restore.Dump) {
	t.Helper()
	loaded, _, err := load(t, r, job, dump)
	require.NoError(t, err)
	_, err = r.Publish(t.Context(), job, loaded.OID)
	require.NoError(t, err)
}

// schema returns a database's definitions as pg_dump writes them, without its
// random keys.
func schema(t *testing.T, database string) []string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(stock(t, database, "pg_dump", "--schema-only", "--quote-all-identifiers")) {
		// A random key.
		if !strings.HasPrefix(line, `\restrict`) && !strings.HasPrefix(line, `\unrestrict`) {
			lines = append(lines, line)
		}
	}
	return lines
}

// psqlFree removes psql's own commands from a script.
func psqlFree(script string) string {
	var b strings.Builder
	for line := range strings.Lines(script) {
		if !strings.HasPrefix(line, `\`) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// contents returns one line for each row, sequence and large object, in any
// order of the rows.
func contents(t *testing.T, database string) []string {
	t.Helper()
	conn, err := localenvtest.Postgres(t).Connect(t.Context(), database)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	rows, err := conn.Query(t.Context(), `SELECT CASE relkind WHEN 'S' THEN format('SELECT %L || last_value || is_called FROM %s', c.oid::regclass::text || ' ', c.oid::regclass)
			ELSE format('SELECT %L || count(*) || %L || coalesce(sum(hashtextextended(t::text, 0)), 0) FROM ONLY %s t', c.oid::regclass::text || ' ', ' ', c.oid::regclass) END
		FROM pg_class c WHERE relkind IN ('r', 'm', 'S') AND relispopulated AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace)
		UNION ALL SELECT 'SELECT ''large objects '' || count(*) || coalesce(sum(hashtextextended(loid || ''/'' || pageno || encode(data, ''hex''), 0)), 0) FROM pg_largeobject'
		UNION ALL SELECT 'SELECT string_agg(oid::text || lomacl::text, '' '' ORDER BY oid) FROM pg_largeobject_metadata' ORDER BY 1`)
	require.NoError(t, err)
	var queries, found []string
	for rows.Next() {
		var q string
		require.NoError(t, rows.Scan(&q))
		queries = append(queries, q)
	}
	require.NoError(t, rows.Err())
	for _, q := range queries {
		var line *string
		require.NoError(t, conn.QueryRow(t.Context(), q).Scan(&line), q)
		if line != nil {
			found = append(found, *line)
		}
	}
	return found
}

// same compares two databases.
func same(t *testing.T, want, have string) {
	t.Helper()
	require.Equal(t, schema(t, want), schema(t, have))
	require.Equal(t, contents(t, want), contents(t, have))
}
