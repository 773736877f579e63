package backendtest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
)

func isAny(err error, targets ...error) bool {
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

func blockID(n int) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "block-%06d", n))
}

// stage stages blocks with the IDs 0, 1, 2, …
func stage(t *testing.T, b blobstore.Backend, name string, blocks ...string) (ids []string) {
	t.Helper()
	for i, block := range blocks {
		moved := 0
		require.NoError(t, b.StageBlock(t.Context(), name, blockID(i), []byte(block), func() { moved++ }))
		require.Positive(t, moved)
		ids = append(ids, blockID(i))
	}
	return ids
}

func testCommit(t *testing.T, b blobstore.Backend) {
	ids := stage(t, b, "a", "zero,", "one,", "two,")
	made, err := b.CommitBlocks(t.Context(), "a", []string{ids[2], ids[0]}, blobstore.Meta{"k": "v"})
	require.NoError(t, err)
	require.Equal(t, "two,zero,", content(t, b, "a"))
	found, _, err := b.Stat(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, made.ETag, found.ETag)
	require.Equal(t, blobstore.Meta{"k": "v"}, found.Meta)

	made, err = b.CommitBlocks(t.Context(), "empty", nil, nil)
	require.NoError(t, err)
	require.NotEmpty(t, made.ETag)
	require.Empty(t, content(t, b, "empty"))
}

func testCommitOnce(t *testing.T, b blobstore.Backend) {
	ids := stage(t, b, "a", "one")
	_, err := b.CommitBlocks(t.Context(), "a", ids, nil)
	require.NoError(t, err)
	_, err = b.CommitBlocks(t.Context(), "a", ids, nil)
	require.ErrorIs(t, err, blobstore.ErrExists)

	put(t, b, "taken", "content")
	ids = stage(t, b, "taken", "other")
	_, err = b.CommitBlocks(t.Context(), "taken", ids, nil)
	require.ErrorIs(t, err, blobstore.ErrExists)
	require.Equal(t, "content", content(t, b, "taken"))
}

func testCommitUnknown(t *testing.T, b blobstore.Backend) {
	ids := stage(t, b, "a", "zero")
	_, err := b.CommitBlocks(t.Context(), "a", append(ids, blockID(7)), nil)
	require.Error(t, err)
	require.False(t, isAny(err, blobstore.ErrExists, blobstore.ErrNotFound, blobstore.ErrChanged), err)
	requireAbsent(t, b, "a")
	require.Error(t, b.StageBlock(t.Context(), "a", "no base64!", []byte("x"), func() {}))
}

func testStagedAreNoBlob(t *testing.T, b blobstore.Backend) {
	stage(t, b, "dir/a", "zero")
	requireAbsent(t, b, "dir/a")
	require.Empty(t, names(t, b, "dir/"))
}

func testStageAgain(t *testing.T, b blobstore.Backend) {
	stage(t, b, "a", "first")
	ids := stage(t, b, "a", "second")
	_, err := b.CommitBlocks(t.Context(), "a", ids, nil)
	require.NoError(t, err)
	require.Equal(t, "second", content(t, b, "a"))
}

// A commit by another writer discards all staged blocks.
func testPutDropsStaged(t *testing.T, b blobstore.Backend) {
	one := stage(t, b, "a", "one")
	_, err := b.CommitBlocks(t.Context(), "a", one, nil)
	require.NoError(t, err)
	require.NoError(t, b.Delete(t.Context(), "a", blobstore.Condition{}))
	_, err = b.CommitBlocks(t.Context(), "a", one, nil)
	require.Error(t, err, "they are no longer staged")
	requireAbsent(t, b, "a")
}
