package dump_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestALongSnapshotIsWarnedOf(t *testing.T) {
	t.Parallel()
	for long, warned := range map[time.Duration]bool{time.Hour: false, time.Nanosecond: true} {
		d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
		r.LongSnapshot = long
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
