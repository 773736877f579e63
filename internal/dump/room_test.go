package dump

import (
	"io"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
	"github.com/pgvault/pgvault/internal/test/growth"
)

// jobsOfAWorker is what the jobs of a worker with 1 GiB share, in bytes.
const jobsOfAWorker = 512 << 20

func TestAMillionLargeObjectsFitIntoAWorker(t *testing.T) {
	t.Parallel()
	j := &job{Dumper: Dumper{MemoryBudget: 36 << 20}, Request: Request{Connections: 4}, encoder: encoding{archive.Zstd, 1}}
	without := j.memory()
	j.result.Database.LargeObjects = 1_000_000
	require.Less(t, j.memory(), int64(jobsOfAWorker))
	require.Greater(t, j.memory()-without, int64(1_000_000*48), "the fingerprints are not counted")
}

// It measures the memory of the process, and so runs alone. The file is encoded
// object by object: what that leaves behind is as much as the objects, before it is
// collected, and not the whole text of 100 MB beside them.
func TestFingerprintsOfAMillionLargeObjectsAreNotEncodedAtOnce(t *testing.T) {
	units := make([]*unit, 200)
	for i := range units {
		units[i] = &unit{objectsOf: &archive.Entry{}, objects: make([]uint32, 5000)}
	}
	peak := growth.Peak(func() {
		all := makeRoom(units)
		require.Len(t, all, 1_000_000)
		require.NoError(t, fingerprint.Encode(io.Discard, fingerprint.File{FormatVersion: 1, LargeObjects: all}))
	})
	t.Logf("the fingerprints of a million large objects took %d MiB", peak>>20)
	require.Less(t, peak, int64(3*1_000_000*unsafe.Sizeof(fingerprint.Object{})))
	for _, u := range units {
		require.Len(t, u.prints, 5000)
		require.Equal(t, 5000, cap(u.prints), "a unit can write over the fingerprints of the next one")
	}
}
