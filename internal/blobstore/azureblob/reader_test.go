package azureblob_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/blobstore/blobstoretest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestVerifyRidesOutServerErrors(t *testing.T) {
	t.Parallel()
	proxy, url := proxied(t)
	s := store(t, openAt(t, url, azureblob.Options{}), blobstoretest.NoiseBytes(t, 1, 30*mib))
	proxy.FailNext(4, http.StatusServiceUnavailable, 0, func(r *http.Request) bool { return r.Method == http.MethodGet })
	requireWhole(t, s.Container, s.blob, s.blocks, s.content)
}

func TestReaderGoesOnAfterAnOutage(t *testing.T) {
	t.Parallel()
	azurite := ownAzurite(t)
	s := store(t, openAt(t, containerOf(t, azurite), azureblob.Options{}), blobstoretest.NoiseBytes(t, 1, 32*mib))
	azurite.Halt() // writes its data to disk, unlike a kill
	require.NoError(t, azurite.Start(t.Context()))
	r, err := s.OpenRange(t.Context(), "dump", s.blob.ETag, 0, s.blob.Size)
	require.NoError(t, err)
	started := make(chan error, 1)
	got, err := io.ReadAll(&pausing{r: r, at: 3 * mib, pause: func() {
		azurite.Kill()
		go func() { started <- azurite.Start(context.Background()) }()
	}})
	require.NoError(t, err)
	require.NoError(t, <-started)
	require.True(t, bytes.Equal(s.content, got))
	require.NoError(t, r.Close())
}

// The reader never returns bytes of two different blobs.
func TestReaderRefusesABlobThatChanged(t *testing.T) {
	t.Parallel()
	cut := &bodyCutter{after: 3 * mib}
	s := store(t, openAt(t, localenvtest.Container(t), azureblob.Options{Transport: cut}), blobstoretest.NoiseBytes(t, 1, 8*mib))
	r, err := s.OpenRange(t.Context(), "dump", s.blob.ETag, 0, s.blob.Size)
	require.NoError(t, err)
	defer func() { _ = r.Close() }()
	_, err = s.Put(t.Context(), "dump", s.content, nil)
	require.NoError(t, err)
	n, err := io.Copy(io.Discard, r)
	require.ErrorIs(t, err, blobstore.ErrChanged)
	require.Equal(t, 3*mib, n)
}

func TestReaderGoesOnWhereABodyWasCutOff(t *testing.T) {
	t.Parallel()
	cut := &bodyCutter{after: 3 * mib}
	s := store(t, openAt(t, localenvtest.Container(t), azureblob.Options{Transport: cut}), blobstoretest.NoiseBytes(t, 1, 8*mib))
	r, err := s.OpenRange(t.Context(), "dump", s.blob.ETag, 0, s.blob.Size)
	require.NoError(t, err)
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	require.True(t, bytes.Equal(s.content, got))
	require.NoError(t, r.Close())
}

// stored is an uploaded blob.
type stored struct {
	*blobstore.Container
	blob    blobstore.Blob
	blocks  []blobstore.Block
	content []byte
}

func store(t *testing.T, c *blobstore.Container, content []byte) stored {
	t.Helper()
	s := blobstoretest.NewStream(t, c, "dump")
	require.NoError(t, s.CopyFrom(bytes.NewReader(content)))
	made, err := s.Commit(t.Context(), nil)
	require.NoError(t, err)
	return stored{Container: c, blob: made, blocks: s.Run.Blocks(), content: content}
}

func TestCompareGoesOnWhereABodyWasCutOff(t *testing.T) {
	t.Parallel()
	cut := &bodyCutter{after: 3 * mib}
	s := store(t, openAt(t, localenvtest.Container(t), azureblob.Options{Transport: cut}), blobstoretest.NoiseBytes(t, 1, 8*mib))
	moved := atomic.Int64{}
	require.NoError(t, s.Compare(t.Context(), "dump", s.blob.ETag, s.blocks, 0, blobstore.Checkpoint{}, blobstore.Observer{Moved: func() { moved.Add(1) }}))
	require.Positive(t, moved.Load())
	wrong := slices.Clone(s.blocks)
	wrong[len(wrong)-1].SHA256 = wrong[0].SHA256
	var differ []int64
	require.NoError(t, s.Compare(t.Context(), "dump", s.blob.ETag, wrong, 0, blobstore.Checkpoint{}, blobstore.Observer{
		Differs: func(offset, _ int64) { differ = append(differ, offset) },
	}))
	require.Equal(t, []int64{8*mib - wrong[len(wrong)-1].Size}, differ)
}
