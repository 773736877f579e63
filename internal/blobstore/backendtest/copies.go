package backendtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
)

func testTier(t *testing.T, b blobstore.Backend) {
	made := put(t, b, "a", "content")
	before, _, err := b.Stat(t.Context(), "a")
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, b.SetTier(t.Context(), "a", blobstore.Archive))
		after, copied, err := b.Stat(t.Context(), "a")
		require.NoError(t, err)
		require.Equal(t, blobstore.Archive, after.Tier)
		require.True(t, copied.Pending)
		after.Tier = before.Tier
		require.Equal(t, before, after, "nothing else changes")
		_, _, err = b.Read(t.Context(), "a", made.ETag, 0, 1)
		require.ErrorIs(t, err, blobstore.ErrArchived)
		blobs, _ := list(t, b, blobstore.Listing{})
		require.Equal(t, blobstore.Archive, blobs[0].Tier)
	}
	require.ErrorIs(t, b.SetTier(t.Context(), "absent", blobstore.Archive), blobstore.ErrNotFound)
	require.NoError(t, b.Delete(t.Context(), "a", blobstore.Condition{}), "it can be deleted")
}

// archived creates a blob in the archive tier and returns a request to copy it.
func archived(t *testing.T, b blobstore.Backend) blobstore.Rehydration {
	t.Helper()
	made := put(t, b, "a", "content")
	require.NoError(t, b.SetTier(t.Context(), "a", blobstore.Archive))
	return blobstore.Rehydration{From: "a", ETag: made.ETag, To: "copy", Priority: blobstore.Standard, Meta: blobstore.Meta{"job": "restore"}}
}

func testCopy(t *testing.T, b blobstore.Backend) {
	ask := archived(t, b)
	require.NoError(t, b.StartCopy(t.Context(), ask))
	made, copied, err := b.Stat(t.Context(), "copy")
	require.NoError(t, err)
	require.False(t, copied.Pending)
	require.Empty(t, copied.Failure)
	require.NotEmpty(t, copied.ID)
	require.Equal(t, blobstore.Hot, made.Tier)
	require.Equal(t, ask.Meta, made.Meta, "the copy's own")
	require.Equal(t, "content", content(t, b, "copy"))
	source, _, err := b.Stat(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, ask.ETag, source.ETag)
	require.Equal(t, blobstore.Archive, source.Tier, "the source stays as it is")
}

func testCopyRefused(t *testing.T, b blobstore.Backend) {
	ask := archived(t, b)
	put(t, b, "taken", "other")
	taken, changed, absent := ask, ask, ask
	taken.To, changed.ETag, absent.From = "taken", "0x1", "absent"
	require.ErrorIs(t, b.StartCopy(t.Context(), taken), blobstore.ErrExists)
	require.Equal(t, "other", content(t, b, "taken"))
	require.ErrorIs(t, b.StartCopy(t.Context(), changed), blobstore.ErrChanged)
	require.ErrorIs(t, b.StartCopy(t.Context(), absent), blobstore.ErrNotFound)
	requireAbsent(t, b, "copy")
}

// Aborting a completed copy or raising its priority does not change it.
func testCopyEndsAndStays(t *testing.T, b blobstore.Backend) {
	require.NoError(t, b.StartCopy(t.Context(), archived(t, b)))
	_, copied, err := b.Stat(t.Context(), "copy")
	require.NoError(t, err)
	require.NoError(t, b.RaisePriority(t.Context(), "copy"))
	require.NoError(t, b.AbortCopy(t.Context(), "copy", copied.ID))
	require.NoError(t, b.AbortCopy(t.Context(), "absent", copied.ID))
	require.Equal(t, "content", content(t, b, "copy"))
}

// SlowCopies is a storage whose copies stay pending until Finish or Fail is
// called.
type SlowCopies struct {
	blobstore.Backend
	Finish, Fail func()
}

// RunSlowCopies tests a storage whose copies take time.
func RunSlowCopies(t *testing.T, open func(*testing.T) SlowCopies) {
	t.Helper()
	for name, check := range map[string]func(*testing.T, SlowCopies){
		"Pending": testPending,
		"Aborted": testAborted,
		"Failed":  testFailed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, open(t))
		})
	}
}

func testPending(t *testing.T, s SlowCopies) {
	require.NoError(t, s.StartCopy(t.Context(), archived(t, s)))
	made, copied, err := s.Stat(t.Context(), "copy")
	require.NoError(t, err)
	require.True(t, copied.Pending)
	require.Equal(t, blobstore.Archive, made.Tier)
	_, _, err = s.Read(t.Context(), "copy", "", 0, 1)
	require.ErrorIs(t, err, blobstore.ErrArchived)
	require.Error(t, s.Delete(t.Context(), "copy", blobstore.Condition{}), "it must be aborted first")
	require.NoError(t, s.RaisePriority(t.Context(), "copy"))
	require.NoError(t, s.RaisePriority(t.Context(), "copy"))
	s.Finish()
	made, copied, err = s.Stat(t.Context(), "copy")
	require.NoError(t, err)
	require.False(t, copied.Pending)
	require.Equal(t, blobstore.Hot, made.Tier)
	require.Equal(t, "content", content(t, s, "copy"))
}

func testAborted(t *testing.T, s SlowCopies) {
	require.NoError(t, s.StartCopy(t.Context(), archived(t, s)))
	_, copied, err := s.Stat(t.Context(), "copy")
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, s.AbortCopy(t.Context(), "copy", copied.ID))
	}
	_, copied, err = s.Stat(t.Context(), "copy")
	require.NoError(t, err)
	require.Contains(t, copied.Failure, "copy aborted")
	require.False(t, copied.Pending)
	require.NoError(t, s.Delete(t.Context(), "copy", blobstore.Condition{}))
}

func testFailed(t *testing.T, s SlowCopies) {
	require.NoError(t, s.StartCopy(t.Context(), archived(t, s)))
	s.Fail()
	made, copied, err := s.Stat(t.Context(), "copy")
	require.NoError(t, err)
	require.Contains(t, copied.Failure, "copy failed: 500 InternalServerError")
	require.False(t, copied.Pending)
	require.Zero(t, made.Size)
}
