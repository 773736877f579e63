package blobstore_test

import (
	"context"
	"encoding/base64"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/blobstoretest"
	"github.com/pgvault/pgvault/internal/failure"
)

// TestAStreamGoesThroughAllSteps stages the maximum number of blocks of a blob,
// with growing sizes. Then it stages one block too many.
func TestAStreamGoesThroughAllSteps(t *testing.T) {
	t.Parallel()
	const unit, budget = 64, 1200
	plan := blobstore.AssemblyPlanOf(unit, budget)
	storage := &blockCounter{sizes: map[int]int64{}}
	c := storage.open()
	capacity := int64(0)
	for index := range blobstore.MaxBlocks {
		capacity += plan.BlockSize(index)
	}
	require.NoError(t, blobstoretest.NewStreamOf(t.Context(), c, "dump", plan).CopyFrom(blobstoretest.Noise(1, capacity)))
	// Sizes are not compared with numbers: on a busy machine a block may get its number
	// long after its size.
	planned := map[int64]bool{}
	for index := range blobstore.MaxBlocks {
		planned[plan.BlockSize(index)] = true
	}
	staged, total, unplanned := map[int64]bool{}, int64(0), 0
	for _, size := range storage.sizes {
		staged[size], total = true, total+size
		if !planned[size] {
			unplanned++
		}
	}
	require.Equal(t, capacity, total)
	require.LessOrEqual(t, unplanned, 1, "only the last block is shorter")
	for size := range planned {
		require.True(t, staged[size], "no block has %d bytes", size)
	}
	require.LessOrEqual(t, storage.most, budget/unit)
	require.Greater(t, storage.most, 1)

	long := blobstoretest.NewStreamOf(t.Context(), c, "dump", plan)
	long.Assembly.SkipTo(2 * blobstore.MaxBlocks)
	err := long.CopyFrom(blobstoretest.Noise(1, 1))
	require.Equal(t, failure.DumpRefused, failure.CodeOf(err), err)
}

// blockCounter records the sizes of blocks by the number at the end of their
// IDs.
type blockCounter struct {
	blobstore.Backend
	mu    sync.Mutex
	sizes map[int]int64
	now   int
	most  int // the maximum of now
}

func (s *blockCounter) open() *blobstore.Container { return blobstore.New(s, 0) }

func (s *blockCounter) StageBlock(_ context.Context, _, blockID string, content []byte, _ func()) error {
	s.count(1)
	defer s.count(-1)
	id, err := base64.StdEncoding.DecodeString(blockID)
	if err != nil {
		return err
	}
	index, err := strconv.Atoi(string(id[len(id)-6:]))
	if err != nil {
		return err
	}
	runtime.Gosched() // lets other requests run concurrently
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sizes[index] = int64(len(content))
	return nil
}

func (s *blockCounter) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now += n
	s.most = max(s.most, s.now)
}
