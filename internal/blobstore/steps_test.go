package blobstore_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// TestAStreamGoesThroughAllSteps stages as many blocks as a blob may have, of
// sizes that grow on the way, and a block too many.
func TestAStreamGoesThroughAllSteps(t *testing.T) {
	t.Parallel()
	const unit, budget = 64, 1200
	plan := blobstore.AssemblyPlanOf(unit, budget)
	storage := &blockCounter{sizes: map[int]int64{}}
	c := storage.open(t)
	capacity := int64(0)
	for index := range blobstore.MaxBlocks {
		capacity += plan.BlockSize(index)
	}
	require.NoError(t, newStreamOf(t.Context(), c, "dump", plan).readFrom(noise(1, capacity)))
	// Blocks are on their way in any order when another is begun.
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

	long := newStreamOf(t.Context(), c, "dump", plan)
	long.assembly.SkipTo(2 * blobstore.MaxBlocks)
	err := long.readFrom(noise(1, 1))
	require.Equal(t, failure.DumpRefused, failure.CodeOf(err), err)
}

// blockCounter takes blocks and remembers their sizes, by the number that ends an ID.
type blockCounter struct {
	mu    sync.Mutex
	sizes map[int]int64
	now   int
	most  int // at the same time
}

func (s *blockCounter) open(t *testing.T) *blobstore.Container {
	t.Helper()
	c, err := azureblob.Open("https://account.invalid/container", localenvtest.Azurite(t).Credential(), azureblob.Options{Transport: s})
	require.NoError(t, err)
	return c
}

func (s *blockCounter) Do(r *http.Request) (*http.Response, error) {
	s.count(1)
	defer s.count(-1)
	size, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		return nil, err
	}
	id, err := base64.StdEncoding.DecodeString(r.URL.Query().Get("blockid"))
	if err != nil {
		return nil, err
	}
	index, err := strconv.Atoi(string(id[len(id)-6:]))
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.sizes[index] = size
	s.mu.Unlock()
	return &http.Response{StatusCode: http.StatusCreated, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(nil)), Request: r}, nil
}

func (s *blockCounter) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now += n
	s.most = max(s.most, s.now)
}
