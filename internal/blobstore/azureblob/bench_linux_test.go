package azureblob_test

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/blobstoretest"
)

// BenchmarkStream uploads, commits and verifies a GiB. It reports the peak
// memory of the process. The rate against Azurite is Azurite's.
func BenchmarkStream(b *testing.B) {
	const size = gib
	c := open(b)
	b.SetBytes(size)
	b.ReportAllocs()
	for i := range b.N {
		forgetPeak(b)
		s := blobstoretest.NewStreamOf(b.Context(), c, "dump-"+strconv.Itoa(i), blobstore.NewAssemblyPlan(1, size, 0))
		require.NoError(b, s.CopyFrom(blobstoretest.Noise(1, size)))
		made, err := s.Commit(b.Context(), nil)
		require.NoError(b, err)
		uploaded := peak(b)
		forgetPeak(b)
		_, err = c.Verify(b.Context(), made.Name, made.ETag, s.Run.Blocks(), 0, blobstore.Checkpoint{}, blobstore.Observer{})
		require.NoError(b, err)
		b.ReportMetric(uploaded, "MiB-upload-peak")
		b.ReportMetric(peak(b), "MiB-verify-peak")
		require.NoError(b, c.Delete(b.Context(), made.Name))
	}
}

// forgetPeak resets the peak memory of the process.
func forgetPeak(b *testing.B) {
	b.Helper()
	require.NoError(b, os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600))
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

func peak(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(b, err)
	found := highWater.FindSubmatch(status)
	require.NotNil(b, found)
	kib, err := strconv.ParseFloat(string(found[1]), 64)
	require.NoError(b, err)
	return kib / 1024
}
