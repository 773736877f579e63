package blobstore_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
)

const (
	mib = int64(1) << 20
	gib = 1024 * mib
	tib = 1024 * gib
)

func TestAssemblyPlanNamedSizes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		streams          int
		estimate, budget int64
		unit, needed     int64 // MiB
	}{
		{4, 0, 72 * mib, 8, 72},
		{4, 100 * gib, 0, 8, 72},
		{4, 300 * gib, 72 * mib, 8, 96},
		{4, 640 * gib, 72 * mib, 8, 144},
		{4, 10 * tib, 72 * mib, 127, 2286},
		{1, 640 * gib, 72 * mib, 8, 72},
		{4, 0, 36 * mib, 4, 36},
		{4, 320 * gib, 36 * mib, 4, 72},
		{8, 0, 36 * mib, 2, 36},
		{64, 0, 72 * mib, 1, 72},
		{100, 0, mib, 1, 102},
	} {
		t.Run(fmt.Sprintf("%d of %d within %d", c.streams, c.estimate, c.budget), func(t *testing.T) {
			t.Parallel()
			p := blobstore.NewAssemblyPlan(c.streams, c.estimate, c.budget)
			require.Equal(t, c.unit, p.BlockSize(0)/mib)
			require.Equal(t, c.needed, p.MemoryNeeded()/mib)
		})
	}
}

// TestAssemblyPlanInvariants: the estimated size fits into the blocks of a
// blob, and the memory has room for a block of each stream and two more. A
// stream beyond the estimate fits too, up to more than the size of the largest
// server.
func TestAssemblyPlanInvariants(t *testing.T) {
	t.Parallel()
	for _, estimate := range []int64{0, 1, gib, 100 * gib, tib, 5 * tib, 32 * tib} {
		for _, streams := range []int{1, 4, 64} {
			p := blobstore.NewAssemblyPlan(streams, estimate, 0)
			held, last := int64(0), int64(0)
			for index := range blobstore.MaxBlocks {
				size := p.BlockSize(index)
				if size < last || size > blobstore.MaxBlockSize || size%mib != 0 {
					require.Fail(t, "unsound", "block %d: %d bytes after %d", index, size, last)
				}
				if held < estimate && size*int64(streams+2) > max(p.MemoryNeeded(), 72*mib) {
					require.Fail(t, "more memory than announced", "block %d of %d bytes", index, size)
				}
				held, last = held+size, size
			}
			require.Greater(t, held, max(estimate+estimate/4, 2*tib))
			require.EqualValues(t, blobstore.MaxBlockSize, p.BlockSize(2*blobstore.MaxBlocks), "many were given up")
		}
	}
}
