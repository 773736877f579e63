package blobstore_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
)

const (
	mib = int64(1) << 20
	gib = 1024 * mib
	tib = 1024 * gib
)

func TestPlanNamedSizes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		estimate int64
		atLeast  int64 // capacity
		largest  int64 // MiB, of the blocks that the estimate needs
	}{
		{"unknown", 0, 5 * tib, 8},
		{"1 GiB", gib, 5 * tib, 8},
		{"20 GiB", 20 * gib, 5 * tib, 16},
		{"500 GiB", 500 * gib, 5 * tib, 24},
		{"1 TiB", tib, 5 * tib, 24},
		{"2 TiB", 2 * tib, 10 * tib, 48},
		{"16 TiB", 16 * tib, 28 * tib, 375},
		{"100 TiB", 100 * tib, 110 * tib, 2331},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := blobstore.NewPlan(c.estimate, blobstore.DefaultMemoryBudget)
			require.GreaterOrEqual(t, p.Capacity(), c.atLeast)
			blocks, largest := blocksFor(p, c.estimate)
			require.LessOrEqual(t, blocks, blobstore.MaxBlocks)
			require.Equal(t, c.largest, largest/mib, "largest block, MiB")
		})
	}
}

// The promise to users: past 1 TiB within 72 MiB, whatever was estimated.
func TestPlanReachesPastOneTiBWithinTheBudget(t *testing.T) {
	t.Parallel()
	for _, estimate := range []int64{0, gib, 100 * gib, tib} {
		p := blobstore.NewPlan(estimate, blobstore.DefaultMemoryBudget)
		stored, index := int64(0), 0
		for ; stored <= tib; index++ {
			if p.BlockSize(index)*int64(p.Buffers(index)) > 72*mib {
				require.Fail(t, "over the budget", "block %d", index)
			}
			stored += p.BlockSize(index)
		}
		require.Less(t, index, blobstore.MaxBlocks)
	}
}

func TestPlanInvariants(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	estimates := []int64{0, 1, gib, tib, 10 * tib, 100 * tib, 180 * tib, 1 << 62}
	for range 40 {
		estimates = append(estimates, random.Int64N(100*tib))
	}
	for _, estimate := range estimates {
		for _, budget := range []int64{0, mib, 72 * mib, 128 * mib, 8 * gib} {
			t.Run(fmt.Sprintf("%d within %d", estimate, budget), func(t *testing.T) {
				t.Parallel()
				requireSound(t, blobstore.NewPlan(estimate, budget), estimate)
			})
		}
	}
}

func requireSound(t *testing.T, p blobstore.Plan, estimate int64) {
	t.Helper()
	total, last := int64(0), int64(0)
	for index := range blobstore.MaxBlocks {
		size, buffers := p.BlockSize(index), p.Buffers(index)
		if size < last || size < 8*mib || size > blobstore.MaxBlockSize || buffers < 2 || buffers > 6 {
			require.Fail(t, "unsound", "block %d: %d bytes after %d, %d buffers", index, size, last, buffers)
		}
		total, last = total+size, size
	}
	require.Equal(t, total, p.Capacity())
	if estimate <= 180*tib { // 50,000 blocks of 4,000 MiB hold 190 TiB
		require.GreaterOrEqual(t, p.Capacity(), estimate)
	}
}

// An estimate that was far too low still ends well.
func TestPlanForgivesLowEstimates(t *testing.T) {
	t.Parallel()
	for _, estimate := range []int64{0, gib, 500 * gib, tib} {
		require.Greater(t, blobstore.NewPlan(estimate, 0).Capacity(), 5*tib)
	}
	for _, estimate := range []int64{2 * tib, 4 * tib, 16 * tib} {
		require.Greater(t, blobstore.NewPlan(estimate, 0).Capacity(), estimate+estimate/2)
	}
}

func blocksFor(p blobstore.Plan, size int64) (blocks int, largest int64) {
	for left := size; left > 0 || blocks == 0; blocks++ {
		largest = p.BlockSize(blocks)
		left -= largest
	}
	return blocks, largest
}
