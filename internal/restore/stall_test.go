package restore_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress/progresstest"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestRowsThatStallAreGivenUp(t *testing.T) {
	t.Parallel()
	from := source(t, "rich.sql")
	dump, proxy := stored(t, dumpFile(t, from, true))
	r, job := emptied(t, from)
	r.StallTimeout = time.Second
	_, release := proxy.Hold(data)
	t.Cleanup(release)
	_, err := attempt(t, r, job, dump, restore.Attempts{})
	require.Equal(t, failure.TransferStalled, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, job.Account.Database)
}

// When all rows are loaded, the server checks the keys, and no data moves.
func TestACheckOfKeysIsNoStall(t *testing.T) {
	t.Parallel()
	p, from := localenvtest.Postgres(t), localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), from, `CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1);
		CREATE TABLE child (parent int REFERENCES parent); INSERT INTO child VALUES (1)`))
	dump, _ := stored(t, dumpFile(t, from, true))
	r, job := emptied(t, from)
	job.Wanted.Tables = []string{"public.child"}
	r.StallTimeout = 200 * time.Millisecond
	require.NoError(t, p.Exec(t.Context(), job.Account.Database, "INSERT INTO parent VALUES (1)"))
	holder, err := p.Connect(t.Context(), job.Account.Database)
	require.NoError(t, err)
	defer holder.Close(context.Background())
	_, err = holder.Exec(t.Context(), "BEGIN; SELECT FROM parent FOR UPDATE")
	require.NoError(t, err)
	clock := progresstest.NewClock()
	ended := make(chan error, 1)
	ctx, over := context.WithCancel(t.Context())
	go func() {
		defer over()
		_, err := attemptBy(t, clock.Now, r, job, dump, restore.Attempts{})
		ended <- err
	}()
	require.Eventually(t, func() bool { return sessionsThat(t, "wait_event_type = 'Lock'", job.Account.Database) == 1 }, time.Minute, 10*time.Millisecond)
	for range 3 {
		clock.Pass(ctx, time.Hour)
	}
	_, err = holder.Exec(t.Context(), "COMMIT")
	require.NoError(t, err)
	require.NoError(t, <-ended)
	require.Equal(t, contents(t, from), contents(t, job.Account.Database))
}
