package e2e_test

import (
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"

	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// newWorldOfItsOwn returns a gated world with a Temporal server that the test
// may stop.
func newWorldOfItsOwn(t *testing.T) (*world, *localenv.Proxy) {
	t.Helper()
	env := localenvtest.Env(t)
	var err error
	env.Temporal, err = localenv.StartTemporal(t.Context(), localenv.TemporalOptions{})
	require.NoError(t, err)
	t.Cleanup(env.Temporal.Stop)
	proxy := gate(t, env)
	return newWorldIn(t, env, map[string]string{"PGVAULT_VAULT": proxy.URL + "/" + path.Base(env.VaultURL)}), proxy
}

func TestTemporalAwayForAMinute(t *testing.T) {
	t.Parallel()
	outage(t, time.Minute, func(*world) {})
}

// The next attempts may reach a worker that does not have the work. It leaves
// them to the worker that has it.
func TestTemporalAwayForTwoMinutesWithTwoWorkers(t *testing.T) {
	t.Parallel()
	outage(t, 2*time.Minute, func(w *world) { w.startWorker(t, smallBuffers) })
}

// outage stops the Temporal server during a dump, a restore and a copy of
// files. When the server is back it gives the attempts up, and their worker
// continues the same work in later attempts. Additional workers start before
// the outage.
func outage(t *testing.T, length time.Duration, further func(*world)) {
	t.Helper()
	w, proxy := newWorldOfItsOwn(t)
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
	container := path.Base(elsewhere.env.VaultURL)
	commits := count(t, proxy, func(r *http.Request) bool {
		return r.Method == http.MethodPut && r.URL.Query().Get("comp") == "blocklist" && strings.Contains(r.URL.Path, "/"+container+"/") && strings.HasSuffix(r.URL.Path, ".dump")
	})
	jobs := []string{
		w.start(t, "backup", dumped.Name),
		w.start(t, "restore", restored.Name, "--to-server", w.server(), "--to-database", target, "--secret", w.administrator(t)),
		w.start(t, "restore", copied.Name, "--to-container", proxy.URL+"/"+container, "--prefix", "files/"),
	}
	await(t, dumping, p)
	await(t, restoring, p)
	await(t, copying, p)
	half := w.unpublished(t, jobs[1])
	eventually(t, func() bool { return len(w.sessions(t, half)) == 1 }, "no session loads data")
	dumpSessions := w.sessions(t, dumped.Database)
	oid := w.query(t, "postgres", "SELECT oid FROM pg_database WHERE datname = '"+half+"'")
	further(w)

	w.env.Temporal.Halt()
	waitUntil(t, time.Now().Add(length)) // the length of the outage is what is tested
	back := time.Now()
	require.NoError(t, w.env.Temporal.Start(t.Context()))
	steps := map[string]string{dumped.workID(): "Dump", jobs[1]: "RestoreDatabase", jobs[2]: "CopyFiles"}
	for id, step := range steps {
		w.awaitCarried(t, id, step, p, back)
	}
	require.Subset(t, dumpSessions, w.sessions(t, dumped.Database), "the dump is not begun again")
	letDump()
	letRestore()
	letCopy()

	for _, id := range jobs {
		require.NoError(t, w.awaitEnd(t, id))
	}
	require.True(t, strings.HasSuffix(w.manifest(t, dumped, w.onePoint(t, dumped)).at(t, "dump.blob"), "-1.dump"))
	require.Equal(t, w.query(t, restored.Database, "SELECT count(*) FROM bulk"), w.query(t, target, "SELECT count(*) FROM bulk"))
	require.Equal(t, oid, w.query(t, "postgres", "SELECT oid FROM pg_database WHERE datname = '"+target+"'"), "the restore is not begun again")
	require.Len(t, elsewhere.blobs(t, "files/"), 6)
	require.EqualValues(t, 1, commits(), "the dump is copied once")
	var last int32
	for id, step := range steps {
		last = max(last, done(t, w.history(t, id), step).number)
	}
	require.Greater(t, last, int32(1), "the server has given no attempt up")
}

// awaitCarried waits until the worker that has a step's work has heartbeated
// since the server is back, or has finished the step.
func (w *world) awaitCarried(t *testing.T, id, name string, p *worker, back time.Time) {
	t.Helper()
	var step *workflowpb.PendingActivityInfo
	eventually(t, func() bool {
		step = w.pending(t, id)
		return step.GetActivityType().GetName() != name || step.GetState() == enumspb.PENDING_ACTIVITY_STATE_STARTED &&
			step.GetLastHeartbeatTime().AsTime().After(back) && strings.HasPrefix(step.GetLastWorkerIdentity(), strconv.Itoa(p.cmd.Process.Pid)+"@")
	}, "worker %d, which has the work of %s of job %s, does not go on with it", p.cmd.Process.Pid, name, id)
	t.Logf("%s of %s goes on in attempt %d", name, id, step.GetAttempt())
}

// count counts the requests that match at a proxy without holding them.
func count(t *testing.T, proxy *localenv.Proxy, match localenv.Match) (sofar func() int32) {
	t.Helper()
	var n atomic.Int32
	hold(t, proxy, func(r *http.Request) bool {
		if match(r) {
			n.Add(1)
		}
		return false
	})
	return n.Load
}
