package pgcopy_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"slices"
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

// collector keeps the output of each statement.
type collector struct {
	outputs []*bytes.Buffer
	ended   int
	rows    []int64
	refuse  error
}

var _ pgcopy.Sink = (*collector)(nil)

func (c *collector) Begin() error {
	c.outputs = append(c.outputs, &bytes.Buffer{})
	return nil
}

func (c *collector) Write(rows []byte, ends []int) error {
	if c.refuse != nil {
		return c.refuse
	}
	if ends != nil && !slices.Equal(ends, lineEnds(rows)) {
		return errWrongEnds
	}
	c.outputs[len(c.outputs)-1].Write(rows)
	return nil
}

var errWrongEnds = errors.New("the ends of the rows are wrong")

// lineEnds returns the offsets after the line feeds of a text.
func lineEnds(text []byte) (ends []int) {
	for line := range bytes.Lines(text) {
		ends = append(ends, len(line))
		if n := len(ends); n > 1 {
			ends[n-1] += ends[n-2]
		}
	}
	return ends
}

func (c *collector) End(rows int64) error {
	c.ended++
	c.rows = append(c.rows, rows)
	return nil
}

// take returns a connection of the test server.
func take(t *testing.T) *pgcopy.Conn {
	t.Helper()
	c, _ := takeWatched(t)
	return c
}

// takeWatched returns a connection of the test server, and its network connection.
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
	// pgx starts a background read during the slow write, which continues after the
	// answer.
	slow.awaitRead.Store(true)
	_, err = conn.Exec(t.Context(), "SELECT 1")
	require.NoError(t, err)
	slow.awaitRead.Store(false)
	c, err := pgcopy.Take(conn)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c, slow
}

// slowConn is a network connection whose writes block until a read while
// awaitRead is set.
type slowConn struct {
	*net.TCPConn
	awaitRead atomic.Bool
	reads     chan struct{}
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

func TestCopyWritesTheWholeOutputOfEachStatement(t *testing.T) {
	t.Parallel()
	c, sink := take(t), &collector{}
	require.NoError(t, c.Exec(t.Context(), "SET application_name = 'x'; SELECT 1, 'unused rows'; DO $$ BEGIN RAISE NOTICE 'hello'; END $$"))
	// Rows of many lengths, some longer than the buffer, and an output without rows.
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

func TestAnErrorOfTheServerLeavesTheConnectionOpen(t *testing.T) {
	t.Parallel()
	c, sink := take(t), &collector{}
	err := c.Copy(t.Context(), "COPY (SELECT 1 / (100000 - i) FROM generate_series(1, 200000) i) TO STDOUT", sink)
	var refusal *pgconn.PgError
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, "22012", refusal.Code)
	require.Zero(t, sink.ended, "the output is incomplete")
	require.False(t, c.Failed())
	require.NoError(t, c.Copy(t.Context(), "COPY (SELECT 1) TO STDOUT", sink))
	require.Equal(t, "1\n", sink.outputs[1].String())
}

func TestAnErrorOfTheSinkClosesTheConnection(t *testing.T) {
	t.Parallel()
	c := take(t)
	require.ErrorIs(t, c.Copy(t.Context(), "COPY (SELECT 1) TO STDOUT", &collector{refuse: context.DeadlineExceeded}), context.DeadlineExceeded)
	require.True(t, c.Failed())
	require.ErrorIs(t, c.Exec(t.Context(), "SELECT 1"), context.DeadlineExceeded)
}

func TestTheEndOfTheContextEndsACopy(t *testing.T) {
	t.Parallel()
	c := take(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Copy(ctx, "COPY (SELECT pg_sleep(600)) TO STDOUT", &collector{}) }()
	cause := context.DeadlineExceeded
	cancel(cause)
	require.ErrorIs(t, <-done, cause)
	require.True(t, c.Failed())
}

// TestTheEndOfTheContextEndsABatchedRead ends the context of a connection that
// waits for a batch.
func TestTheEndOfTheContextEndsABatchedRead(t *testing.T) {
	t.Parallel()
	c := take(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := context.DeadlineExceeded
	sink := &onWrite{call: func() { cancel(cause) }}
	err := c.Copy(ctx, "COPY (SELECT repeat('x', 10000), CASE i WHEN 20 THEN pg_sleep(600) END FROM generate_series(1, 20) i) TO STDOUT", sink)
	require.ErrorIs(t, err, cause)
	require.True(t, c.Failed())
}

// onWrite calls a function before each write.
type onWrite struct {
	collector
	call func()
}

func (w *onWrite) Write(rows []byte, ends []int) error {
	w.call()
	return w.collector.Write(rows, ends)
}

func TestTheEndOfTheSessionClosesTheConnection(t *testing.T) {
	t.Parallel()
	c := take(t)
	err := c.Exec(t.Context(), "SELECT pg_terminate_backend(pg_backend_pid())")
	require.Error(t, err)
	require.True(t, c.Failed())
}

// longestWrite keeps the length of the longest write.
type longestWrite struct {
	collector
	length int
}

func (w *longestWrite) Write(rows []byte, ends []int) error {
	w.length = max(w.length, len(rows))
	return w.collector.Write(rows, ends)
}

func TestLongRowsAreWrittenInParts(t *testing.T) {
	t.Parallel()
	c := take(t)
	sink := &longestWrite{}
	require.NoError(t, c.Copy(t.Context(), `COPY (SELECT v FROM (VALUES ('before'), (repeat('long', 10 << 20)), ('between'), (repeat('x', 5 << 20)), (repeat('y', 3 << 20)), ('after')) t (v)) TO STDOUT;
		COPY (SELECT 'next') TO STDOUT`, sink))
	require.Equal(t, 2, sink.ended)
	want := "before\n" + strings.Repeat("long", 10<<20) + "\nbetween\n" + strings.Repeat("x", 5<<20) + "\n" + strings.Repeat("y", 3<<20) + "\nafter\n"
	require.True(t, want == sink.outputs[0].String())
	require.Equal(t, "next\n", sink.outputs[1].String())
	require.Less(t, sink.length, 5<<20)
}
