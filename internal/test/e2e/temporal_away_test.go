package e2e_test

import (
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// TestTemporalAwayForLongerThanAHeartbeat stops the Temporal server in the middle
// of a dump, a restore and a copy of files. When the server is back it gives the
// attempts up, and the worker carries the same work on in the next ones.
func TestTemporalAwayForLongerThanAHeartbeat(t *testing.T) {
	t.Parallel()
	env := localenvtest.Env(t)
	var err error
	env.Temporal, err = localenv.StartTemporal(t.Context(), localenv.TemporalOptions{})
	require.NoError(t, err)
	t.Cleanup(env.Temporal.Stop)
	proxy := gate(t, env)
	w := newWorldIn(t, env, map[string]string{"PGVAULT_VAULT": proxy.URL + "/" + path.Base(env.VaultURL)})
	p := w.startWorker(t, smallBuffers)
	dumped, restored, copied := w.protected(t, bulk(32)), w.protected(t, bulk(8)), w.protected(t, bulk(8))
	w.backup(t, restored)
	w.backup(t, copied)

	dumping, letDump := hold(t, proxy, stagedAfter(dumped, 1))
	restoring, letRestore := holdBody(t, w, proxy, restored, 1<<20)
	copying, letCopy := hold(t, proxy, func(r *http.Request) bool {
		_, ok := new(reads).note(r, copied)
		return ok
	})
	target := restored.Database + "_copy"
	w.dropLater(t, target)
	elsewhere := w.elsewhere(t)
	dumpJob := w.start(t, "backup", dumped.Name)
	restoreJob := w.start(t, "restore", restored.Name, "--to-server", w.server(), "--to-database", target, "--secret", w.administrator(t))
	copyJob := w.start(t, "restore", copied.Name, "--to-container", elsewhere.env.VaultURL, "--prefix", "files/")
	await(t, dumping, p)
	await(t, restoring, p)
	await(t, copying, p)
	half := w.unpublished(t, restoreJob)
	eventually(t, func() bool { return len(w.sessions(t, half)) == 1 }, "no session loads data")
	dumpSessions := w.sessions(t, dumped.Database)
	oid := w.query(t, "postgres", "SELECT oid FROM pg_database WHERE datname = '"+half+"'")

	env.Temporal.Halt()
	waitUntil(t, time.Now().Add(time.Minute)) // the length of the outage is what is tested
	require.NoError(t, env.Temporal.Start(t.Context()))
	eventually(t, func() bool { return w.pending(t, dumped.workID()).GetAttempt() == 2 }, "the server does not give up the attempt")
	require.Subset(t, dumpSessions, w.sessions(t, dumped.Database), "the dump is not begun again")
	letDump()
	letRestore()
	letCopy()

	require.NoError(t, w.awaitEnd(t, dumpJob))
	require.True(t, strings.HasSuffix(w.manifest(t, dumped, w.onePoint(t, dumped)).at(t, "dump.blob"), "-1.dump"))
	require.NoError(t, w.awaitEnd(t, restoreJob))
	require.Equal(t, w.query(t, restored.Database, "SELECT count(*) FROM bulk"), w.query(t, target, "SELECT count(*) FROM bulk"))
	require.NoError(t, w.awaitEnd(t, copyJob))
	require.Len(t, elsewhere.blobs(t, "files/"), 4)
	require.Equal(t, oid, w.query(t, "postgres", "SELECT oid FROM pg_database WHERE datname = '"+target+"'"), "the restore is not begun again")
}
