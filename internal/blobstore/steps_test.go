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
	// late bounds how far the index of a block is behind its size, since blocks are
	// staged in any order.
	const late = 1000
	require.LessOrEqual(t, blobstore.MaxBlocks, len(storage.sizes))
	require.LessOrEqual(t, len(storage.sizes), blobstore.MaxBlocks+late)
	for index := range blobstore.MaxBlocks {
		size := storage.sizes[index]
		if size > plan.BlockSize(index+late) || size < plan.BlockSize(max(0, index-late)) {
			require.Fail(t, "wrong block", "%d: staged %d", index, size)
		}
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
