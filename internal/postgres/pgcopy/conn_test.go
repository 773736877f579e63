package pgcopy_test

import (
	"bytes"
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres/pgcopy"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

// kept keeps the output of each statement.
type kept struct {
	outputs []*bytes.Buffer
	ended   int
	refuse  error
}

var _ pgcopy.Sink = (*kept)(nil)

func (k *kept) Begin() error {
	k.outputs = append(k.outputs, &bytes.Buffer{})
	return nil
}

func (k *kept) Write(rows []byte) error {
	if k.refuse != nil {
		return k.refuse
	}
	k.outputs[len(k.outputs)-1].Write(rows)
	return nil
}

func (k *kept) End() error {
	k.ended++
	return nil
}

func take(t *testing.T) *pgcopy.Conn {
	t.Helper()
	c, _ := takeWatched(t)
	return c
}

func takeWatched(t *testing.T) (*pgcopy.Conn, *slowConn) {
	t.Helper()
	p := localenvtest.Postgres(t)
	config, err := pgx.ParseConfig(p.URI("postgres", p.Superuser, p.Password).Reveal() + "&sslrootcert=" + localenvtest.CA(t).CertificateFile())
	require.NoError(t, err)
	var slow *slowConn
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		slow = &slowConn{TCPConn: conn.(*net.TCPConn), reads: make(chan struct{}, 1)}
		return slow, nil
	}
	pgcopy.Prepare(config)
	conn, err := pgx.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	// pgx takes to reading in the background, and goes on with that after the answer.
	slow.awaitRead.Store(true)
	_, err = conn.Exec(t.Context(), "SELECT 1")
	require.NoError(t, err)
	slow.awaitRead.Store(false)
	c, err := pgcopy.Take(conn)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c, slow
}

// slowConn is the network on a bad day: while awaitRead is set, a write takes
// until somebody reads.
type slowConn struct {
	*net.TCPConn
	awaitRead atomic.Bool
	reads     chan struct{} // one is enough
}

func (s *slowConn) Write(p []byte) (int, error) {
	n, err := s.TCPConn.Write(p)
	if s.awaitRead.Load() {
		<-s.reads
	}
	return n, err
}

func (s *slowConn) Read(p []byte) (int, error) {
	if s.awaitRead.Load() {
		select {
		case s.reads <- struct{}{}:
		default:
		}
	}
	return s.TCPConn.Read(p)
}

func TestOutputOfEachStatementComesWhole(t *testing.T) {
	t.Parallel()
	c, sink := take(t), &kept{}
	require.NoError(t, c.Exec(t.Context(), "SET application_name = 'x'; SELECT 1, 'rows that nobody wants'; DO $$ BEGIN RAISE NOTICE 'hello'; END $$"))
	// Rows of every length, also longer than the buffer, and none at all.
	err := c.Copy(t.Context(), `COPY (SELECT i, repeat('x', (i * i) % 5000) FROM generate_series(1, 20000) i) TO STDOUT;
		COPY (SELECT 1 WHERE false) TO STDOUT;
		COPY (SELECT repeat('y', n) FROM unnest(ARRAY[1, 300000, 2000000, 3]) n) TO STDOUT`, sink)
	require.NoError(t, err)
	require.Len(t, sink.outputs, 3)
	require.Equal(t, 3, sink.ended)
	lines := strings.Split(strings.TrimSuffix(sink.outputs[0].String(), "\n"), "\n")
	require.Len(t, lines, 20000)
	for i, line := range lines {
		number, text, _ := strings.Cut(line, "\t")
		require.Equal(t, number, strings.TrimSpace(number))
		require.Len(t, text, (i+1)*(i+1)%5000)
	}
	require.Zero(t, sink.outputs[1].Len())
	require.Equal(t, strings.Repeat("y", 1)+"\n"+strings.Repeat("y", 300000)+"\n"+strings.Repeat("y", 2000000)+"\nyyy\n", sink.outputs[2].String())
}

func TestServersErrorLeavesTheConnectionOpen(t *testing.T) {
	t.Parallel()
	c, sink := take(t), &kept{}
	err := c.Copy(t.Context(), "COPY (SELECT 1 / (100000 - i) FROM generate_series(1, 200000) i) TO STDOUT", sink)
	var refusal *pgconn.PgError
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, "22012", refusal.Code)
	require.Zero(t, sink.ended, "what is cut off has not ended")
	require.False(t, c.Failed())
	require.NoError(t, c.Copy(t.Context(), "COPY (SELECT 1) TO STDOUT", sink))
	require.Equal(t, "1\n", sink.outputs[1].String())
}

func TestSinksErrorClosesTheConnection(t *testing.T) {
	t.Parallel()
	c := take(t)
	require.ErrorIs(t, c.Copy(t.Context(), "COPY (SELECT 1) TO STDOUT", &kept{refuse: context.DeadlineExceeded}), context.DeadlineExceeded)
	require.True(t, c.Failed())
	require.ErrorIs(t, c.Exec(t.Context(), "SELECT 1"), context.DeadlineExceeded)
}

func TestContextEndsACopy(t *testing.T) {
	t.Parallel()
	c := take(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Copy(ctx, "COPY (SELECT pg_sleep(600)) TO STDOUT", &kept{}) }()
	cause := context.DeadlineExceeded
	cancel(cause)
	require.ErrorIs(t, <-done, cause)
	require.True(t, c.Failed())
}

// TestContextEndsACopyWhoseRowsCome is of a connection that waits for more rows
// than there are.
func TestContextEndsACopyWhoseRowsCome(t *testing.T) {
	t.Parallel()
	c := take(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := context.DeadlineExceeded
	sink := &first{came: func() { cancel(cause) }}
	err := c.Copy(ctx, "COPY (SELECT repeat('x', 10000), CASE i WHEN 20 THEN pg_sleep(600) END FROM generate_series(1, 20) i) TO STDOUT", sink)
	require.ErrorIs(t, err, cause)
	require.True(t, c.Failed())
}

// first reports whether rows come.
type first struct {
	kept
	came func()
}

func (f *first) Write(rows []byte) error {
	f.came()
	return f.kept.Write(rows)
}

func TestEndedSessionIsNoRefusal(t *testing.T) {
	t.Parallel()
	c := take(t)
	err := c.Exec(t.Context(), "SELECT pg_terminate_backend(pg_backend_pid())")
	require.Error(t, err)
	require.True(t, c.Failed())
}

// largest remembers the longest write.
type largest struct {
	kept
	length int
}

func (l *largest) Write(rows []byte) error {
	l.length = max(l.length, len(rows))
	return l.kept.Write(rows)
}

func TestARowThatIsTooLongToBeHeldComesInParts(t *testing.T) {
	t.Parallel()
	c := take(t)
	sink := &largest{}
	require.NoError(t, c.Copy(t.Context(), `COPY (SELECT v FROM (VALUES ('before'), (repeat('long', 10 << 20)), ('between'), (repeat('x', 5 << 20)), (repeat('y', 3 << 20)), ('after')) t (v)) TO STDOUT;
		COPY (SELECT 'next') TO STDOUT`, sink))
	require.Equal(t, 2, sink.ended)
	want := "before\n" + strings.Repeat("long", 10<<20) + "\nbetween\n" + strings.Repeat("x", 5<<20) + "\n" + strings.Repeat("y", 3<<20) + "\nafter\n"
	require.True(t, want == sink.outputs[0].String())
	require.Equal(t, "next\n", sink.outputs[1].String())
	require.Less(t, sink.length, 5<<20)
}
