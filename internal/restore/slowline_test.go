package restore_test

import (
	"context"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/progress/progresstest"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// slowServer is a connection to the server on which each part takes some time
// of a fake clock.
type slowServer struct {
	listener net.Listener
	clock    *progresstest.Clock
	step     time.Duration
	sessions sync.WaitGroup
	mu       sync.Mutex
	parts    int
}

// part is the number of bytes passed at a time.
const part = 256 << 10

func newSlowServer(t *testing.T, step time.Duration) *slowServer {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	s := &slowServer{listener: listener, clock: progresstest.NewClock(), step: step}
	s.sessions.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			s.sessions.Go(func() { s.session(t.Context(), client, localenvtest.Postgres(t).Port) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		s.sessions.Wait()
	})
	return s
}

func (s *slowServer) session(ctx context.Context, client net.Conn, port int) {
	defer client.Close()
	server, err := net.Dial("tcp", net.JoinHostPort("localhost", strconv.Itoa(port)))
	if err != nil {
		return
	}
	defer server.Close()
	s.sessions.Go(func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	})
	_ = client.(*net.TCPConn).SetReadBuffer(part) // what is buffered here counts as sent
	buffer := make([]byte, part)
	for passed := 0; ; {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		if passed += n; passed >= part {
			passed = 0
			s.pass(ctx)
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (s *slowServer) pass(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts++
	s.clock.Pass(ctx, s.step)
}

func (s *slowServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.parts
}

// A few bytes of the dump become many: rows and large objects that are all
// alike.
func TestASlowServerIsNoStall(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"rows":         `CREATE TABLE alike AS SELECT repeat('a', 1000) AS a FROM generate_series(1, 96000)`,
		"large object": `SELECT lo_from_bytea(0, convert_to(repeat('a', 32000000), 'UTF8'))`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := localenvtest.Postgres(t)
			from := localenvtest.Database(t)
			require.NoError(t, p.Exec(t.Context(), from, sql))
			dump, _ := stored(t, dumpFile(t, from, true))
			r, job := target(t)
			r.StallTimeout = 200 * time.Millisecond
			// The operating system buffers some megabytes, and accepts more
			// only when many of them were sent.
			slow := newSlowServer(t, r.StallTimeout/20)
			job.Account.Server.Port = slow.listener.Addr().(*net.TCPAddr).Port
			through := *localenvtest.Postgres(t)
			through.Port = job.Account.Server.Port
			r.Source = signintest.Given{Secret: through.URI("postgres", p.Superuser, p.Password)}
			m := progress.NewMeter(slow.clock.Now, "connect")
			_, err := r.Load(t.Context(), job, dump, m)
			require.NoError(t, err)
			require.Greater(t, slow.count(), 40, "the data took no longer than the limit")
			require.Equal(t, contents(t, from), contents(t, job.Unpublished))
			require.Equal(t, m.Snapshot().Total, m.Bytes())
		})
	}
}
