package restore_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// turnstile holds the nth sign-in of an attempt until it is released.
type turnstile struct {
	signin.Source
	n              int32
	asked          atomic.Int32
	held, released chan struct{}
}

func (s *turnstile) Newest(ctx context.Context, url string) (azure.Secret, error) {
	if s.asked.Add(1) == s.n {
		close(s.held)
		select {
		case <-s.released:
		case <-ctx.Done():
		}
	}
	return s.Source.Newest(ctx, url)
}

// An attempt that Temporal has given up continues while the next one loads the
// same database, and after that one has finished. It has no session then, but
// is about to open one.
func TestALostAttemptLeavesTheNextOnesDatabaseAlone(t *testing.T) {
	t.Parallel()
	p, from := localenvtest.Postgres(t), localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), from, "CREATE TABLE a AS SELECT generate_series(1, 1000) AS i; ALTER TABLE a ADD PRIMARY KEY (i); ALTER TABLE a ADD FOREIGN KEY (i) REFERENCES a"))
	for n := int32(2); n <= 6; n++ {
		t.Run(fmt.Sprint("before sign-in ", n), func(t *testing.T) {
			t.Parallel()
			dump, _ := stored(t, dumpFile(t, from, true))
			r, job := target(t)
			job.Connections = 1
			lost, s := r, &turnstile{Source: r.Source, n: n, held: make(chan struct{}), released: make(chan struct{})}
			lost.Source = s
			ended := make(chan error, 1)
			go func() {
				_, err := lost.Load(t.Context(), job, dump, progress.NewMeter(time.Now, "connect"))
				ended <- err
			}()
			select {
			case <-s.held:
			case err := <-ended:
				require.Fail(t, "there is no such sign-in", "%v", err)
			}
			_, _, err := load(t, r, job, dump)
			require.NoError(t, err)
			before := writers(t, job.Unpublished)
			close(s.released)
			err = <-ended
			require.Equal(t, failure.ServerConnectionClosed, failure.CodeOf(err), "%v", err)
			require.Equal(t, before, writers(t, job.Unpublished))
		})
	}
}

func TestDiscardLeavesAnotherAttemptsDatabaseAlone(t *testing.T) {
	t.Parallel()
	p, from := localenvtest.Postgres(t), localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), from, "CREATE TABLE a AS SELECT 1 AS i"))
	dump, _ := stored(t, dumpFile(t, from, true))
	r, job := target(t)
	lost, _, err := load(t, r, job, dump)
	require.NoError(t, err)
	next, _, err := load(t, r, job, dump)
	require.NoError(t, err)
	require.NoError(t, r.Discard(t.Context(), job, lost.OID))
	require.Len(t, writers(t, job.Unpublished), 1)
	require.NoError(t, r.Discard(t.Context(), job, next.OID))
	require.ErrorContains(t, p.Exec(t.Context(), job.Unpublished, "SELECT 1"), "does not exist")
}

// writers returns the transactions that wrote the rows of the test's table.
func writers(t *testing.T, database string) (ids []string) {
	t.Helper()
	conn, err := localenvtest.Postgres(t).Connect(t.Context(), database)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	rows, err := conn.Query(t.Context(), "SELECT xmin::text || ' ' || count(*) FROM a GROUP BY xmin")
	require.NoError(t, err)
	ids, err = pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return ids
}
