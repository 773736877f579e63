package restore_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// full returns a restorer and a job for a server on which no file has room for more
// than 24 MiB.
func full(t *testing.T) (restore.Restorer, restore.Job, *localenv.Postgres) {
	t.Helper()
	p, err := localenv.StartPostgres(t.Context(), localenv.PostgresOptions{CA: localenvtest.CA(t), FileLimit: 24<<20 + 4096,
		Settings: map[string]string{"max_parallel_maintenance_workers": "0", "maintenance_work_mem": "256MB"}})
	require.NoError(t, err)
	t.Cleanup(p.Stop)
	r, job := target(t)
	r.Source = signintest.Given{Secret: p.URI("postgres", p.Superuser, p.Password)}
	job.Account.Server.Host, job.Account.Server.Port = p.Host, p.Port
	return r, job, p
}

// TestAFullDisk: the server has no room for the rows of a table, for an index that one of
// our connections makes, and for one that pg_restore makes. The space is free again
// at once, since a server on a full disk would not survive the removal of the database.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	const rows = "CREATE TABLE t AS SELECT n, md5(n::text) || md5((n + 1)::text) AS text FROM generate_series(1, 200000) n; "
	r, job, p := full(t)
	for name, sql := range map[string]string{
		"rows":        "CREATE TABLE t AS SELECT repeat('x', 100) FROM generate_series(1, 300000)",
		"an index":    rows + "CREATE INDEX of_t ON t (text, (text || 'a'), (text || 'b'))",
		"a last step": rows + "CREATE MATERIALIZED VIEW v AS SELECT text || text || text || text AS text FROM t",
	} {
		source := localenvtest.Database(t)
		require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), source, sql))
		dump, _ := stored(t, dumpFile(t, source, true))
		job.Facts.SizeBytes = 123 << 20
		_, _, err := load(t, r, job, dump)
		require.Equal(t, failure.ServerDiskFull, failure.CodeOf(err), "%s: %v", name, err)
		require.ErrorContains(t, err, "the disk of server "+job.Account.Server.Address()+" is full")
		require.ErrorContains(t, err, "took 123.0 MiB on the server that was backed up")
		require.ErrorContains(t, err, "could not extend file")
		require.Less(t, databaseSize(t, p, job.Unpublished), 12<<20, name)
		require.NoError(t, r.Drop(t.Context(), job))
	}
}

// TestAFullDiskOfAnExistingDatabase: the server has no room for a table's rows, or for
// the rows of a materialized view, which the job's own statement makes.
func TestAFullDiskOfAnExistingDatabase(t *testing.T) {
	t.Parallel()
	r, job, p := full(t)
	require.NoError(t, p.Exec(t.Context(), "postgres", "CREATE DATABASE there"))
	job.Account.Database, job.Into = "there", &restore.Into{}
	source := localenvtest.Database(t)
	run(t, source, "CREATE TABLE t AS SELECT repeat('x', 100) FROM generate_series(1, 300000); CREATE MATERIALIZED VIEW v AS SELECT repeat('x', 100) FROM generate_series(1, 300000)")
	dump, _ := stored(t, dumpFile(t, source, true))
	for _, table := range []string{"public.t", "public.v"} {
		job.Wanted.Tables = []string{table}
		_, err := r.LoadInto(t.Context(), job, dump, progress.NewMeter(time.Now, "connect"))
		require.Equal(t, failure.ServerDiskFull, failure.CodeOf(err), "%s: %v", table, err)
		require.ErrorContains(t, err, "the disk of server "+job.Account.Server.Address()+" is full")
		require.NoError(t, r.DropInto(t.Context(), job))
	}
}

func databaseSize(t *testing.T, p *localenv.Postgres, database string) (bytes int) {
	t.Helper()
	conn, err := p.Connect(t.Context(), "postgres")
	require.NoError(t, err)
	defer conn.Close(context.Background())
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT pg_database_size($1)", database).Scan(&bytes))
	return bytes
}
