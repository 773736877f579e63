package azureblob_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// versions returns all versions of a blob, from the oldest to the newest.
func versions(t *testing.T, c *blobstore.Container, name string) (all []blobstore.Blob) {
	t.Helper()
	for b, err := range c.ListVersions(t.Context(), name) {
		require.NoError(t, err)
		all = append(all, b)
	}
	return all
}

func soon() time.Time { return time.Now().UTC().Add(time.Hour).Truncate(time.Second) }

func TestALockedVersionStaysUntilItsLockEnds(t *testing.T) {
	t.Parallel()
	storage, url, _ := localenvtest.Immutable(t)
	c := openAt(t, url, azureblob.Options{})
	put, err := c.PutNew(t.Context(), "a", []byte("first"), blobstore.Meta{"k": "v"})
	require.NoError(t, err)
	require.NotEmpty(t, put.Version)

	until := soon()
	require.NoError(t, c.SetImmutabilityPolicy(t.Context(), put, blobstore.ImmutabilityPolicy{Until: until}))
	require.Equal(t, blobstore.ImmutabilityPolicy{Until: until}, versions(t, c, "a")[0].Policy)
	require.NoError(t, c.SetImmutabilityPolicy(t.Context(), put, blobstore.ImmutabilityPolicy{Until: until.Add(-time.Minute)}), "an unlocked one may become shorter")
	require.NoError(t, c.SetImmutabilityPolicy(t.Context(), put, blobstore.ImmutabilityPolicy{Until: until, Locked: true}))
	require.Equal(t, blobstore.ImmutabilityPolicy{Until: until, Locked: true}, versions(t, c, "a")[0].Policy)
	require.ErrorIs(t, c.SetImmutabilityPolicy(t.Context(), put, blobstore.ImmutabilityPolicy{Until: until.Add(-time.Minute), Locked: true}), blobstore.ErrLocked)
	require.ErrorIs(t, c.SetImmutabilityPolicy(t.Context(), put, blobstore.ImmutabilityPolicy{Until: until}), blobstore.ErrLocked)
	require.NoError(t, c.SetImmutabilityPolicy(t.Context(), put, blobstore.ImmutabilityPolicy{Until: until.Add(time.Minute), Locked: true}))

	// Delete succeeds and leaves a previous version.
	require.NoError(t, c.Delete(t.Context(), "a"))
	require.Empty(t, names(t, c, "a"))
	hidden := versions(t, c, "a")
	require.Len(t, hidden, 1)
	require.True(t, hidden[0].Previous)
	require.Equal(t, "v", hidden[0].Meta["k"])
	require.EqualValues(t, 5, hidden[0].Size)
	require.ErrorIs(t, c.DeleteVersion(t.Context(), hidden[0]), blobstore.ErrLocked)
	storage.Advance(2 * time.Hour)
	require.NoError(t, c.DeleteVersion(t.Context(), hidden[0]))
	require.NoError(t, c.DeleteVersion(t.Context(), hidden[0]), "twice is once")
	require.Empty(t, versions(t, c, "a"))
}

func TestVersionsAreListedWithTheirOwnLocks(t *testing.T) {
	t.Parallel()
	_, url, _ := localenvtest.Immutable(t)
	c := openAt(t, url, azureblob.Options{})
	first, err := c.Put(t.Context(), "dir/a", []byte("1"), nil)
	require.NoError(t, err)
	until := soon()
	require.NoError(t, c.SetImmutabilityPolicy(t.Context(), first, blobstore.ImmutabilityPolicy{Until: until, Locked: true}))
	second, err := c.Put(t.Context(), "dir/a", []byte("22"), nil)
	require.NoError(t, err, "a locked blob can be written over: it stays as a version")
	_, err = c.Put(t.Context(), "dir/b", []byte("333"), nil)
	require.NoError(t, err)

	var got []blobstore.Blob
	for marker := ""; ; {
		page, next, err := c.ListPage(t.Context(), "dir/", marker, 1)
		require.NoError(t, err)
		got = append(got, page...)
		if marker = next; next == "" {
			break
		}
	}
	require.Len(t, got, 3)
	require.Equal(t, []string{"dir/a", "dir/a", "dir/b"}, []string{got[0].Name, got[1].Name, got[2].Name})
	require.Equal(t, []bool{true, false, false}, []bool{got[0].Previous, got[1].Previous, got[2].Previous})
	require.Equal(t, first.Version, got[0].Version)
	require.Equal(t, second.Version, got[1].Version)
	require.Equal(t, blobstore.ImmutabilityPolicy{Until: until, Locked: true}, got[0].Policy)
	require.Zero(t, got[1].Policy)
	require.Equal(t, []string{"dir/a", "dir/b"}, names(t, c, "dir/"), "a plain listing gives current blobs alone")
	require.Error(t, c.DeleteVersion(t.Context(), second), "the current version is not deleted by its ID")
}

