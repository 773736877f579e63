package postgres_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// rowThen is a reader of two alike rows, which calls then between them.
type rowThen struct {
	row   string
	then  func()
	reads int
	ended chan struct{}
}

func (r *rowThen) Read(p []byte) (int, error) {
	r.reads++
	switch r.reads {
	case 1:
		return copy(p, r.row), nil
	case 2:
		defer close(r.ended)
		r.then()
		return copy(p, r.row), nil
	}
	return 0, io.EOF
}

// copyRows copies rows into the table t.
func copyRows(t *testing.T, conn *pgx.Conn, row string, then func()) error {
	t.Helper()
	rows := &rowThen{row: row, then: then, ended: make(chan struct{})}
	err := postgres.Copy(conn.PgConn(), func() error {
		_, err := conn.PgConn().CopyFrom(t.Context(), rows, "COPY public.t FROM stdin")
		return err
	})
	<-rows.ended
	return err
}

// TestARefusedCopyWhoseConnectionBreaks: the refusal is the reason, though the
// connection breaks before the COPY has ended.
func TestARefusedCopyWhoseConnectionBreaks(t *testing.T) {
	t.Parallel()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	conn, other := connect(t, target(t, p, database)), connect(t, target(t, p, database))
	run(t, conn, "CREATE TABLE public.t (n int)")
	pid := conn.PgConn().PID()
	err := copyRows(t, conn, "no number\n", func() {
		require.Eventually(t, func() bool {
			return one(t, other, fmt.Sprintf("SELECT count(*)::text FROM pg_stat_activity WHERE pid = %d AND state = 'idle' AND query LIKE 'COPY%%'", pid)) == "1"
		}, time.Minute, 10*time.Millisecond)
		require.Equal(t, "true", one(t, other, fmt.Sprintf("SELECT pg_terminate_backend(%d, 60000)::text", pid)))
	})
	var refusal *pgconn.PgError
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, "22P02", refusal.Code)
	require.Error(t, conn.Ping(t.Context()), "the connection is broken")
}

func TestACopyWhoseConnectionBreaks(t *testing.T) {
	t.Parallel()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	conn, other := connect(t, target(t, p, database)), connect(t, target(t, p, database))
	run(t, conn, "CREATE TABLE public.t (n int)")
	_, err := conn.Exec(t.Context(), "SELECT 'no number'::int")
	require.Error(t, err, "an error of another statement")
	err = copyRows(t, conn, "1\n", func() {
		require.Equal(t, "true", one(t, other, fmt.Sprintf("SELECT pg_terminate_backend(%d, 60000)::text", conn.PgConn().PID())))
	})
	require.Error(t, err)
	_, refused := postgres.StatementRefusal(err)
	require.False(t, refused, "%v", err)
}
