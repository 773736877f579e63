package e2e_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// drilledOn is like drilled, with drills on the test's own scratch server.
func (w *world) drilledOn(t *testing.T, scratch *localenv.Postgres, sql string) instance {
	t.Helper()
	i := w.drillable(t, w.unprotected(t, sql), scratch)
	w.exec(t, i.Database, "GRANT pg_read_all_data TO "+i.user())
	w.apply(t, i)
	return i
}

// ownScratch starts a scratch server that the test may stop.
func ownScratch(t *testing.T) *localenv.Postgres {
	t.Helper()
	scratch, err := localenv.StartPostgres(t.Context(), localenv.PostgresOptions{CA: localenvtest.CA(t), Host: localenv.ScratchHost})
	require.NoError(t, err)
	t.Cleanup(scratch.Stop)
	return scratch
}

// drillRecord returns the first record of an instance's drills, read without the code
// under test.
func (w *world) drillRecord(t *testing.T, i instance) (record document) {
	t.Helper()
	envelope := w.document(t, "proofs/"+i.Name+"/00000001.json")
	payload, err := base64.StdEncoding.DecodeString(envelope.at(t, "payload"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(payload, &record))
	return record
}

// comparing matches the request with which a drill begins to compare rows.
func comparing(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasPrefix(path.Base(r.URL.Path), "fingerprints-")
}

// The scratch server is away when the drill begins, and again while it compares. The
// drill waits, and drops its database when the server is back.
func TestScratchServerAwayInADrill(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	p := w.startWorker(t)
	scratch := ownScratch(t)
	i := w.drilledOn(t, scratch, "CREATE TABLE t AS SELECT generate_series(1, 1000) AS n")
	w.backup(t, i)
	run := jobs.DrillRunID(fmt.Sprintf("%s:%d", scratch.Host, scratch.Port))
	held, release := hold(t, proxy, comparing)

	scratch.Halt()
	id := w.start(t, "drill", i.Name)
	w.awaitRetry(t, run, "CheckTarget", "ServerConnectionClosed")
	require.NoError(t, scratch.Start(t.Context()))
	await(t, held, p)
	scratch.Halt()
	release()
	w.awaitRetry(t, run, "CompareRows", "ServerConnectionClosed")
	require.NoError(t, scratch.Start(t.Context()))
	require.NoError(t, w.awaitEnd(t, id))
	require.NoError(t, scratch.Exec(t.Context(), "postgres", `DO $$ BEGIN
		ASSERT NOT EXISTS (SELECT FROM pg_database WHERE starts_with(datname, 'pgvault')); END $$`))
	require.Equal(t, "true", w.drillRecord(t, i).at(t, "dropped"))
}

// Nothing is created on a server that is older than the point.
func TestADrillOnAnOlderServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	i := w.drilled(t, "")
	future := w.fromTheFuture(t, i, w.backup(t, i))
	out := w.failing(t, "UserErrorRestoreToLowerVersion", "drill", i.Name, "--point", future, "--wait")
	require.Contains(t, out, localenv.ScratchHost)
	require.Empty(t, w.drillDatabases(t))
	require.Empty(t, w.records(t, i), "nothing was drilled")
	require.Empty(t, w.holds(t, i, future))
}
