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
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// TestUploadGoesThroughAllSteps stages as many blocks as a blob may have, of
// sizes that grow on the way, and one more.
func TestUploadGoesThroughAllSteps(t *testing.T) {
	t.Parallel()
	plan := blobstore.PlanOf(64, 400)
	storage := &blockCounter{sizes: map[int]int64{}}
	c := storage.open(t)
	u := c.NewUpload("dump", plan)
	require.NoError(t, u.ReadFrom(t.Context(), noise(1, plan.Capacity()), nil))
	blocks := u.Blocks()
	require.Len(t, blocks, blobstore.MaxBlocks)
	for index, b := range blocks {
		if b.Size != plan.BlockSize(index) || storage.sizes[index] != b.Size || len(b.SHA256) != 64 {
			require.Fail(t, "wrong block", "%d: %v, staged %d", index, b, storage.sizes[index])
		}
	}
	require.LessOrEqual(t, storage.most, 6)
	require.Greater(t, storage.most, 1)

	err := c.NewUpload("dump", plan).ReadFrom(t.Context(), noise(1, plan.Capacity()+1), nil)
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
	c, err := blobstore.Open("https://account.invalid/container", localenvtest.Azurite(t).Credential(), blobstore.Options{Transport: s})
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
