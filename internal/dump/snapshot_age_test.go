package dump_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestALongSnapshotIsWarnedOf(t *testing.T) {
	t.Parallel()
	for long, warned := range map[time.Duration]bool{time.Hour: false, time.Nanosecond: true} {
		d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
		r.LongSnapshot = long
		var announced []string
		r.Announce = func(_ context.Context, done dump.Result) error {
			announced = done.Warnings
			return nil
		}
		meter := progress.NewMeter(time.Now, "dump")
		result, err := d.Stream(t.Context(), r, meter)
		require.NoError(t, err)
		if !warned {
			require.Empty(t, result.Warnings)
			require.Empty(t, meter.Snapshot().Warning)
			continue
		}
		require.Contains(t, meter.Snapshot().Warning, "vacuum has kept")
		require.Len(t, result.Warnings, 1)
		require.Equal(t, result.Warnings, announced, "what is signed has the warning too")
		require.Contains(t, result.Warnings[0], "the dump's snapshot is")
	}
}

func TestASnapshotHasItsLimit(t *testing.T) {
	t.Parallel()
	d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
	r.SnapshotLimit = time.Millisecond
	_, err := d.Stream(t.Context(), r, progress.NewMeter(time.Now, "dump"))
	require.Equal(t, failure.SnapshotLimit, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "limit of 1ms")
	require.Empty(t, names(t, d.Container))
}

// What announces a dump may wait for a Key Vault for an hour. The server is free
// meanwhile, and the snapshot's limit has no say any more.
func TestADumpIsAnnouncedWithoutItsSnapshot(t *testing.T) {
	t.Parallel()
	d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
	other, err := localenvtest.Postgres(t).Connect(t.Context(), r.Account.Database)
	require.NoError(t, err)
	defer other.Close(context.Background())
	r.SnapshotLimit = 5 * time.Second
	r.Announce = func(ctx context.Context, done dump.Result) error {
		_, err := other.Exec(ctx, "LOCK TABLE busy IN ACCESS EXCLUSIVE MODE")
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Until(done.Started.Add(r.SnapshotLimit + 100*time.Millisecond))):
			return nil
		}
	}
	_, err = other.Exec(t.Context(), "BEGIN; SET LOCAL lock_timeout = '30s'")
	require.NoError(t, err)
	result, err := d.Stream(t.Context(), r, progress.NewMeter(time.Now, "dump"))
	require.NoError(t, err)
	require.Equal(t, dump.Parallel, result.Layout.Method)
	require.Equal(t, []string{"blocks-1.txt", "dump-1.dump", "fingerprints-1.json"}, names(t, d.Container))
}
