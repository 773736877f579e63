package backendtest

import (
	"crypto/md5"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
)

func testList(t *testing.T, b blobstore.Backend) {
	meta := blobstore.Meta{"dump_size": "3"}
	made, err := b.Put(t.Context(), "dir/b", []byte("abc"), meta, blobstore.Condition{})
	require.NoError(t, err)
	stage(t, b, "dir/blocks", "of a blob")
	_, err = b.CommitBlocks(t.Context(), "dir/blocks", []string{blockID(0)}, nil)
	require.NoError(t, err)
	put(t, b, "dir/a", "")
	put(t, b, "dir", "")
	put(t, b, "dire", "")

	found, dirs := list(t, b, blobstore.Listing{Prefix: "dir/"})
	require.Empty(t, dirs)
	require.Len(t, found, 3)
	require.Equal(t, []string{"dir/a", "dir/b", "dir/blocks"}, []string{found[0].Name, found[1].Name, found[2].Name})
	sum := md5.Sum([]byte("abc"))
	listed := found[1]
	require.Equal(t, sum[:], listed.MD5)
	require.Equal(t, made.ETag, listed.ETag)
	require.Equal(t, meta, listed.Meta)
	require.EqualValues(t, 3, listed.Size)
	require.True(t, made.LastModified.Equal(listed.LastModified))
	require.Equal(t, blobstore.Hot, listed.Tier)
	require.False(t, listed.Previous)
	require.EqualValues(t, 9, found[2].Size)
	require.Empty(t, found[2].MD5, "the storage does not know it of blocks")
	require.Equal(t, []string{"dir", "dir/a", "dir/b", "dir/blocks", "dire"}, names(t, b, ""))
	require.Empty(t, names(t, b, "x"))
}

func testListPages(t *testing.T, b blobstore.Backend) {
	var want []string
	for i := range 25 {
		want = append(want, fmt.Sprintf("p/%05d", i))
		put(t, b, want[i], "")
	}
	for _, limit := range []int32{1, 7, 25, 100} {
		blobs, _ := list(t, b, blobstore.Listing{Prefix: "p/", Limit: limit})
		var got []string
		for _, found := range blobs {
			got = append(got, found.Name)
		}
		require.Equal(t, want, got, limit)
	}

	page, err := b.List(t.Context(), blobstore.Listing{Prefix: "p/", Limit: 10})
	require.NoError(t, err)
	require.NoError(t, b.Delete(t.Context(), want[0], blobstore.Condition{}))
	next := blobstore.Listing{Prefix: "p/", Limit: 10, Marker: page.Next}
	one, err := b.List(t.Context(), next)
	require.NoError(t, err)
	require.Equal(t, want[len(page.Blobs)], one.Blobs[0].Name, "deletions behind a marker do not move it")
	again, err := b.List(t.Context(), next)
	require.NoError(t, err)
	require.Equal(t, one, again)
}

func testListDirs(t *testing.T, b blobstore.Backend) {
	for _, name := range []string{"i/a/x.json", "i/a/points/1/d", "i/b/c/x.json", "i/top.json", "i/a", "j/x"} {
		put(t, b, name, "content")
	}
	blobs, dirs := list(t, b, blobstore.Listing{Prefix: "i/", Delimiter: "/"})
	require.Equal(t, []string{"i/a/", "i/b/"}, dirs)
	require.Len(t, blobs, 2)
	require.Equal(t, []string{"i/a", "i/top.json"}, []string{blobs[0].Name, blobs[1].Name})
	_, dirs = list(t, b, blobstore.Listing{Delimiter: "/"})
	require.Equal(t, []string{"i/", "j/"}, dirs)
}

func testListDirsInPages(t *testing.T, b blobstore.Backend) {
	var want []string
	for i := range 12 {
		want = append(want, fmt.Sprintf("d/%02d/", i))
		put(t, b, want[i]+"x", "")
		put(t, b, want[i]+"y", "")
	}
	_, dirs := list(t, b, blobstore.Listing{Prefix: "d/", Delimiter: "/", Limit: 5})
	require.Equal(t, want, dirs, "each is listed once")
}
