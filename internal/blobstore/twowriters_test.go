package blobstore_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// TestTwoStagingsOfOneName: an attempt that Temporal has given up may still
// write to the blob of the next attempt. The two stage their blocks in
// different orders.
func TestTwoStagingsOfOneName(t *testing.T) {
	t.Parallel()
	c := open(t)
	one, other := c.NewStaging("dump"), c.NewStaging("dump")
	stage := func(s *blobstore.Staging, content string) blobstore.Staged {
		staged, err := s.Stage(t.Context(), []byte(content), func() {})
		require.NoError(t, err)
		return staged
	}
	begin, end := stage(one, "begin"), stage(one, " end!")
	otherEnd, otherBegin := stage(other, " end!"), stage(other, "begin")

	made, err := one.Commit(t.Context(), []blobstore.Staged{begin, end}, "list", nil)
	require.NoError(t, err)
	content, _, err := c.Get(t.Context(), "dump", made.Size)
	require.NoError(t, err)
	require.True(t, bytes.Equal([]byte("begin end!"), content), "%s", content)

	again, err := other.Commit(t.Context(), []blobstore.Staged{otherBegin, otherEnd}, "list", nil)
	require.NoError(t, err, "the same content is there already")
	require.Equal(t, made.ETag, again.ETag)
}
