package blobstore_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/blobstoretest"
)

// put stages and commits a blob in blocks, as a dump is.
func put(t *testing.T, c *blobstore.Container, name string, content []byte) blobstore.Blob {
	t.Helper()
	s := blobstoretest.NewStream(t, c, name)
	require.NoError(t, s.CopyFrom(blobstoretest.Noise(1, int64(len(content)))))
	made, err := s.Commit(t.Context(), blobstore.Meta{"job": "backup"})
	require.NoError(t, err)
	return made
}

func listed(t *testing.T, c *blobstore.Container, name string) blobstore.Blob {
	t.Helper()
	for b, err := range c.List(t.Context(), name) {
		require.NoError(t, err)
		if b.Name == name {
			return b
		}
	}
	require.FailNow(t, "not listed: "+name)
	return blobstore.Blob{}
}

// A recovery point identifies its dump by the ETag, so a change of tier must
// not change it.
func TestATierIsChangedAndNothingElse(t *testing.T) {
	t.Parallel()
	c := open(t)
	made := put(t, c, "dump", blobstoretest.NoiseBytes(t, 1, 1000))
	before := listed(t, c, "dump")
	require.Equal(t, blobstore.Hot, before.Tier)
	for range 2 {
		require.NoError(t, c.SetTier(t.Context(), "dump", blobstore.Archive))
		after := listed(t, c, "dump")
		require.Equal(t, blobstore.Archive, after.Tier)
		require.Equal(t, made.ETag, after.ETag)
		after.Tier = before.Tier
		require.Equal(t, before, after)
	}
	stat, err := c.Stat(t.Context(), "dump")
	require.NoError(t, err)
	require.Equal(t, blobstore.Archive, stat.Tier)
	require.ErrorIs(t, c.SetTier(t.Context(), "absent", blobstore.Archive), blobstore.ErrNotFound)
}

func TestAnArchivedBlobCannotBeRead(t *testing.T) {
	t.Parallel()
	c := open(t)
	made := put(t, c, "dump", blobstoretest.NoiseBytes(t, 1, 1000))
	require.NoError(t, c.SetTier(t.Context(), "dump", blobstore.Archive))
	_, err := c.OpenRange(t.Context(), "dump", made.ETag, 0, 10)
	require.ErrorIs(t, err, blobstore.ErrArchived)
	_, _, err = c.Get(t.Context(), "dump", 1000)
	require.ErrorIs(t, err, blobstore.ErrArchived)
}

func archived(t *testing.T, c *blobstore.Container) (blobstore.Rehydration, []byte) {
	t.Helper()
	content := blobstoretest.NoiseBytes(t, 1, 100_000)
	made := put(t, c, "dump", content)
	require.NoError(t, c.SetTier(t.Context(), "dump", blobstore.Archive))
	return blobstore.Rehydration{From: "dump", ETag: made.ETag, To: "copy", Priority: blobstore.High, Meta: blobstore.Meta{"job": "restore"}}, content
}

func TestRehydrateMakesACopy(t *testing.T) {
	t.Parallel()
	c := open(t)
	ask, content := archived(t, c)
	require.NoError(t, c.Rehydrate(t.Context(), ask))
	copied, err := c.Copied(t.Context(), "copy")
	require.NoError(t, err)
	require.False(t, copied.Pending)
	require.Empty(t, copied.Failure)
	require.Equal(t, blobstore.Hot, copied.Tier)
	require.Equal(t, blobstore.Meta{"job": "restore"}, copied.Meta)
	r, err := c.OpenRange(t.Context(), "copy", copied.ETag, 0, copied.Size)
	require.NoError(t, err)
	defer r.Close()
	read, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, content, read)
	require.Equal(t, blobstore.Archive, listed(t, c, "dump").Tier, "the archived blob stays as it is")

	require.ErrorIs(t, c.Rehydrate(t.Context(), ask), blobstore.ErrExists)
	ask.To, ask.ETag = "another", "0x1"
	require.ErrorIs(t, c.Rehydrate(t.Context(), ask), blobstore.ErrChanged, "only the very blob is copied")
	require.NoError(t, c.DropCopy(t.Context(), "copy"))
	require.NoError(t, c.DropCopy(t.Context(), "copy"))
	_, err = c.Copied(t.Context(), "copy")
	require.ErrorIs(t, err, blobstore.ErrNotFound)
}

func TestARehydrationThatTakesItsTime(t *testing.T) {
	t.Parallel()
	slow, c := openStore(t)
	slow.DelayCopies()
	ask, _ := archived(t, c)
	require.NoError(t, c.Rehydrate(t.Context(), ask))
	require.Equal(t, []blobstore.Priority{blobstore.High}, slow.CopiesAsked())
	copied, err := c.Copied(t.Context(), "copy")
	require.NoError(t, err)
	require.True(t, copied.Pending)
	_, err = c.OpenRange(t.Context(), "copy", "", 0, 10)
	require.ErrorIs(t, err, blobstore.ErrArchived)
	require.Error(t, c.Delete(t.Context(), "copy"))
	require.NoError(t, c.DropCopy(t.Context(), "copy"), "it is aborted first")
	require.Equal(t, []string{"dump"}, names(t, c, ""))

	ask.To = "second"
	require.NoError(t, c.Rehydrate(t.Context(), ask))
	slow.FailCopies()
	copied, err = c.Copied(t.Context(), "second")
	require.NoError(t, err)
	require.False(t, copied.Pending)
	require.Contains(t, copied.Failure, "copy failed: 500 InternalServerError")
	require.NoError(t, c.DropCopy(t.Context(), "second"))

	ask.To = "third"
	require.NoError(t, c.Rehydrate(t.Context(), ask))
	slow.FinishCopies()
	copied, err = c.Copied(t.Context(), "third")
	require.NoError(t, err)
	require.False(t, copied.Pending)
	require.EqualValues(t, 100_000, copied.Size)
}
