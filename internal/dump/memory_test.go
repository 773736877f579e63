package dump_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/test/growth"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// It measures the memory of the process, and so runs alone.
func TestALongCommentBesideAnotherDump(t *testing.T) {
	const jobs, mib = 400 << 20, 1 << 20
	long, inLong := dumping(t, localenvtest.Container(t), azureblob.Options{})
	short, inShort := dumping(t, localenvtest.Container(t), azureblob.Options{})
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), inLong.Account.Database,
		`DO $$ BEGIN EXECUTE format('COMMENT ON TABLE busy IS %L', repeat('x', 400000000)); END $$`))
	long.Memory = memory.NewBudget(jobs)
	short.Memory = long.Memory
	var group errgroup.Group
	var refused error
	group.Go(func() error {
		_, refused = long.Stream(t.Context(), inLong, progress.NewMeter(time.Now, ""))
		return nil
	})
	group.Go(func() error {
		_, err := short.Stream(t.Context(), inShort, progress.NewMeter(time.Now, ""))
		return err
	})
	var err error
	peak := growth.Peak(func() { err = group.Wait() })
	require.NoError(t, err)
	require.Equal(t, failure.WorkerMemory, failure.CodeOf(refused), "%v", refused)
	require.ErrorContains(t, refused, inLong.Account.Database)
	t.Logf("the refused dump and the other one took %d MiB", peak/mib)
	require.Less(t, peak, int64(jobs))

	// With more memory, the same dump succeeds.
	long.Memory = memory.NewBudget(2048 * mib)
	peak = growth.Peak(func() { _, err = long.Stream(t.Context(), inLong, progress.NewMeter(time.Now, "")) })
	require.NoError(t, err)
	t.Logf("a comment of 400 MB took %d MiB", peak/mib)
	require.Less(t, peak, int64(2048*mib))
}

// An extension's script says which rows of its tables are dumped, in any length.
func TestALongConditionOfAnExtensionIsNotRead(t *testing.T) {
	t.Parallel()
	d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), r.Account.Database, `ALTER EXTENSION plpgsql ADD TABLE busy;
		UPDATE pg_extension SET extconfig = ARRAY['busy'::regclass::oid], extcondition = ARRAY['WHERE i > 0' || repeat(' ', 70000000)] WHERE extname = 'plpgsql'`))
	_, err := d.Stream(t.Context(), r, progress.NewMeter(time.Now, ""))
	require.Equal(t, failure.DumpRefused, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, `its table "busy" is too long`)
}
