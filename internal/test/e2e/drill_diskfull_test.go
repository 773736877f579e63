package e2e_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/test/localenv"
)

// A drill that has no room on its server ends with its first attempt, and the next
// drill on that server begins at once.
func TestADrillThatHasNoRoomOnItsServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	scratch := ownServer(t, localenv.PostgresOptions{Host: localenv.ScratchHost, FileLimit: 24<<20 + 4096,
		Settings: map[string]string{"max_parallel_maintenance_workers": "0", "maintenance_work_mem": "256MB"}})
	small := w.drilledOn(t, scratch, "CREATE TABLE t AS SELECT 1 AS n")
	w.backup(t, small)
	address := fmt.Sprintf("%s:%d", scratch.Host, scratch.Port)
	for what, sql := range map[string]string{
		`COPY "public"."t"`: "CREATE TABLE t AS SELECT repeat('x', 100) AS text FROM generate_series(1, 300000)",
		`CREATE INDEX "of_t"`: `CREATE TABLE t AS SELECT md5(n::text) || md5((n + 1)::text) AS text FROM generate_series(1, 200000) n;
			CREATE INDEX of_t ON t (text, (text || 'a'), (text || 'b'))`,
	} {
		large := w.drilledOn(t, scratch, sql)
		point := w.backup(t, large)
		out := w.failing(t, "UserErrorServerDiskFull", "drill", large.Name, "--wait")
		require.Contains(t, out, "the disk of server "+address+" is full")
		require.Contains(t, out, "could not extend file")
		require.Contains(t, out, what)
		require.Contains(t, out, "Give the server more storage")
		require.EqualValues(t, 1, last(w.history(t, jobs.DrillRunID(address)), "RestoreDatabase").number)
		require.NoError(t, scratch.Exec(t.Context(), "postgres", `DO $$ BEGIN
			ASSERT NOT EXISTS (SELECT FROM pg_database WHERE starts_with(datname, 'pgvault')); END $$`))
		require.Empty(t, w.holds(t, large, point))
		record := w.drillRecord(t, large)
		require.Equal(t, "failed", record.at(t, "verdict"))
		require.Equal(t, "restore", record.at(t, "failure.phase"))
		require.Equal(t, "UserErrorServerDiskFull", record.at(t, "failure.code"))
		require.Equal(t, "true", record.at(t, "dropped"))
		w.ok(t, "drill", small.Name, "--wait")
	}
}
