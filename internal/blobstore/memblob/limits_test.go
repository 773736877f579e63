package memblob_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
)

// Azurite accepts more than Azure, so these tests run against memblob alone.
func TestLimitsOfAzure(t *testing.T) {
	t.Parallel()
	s := memblob.New(time.Now, memblob.Options{MaxBlocks: 2, MaxBlockSize: 4})
	for _, name := range []string{"", strings.Repeat("x", 1025), strings.Repeat("x/", 254), "\xff"} {
		_, err := s.Put(t.Context(), name, nil, nil, blobstore.Condition{})
		require.Error(t, err, "name %.20q", name)
	}
	for key, value := range map[string]string{"Upper": "v", "with-dash": "v", "": "v", "1st": "v", "k": "nämé", "l": "two\nlines", "m": " x", "n": strings.Repeat("x", 8<<10)} {
		_, err := s.Put(t.Context(), "a", nil, blobstore.Meta{key: value}, blobstore.Condition{})
		require.Error(t, err, "%q: %.20q", key, value)
	}
	id := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	stage := func(id, content string) error {
		return s.StageBlock(t.Context(), "a", id, []byte(content), func() {})
	}
	require.Error(t, stage(id("1"), ""))
	require.Error(t, stage(id("1"), "12345"))
	require.Error(t, stage(id(strings.Repeat("1", 65)), "1"))
	require.NoError(t, stage(id("1"), "1234"))
	require.Error(t, stage(id("four"), "1"), "IDs are of one length")
	for _, block := range []string{"2", "3", "4"} {
		require.NoError(t, stage(id(block), "1"))
	}
	require.Error(t, stage(id("5"), "1"), "too many uncommitted blocks")
	require.NoError(t, stage(id("4"), "2"), "one in the place of another")
	_, err := s.CommitBlocks(t.Context(), "a", []string{id("1"), id("2"), id("3")}, nil)
	require.Error(t, err)
	_, err = s.CommitBlocks(t.Context(), "a", []string{id("1"), id("2")}, nil)
	require.NoError(t, err)
}

// Azurite deletes staged blocks like a blob; Azure does not.
func TestStagedBlocksAreNotDeleted(t *testing.T) {
	t.Parallel()
	s := memblob.New(time.Now, memblob.Options{})
	require.NoError(t, s.StageBlock(t.Context(), "a", "MQ==", []byte("x"), func() {}))
	require.ErrorIs(t, s.Delete(t.Context(), "a", blobstore.Condition{}), blobstore.ErrNotFound)
	_, err := s.CommitBlocks(t.Context(), "a", []string{"MQ=="}, nil)
	require.NoError(t, err)
}

// A default policy is a property of the container. No method of the contract
// sets it.
func TestADefaultPolicyComesWithEachVersion(t *testing.T) {
	t.Parallel()
	c := &clock{}
	s := memblob.New(c.now, memblob.Options{Versions: true, SoftDeleteDays: 7})
	s.SetDefaultPolicy(time.Hour, true)
	made, err := s.Put(t.Context(), "a", nil, nil, blobstore.Condition{})
	require.NoError(t, err)
	require.NoError(t, s.Delete(t.Context(), "a", blobstore.Condition{}))
	require.ErrorIs(t, s.DeleteVersion(t.Context(), "a", made.Version), blobstore.ErrLocked)
	c.advance(2 * time.Hour)
	require.NoError(t, s.DeleteVersion(t.Context(), "a", made.Version))
	days, err := s.SoftDeleteDays(t.Context())
	require.NoError(t, err)
	require.Equal(t, 7, days)
}

func TestCopyTo(t *testing.T) {
	t.Parallel()
	one, other := memblob.New(time.Now, memblob.Options{}), memblob.New(time.Now, memblob.Options{})
	made, err := one.Put(t.Context(), "a", []byte("content"), blobstore.Meta{"k": "v"}, blobstore.Condition{})
	require.NoError(t, err)
	one.CopyTo(other)
	copied, _, err := other.Stat(t.Context(), "a")
	require.NoError(t, err)
	require.NotEqual(t, made.ETag, copied.ETag)
	require.Equal(t, blobstore.Meta{"k": "v"}, copied.Meta)
	require.EqualValues(t, 7, copied.Size)
}

func TestDeletedVersionsAreKeptForATerm(t *testing.T) {
	t.Parallel()
	c := &clock{}
	s := memblob.New(c.now, memblob.Options{Versions: true, SoftDeleteDays: 7})
	put, err := s.Put(t.Context(), "a", []byte("1"), nil, blobstore.Condition{})
	require.NoError(t, err)
	id := "a@" + put.Version
	require.NoError(t, s.Delete(t.Context(), "a", blobstore.Condition{}))
	require.Equal(t, map[string]bool{id: true}, s.Kept(""), "it is listed as a previous version")
	require.NoError(t, s.DeleteVersion(t.Context(), "a", put.Version))
	require.Equal(t, map[string]bool{id: false}, s.Kept(""))
	require.Zero(t, s.Versions(""))
	c.advance(7 * 24 * time.Hour)
	require.Empty(t, s.Kept(""))
}
