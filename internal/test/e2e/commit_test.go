package e2e_test

import (
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// The worker dies after the server has committed the rows and before Temporal
// knows.
func TestWorkerDiesBetweenCommitAndReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	line := newLine(t, w.env.Temporal.Address)
	first := w.startWorker(t, "TEMPORAL_ADDRESS="+line.address)
	i := w.protected(t, "CREATE TABLE lost AS SELECT i FROM generate_series(1, 1000) i")
	w.backup(t, i)
	// A check that blocks for a while, of a table that is not restored.
	w.exec(t, i.Database, `TRUNCATE lost; CREATE TABLE gate (); CREATE FUNCTION passes() RETURNS bool LANGUAGE plpgsql AS
		$$ BEGIN PERFORM FROM public.gate; RETURN true; END $$; ALTER TABLE lost ADD CHECK (passes())`)
	open := w.lock(t, i.Database, "gate")
	id := w.start(t, "restore", i.Name, "--to-server", w.server(), "--to-database", i.Database, "--secret", w.administrator(t), "--table", "public.lost", "--data-only")
	eventually(t, func() bool {
		return w.query(t, i.Database, "SELECT count(*)::text FROM pg_locks WHERE NOT granted AND relation = 'gate'::regclass") == "1"
	}, "the rows do not come")
	line.cut()
	open()
	eventually(t, func() bool { return w.query(t, i.Database, "SELECT count(*)::text FROM lost") == "1000" }, "nothing is committed")
	first.kill(t)

	w.startWorker(t)
	require.NoError(t, w.awaitEnd(t, id))
	require.Equal(t, "1000", w.query(t, i.Database, "SELECT count(*)::text FROM lost"))
	w.heartbeatLost(t, id, "RestoreDatabase")
}

// The worker dies when the storage has a part of the recovery point and
// Temporal does not know.
func TestWorkerDiesBetweenWriteAndReport(t *testing.T) {
	t.Parallel()
	for name, part := range map[string]struct {
		suffix, comp, step string
		lost               func(*world, *testing.T, string, string)
	}{
		"the dump":     {".dump", "blocklist", "Dump", (*world).heartbeatLost},
		"the manifest": {"/manifest.json", "", "Commit", (*world).shortHeartbeatLost},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, proxy := newGatedWorld(t)
			line := newLine(t, w.env.Temporal.Address)
			first := w.startWorker(t, "TEMPORAL_ADDRESS="+line.address)
			i := w.protected(t, "CREATE TABLE t AS SELECT i FROM generate_series(1, 1000) i")
			written := func(name string) bool { return strings.HasSuffix(name, part.suffix) }
			held, release := hold(t, proxy, func(r *http.Request) bool {
				return r.Method == http.MethodPut && r.URL.Query().Get("comp") == part.comp && strings.Contains(r.URL.Path, pointsOf(i)) && written(r.URL.Path)
			})
			id := w.start(t, "backup", i.Name)
			await(t, held, first)
			line.cut()
			release()
			eventually(t, func() bool { return slices.ContainsFunc(w.blobs(t, pointsOf(i)), written) }, "nothing is written")
			first.kill(t)

			w.startWorker(t)
			require.NoError(t, w.awaitEnd(t, id))
			part.lost(w, t, i.workID(), part.step)
			point := w.onePoint(t, i)
			require.True(t, strings.HasSuffix(w.manifest(t, i, point).at(t, "dump.blob"), "-1.dump"), "what the lost attempt has stored wholly is not dumped again")
			for _, name := range w.blobs(t, pointsOf(i)) {
				require.Contains(t, name, point)
			}
		})
	}
}

// line is a connection to a server that can be cut.
type line struct {
	address  string
	listener net.Listener
	mu       sync.Mutex
	ends     []net.Conn
}

func newLine(t *testing.T, server string) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := &line{address: listener.Addr().String(), listener: listener}
	t.Cleanup(l.cut)
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("tcp", server)
			if err != nil {
				_ = client.Close()
				continue
			}
			l.mu.Lock()
			l.ends = append(l.ends, client, upstream)
			l.mu.Unlock()
			go func() { _, _ = io.Copy(upstream, client) }()
			go func() { _, _ = io.Copy(client, upstream) }()
		}
	}()
	return l
}

// cut closes all connections and refuses new ones.
func (l *line) cut() {
	_ = l.listener.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, end := range l.ends {
		_ = end.Close()
	}
}
