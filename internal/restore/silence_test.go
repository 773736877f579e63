package restore_test

import (
	"context"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/progress/progresstest"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// silentLine is a proxy whose connections can be silenced: they stay open and
// pass nothing.
type silentLine struct {
	listener net.Listener
	sessions sync.WaitGroup
	mu       sync.Mutex
	silent   []*atomic.Bool
	over     chan struct{}
}

func newSilentLine(t *testing.T) *silentLine {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	s := &silentLine{listener: listener, over: make(chan struct{})}
	s.sessions.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			s.sessions.Go(func() { s.session(client, localenvtest.Postgres(t).Port) })
		}
	})
	t.Cleanup(func() {
		close(s.over)
		_ = listener.Close()
		s.sessions.Wait()
	})
	return s
}

func (s *silentLine) session(client net.Conn, port int) {
	server, err := net.Dial("tcp", net.JoinHostPort("localhost", strconv.Itoa(port)))
	if err != nil {
		_ = client.Close()
		return
	}
	silent := &atomic.Bool{}
	s.mu.Lock()
	s.silent = append(s.silent, silent)
	s.mu.Unlock()
	pass := func(to, from net.Conn) {
		defer to.Close()
		defer from.Close()
		buffer := make([]byte, 64<<10)
		for {
			n, err := from.Read(buffer)
			if silent.Load() {
				<-s.over
				return
			}
			if _, failed := to.Write(buffer[:n]); err != nil || failed != nil {
				return
			}
		}
	}
	s.sessions.Go(func() { pass(client, server) })
	pass(server, client)
}

// silence silences the existing connections, not new ones.
func (s *silentLine) silence() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, silent := range s.silent {
		silent.Store(true)
	}
}

// gated has an index, a constraint over two tables and a view, each of which
// must pass a gate of its own on the server.
const gated = `CREATE FUNCTION gate(key int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
	BEGIN PERFORM pg_catalog.pg_advisory_xact_lock(key); RETURN key; END $$;
	CREATE TABLE busy AS SELECT i FROM generate_series(1, 100) i;
	CREATE INDEX busy_i ON busy (i, public.gate(1));
	CREATE MATERIALIZED VIEW late AS SELECT public.gate(2), i FROM busy`

// Connections stay open and pass nothing, while the server is alive.
func TestASilentConnectionIsAStall(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]string{"rows": "0", "index": "1", "materialized view": "2"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, from := localenvtest.Postgres(t), localenvtest.Database(t)
			require.NoError(t, p.Exec(t.Context(), from, gated))
			dump, proxy := stored(t, dumpFile(t, from, true))
			r, job := target(t)
			r.StallTimeout = time.Second
			line := newSilentLine(t)
			job.Account.Server.Port = line.listener.Addr().(*net.TCPAddr).Port
			through := *localenvtest.Postgres(t)
			through.Port = job.Account.Server.Port
			r.Source = signintest.Given{Secret: through.URI("postgres", p.Superuser, p.Password)}
			held, release := proxy.Hold(data)
			t.Cleanup(release)
			clock, ended := progresstest.NewClock(), make(chan error, 1)
			ctx, over := context.WithCancel(t.Context())
			go func() {
				defer over()
				_, err := r.Load(t.Context(), job, dump, progress.NewMeter(clock.Now, "connect"))
				ended <- err
			}()
			<-held
			holder, err := p.Connect(t.Context(), job.Unpublished)
			require.NoError(t, err)
			defer holder.Close(context.Background())
			_, err = holder.Exec(t.Context(), "SELECT pg_advisory_lock("+key+")")
			require.NoError(t, err)
			if key != "0" {
				release()
				require.Eventually(t, func() bool { return sessionsThat(t, "wait_event = 'advisory'", job.Unpublished) == 1 }, time.Minute, 10*time.Millisecond)
			}
			line.silence()
			release()
			_, err = holder.Exec(t.Context(), "SELECT pg_advisory_unlock_all()")
			require.NoError(t, err)
			for ctx.Err() == nil { // the server works for a moment longer
				clock.Pass(ctx, time.Hour)
			}
			err = <-ended
			require.Equal(t, failure.TransferStalled, failure.CodeOf(err), "%v", err)
			require.ErrorContains(t, err, job.Unpublished)
		})
	}
}
