package dump_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// peak returns the most memory that the process has had since clearPeak, in bytes.
func peak(t *testing.T) (bytes int64) {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(status), "VmHWM:")
	require.True(t, ok)
	_, err = fmt.Sscanf(rest, "%d kB", &bytes)
	require.NoError(t, err)
	return bytes << 10
}

func clearPeak(t *testing.T) {
	t.Helper()
	require.NoError(t, os.WriteFile("/proc/self/clear_refs", []byte("5"), 0))
}

// It measures the memory of the process, and so runs alone.
func TestALongCommentBesideAnotherDump(t *testing.T) {
	const jobs, mib = 400 << 20, 1 << 20
	long, inLong := dumping(t, localenvtest.Container(t), azureblob.Options{})
	short, inShort := dumping(t, localenvtest.Container(t), azureblob.Options{})
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), inLong.Account.Database,
		`DO $$ BEGIN EXECUTE format('COMMENT ON TABLE busy IS %L', repeat('x', 400000000)); END $$`))
	clearPeak(t)
	before := peak(t)
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
	require.NoError(t, group.Wait())
	require.Equal(t, failure.WorkerMemory, failure.CodeOf(refused), "%v", refused)
	require.ErrorContains(t, refused, inLong.Account.Database)
	t.Logf("the refused dump and the other one took %d MiB", (peak(t)-before)/mib)
	require.Less(t, peak(t)-before, int64(jobs))

	// With more memory, the same dump succeeds.
	long.Memory = memory.NewBudget(2048 * mib)
	clearPeak(t)
	before = peak(t)
	_, err := long.Stream(t.Context(), inLong, progress.NewMeter(time.Now, ""))
	require.NoError(t, err)
	t.Logf("a comment of 400 MB took %d MiB", (peak(t)-before)/mib)
	require.Less(t, peak(t)-before, int64(2048*mib))
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