func TestWhyALockIsRefused(t *testing.T) {
	t.Parallel()
	storage, url, name := localenvtest.Immutable(t)
	c := openAt(t, url, azureblob.Options{})
	put, err := c.Put(t.Context(), "a", []byte("1"), nil)
	require.NoError(t, err)
	policies := func(r *http.Request) bool { return r.URL.Query().Get("comp") == "immutabilityPolicies" }
	undo := storage.Forbid(policies)
	err = c.SetImmutabilityPolicy(t.Context(), put, blobstore.ImmutabilityPolicy{Until: soon()})
	require.Equal(t, failure.MissingImmutabilityPermissions, failure.CodeOf(err))
	require.ErrorContains(t, err, "immutableStorage/runAsSuperUser/action")
	require.ErrorContains(t, err, name)
	undo()
	require.ErrorIs(t, c.SetImmutabilityPolicy(t.Context(), blobstore.Blob{Name: "none"}, blobstore.ImmutabilityPolicy{Until: soon()}), blobstore.ErrNotFound)

	require.NoError(t, c.Delete(t.Context(), "a"))
	undo = storage.Forbid(func(r *http.Request) bool { return r.Method == http.MethodDelete && r.URL.Query().Has("versionid") })
	err = c.DeleteVersion(t.Context(), put)
	require.Equal(t, failure.ContainerNotAccessible, failure.CodeOf(err))
	require.ErrorContains(t, err, "deleteBlobVersion/action")
	undo()

	// A container of the same account without versions.
	plain, err := localenvtest.Azurite(t).CreateContainer(t.Context(), localenvtest.Unique())
	require.NoError(t, err)
	c = openAt(t, storage.URL+strings.TrimPrefix(plain, localenvtest.Azurite(t).URL), azureblob.Options{})
	put, err = c.Put(t.Context(), "a", []byte("1"), nil)
	require.NoError(t, err)
	err = c.SetImmutabilityPolicy(t.Context(), put, blobstore.ImmutabilityPolicy{Until: soon()})
	require.Equal(t, failure.ImmutabilityNotSupported, failure.CodeOf(err))
	require.ErrorContains(t, err, "migrate-vlw")
}

// The stand-in behaves as Azurite does in uploads, listings and conditions. The
// same test runs against both.
func TestTheStandInDoesWhatAzuriteDoes(t *testing.T) {
	t.Parallel()
	_, standIn, _ := localenvtest.Immutable(t)
	for _, url := range []string{localenvtest.Container(t), standIn} {
		c := openAt(t, url, azureblob.Options{})
		staging := c.NewStaging("dir/big")
		one, err := staging.Stage(t.Context(), []byte("one"), func() {})
		require.NoError(t, err)
		two, err := staging.Stage(t.Context(), []byte("two"), func() {})
		require.NoError(t, err)
		made, err := staging.Commit(t.Context(), []blobstore.Staged{two, one}, "list", blobstore.Meta{"m": "1"})
		require.NoError(t, err)
		content, found, err := c.Get(t.Context(), "dir/big", 100)
		require.NoError(t, err)
		require.Equal(t, "twoone", string(content))
		require.Equal(t, made.ETag, found.ETag)

		_, err = c.PutNew(t.Context(), "dir/big", []byte("other"), nil)
		require.ErrorIs(t, err, blobstore.ErrExists)
		_, err = c.PutIf(t.Context(), "dir/big", []byte("other"), nil, "0x1")
		require.ErrorIs(t, err, blobstore.ErrChanged)
		_, err = c.PutIf(t.Context(), "dir/big", []byte("other"), nil, found.ETag)
		require.NoError(t, err)
		require.ErrorIs(t, c.DeleteIf(t.Context(), "dir/big", found.ETag), blobstore.ErrChanged)

		current := 0
		for _, b := range versions(t, c, "dir/") {
			if !b.Previous {
				current++
				require.EqualValues(t, 5, b.Size)
			}
		}
		require.Equal(t, 1, current)
		require.NoError(t, c.Delete(t.Context(), "dir/big"))
		require.NoError(t, c.Delete(t.Context(), "dir/big"))
		_, err = c.Stat(t.Context(), "dir/big")
		require.ErrorIs(t, err, blobstore.ErrNotFound)
	}
}
