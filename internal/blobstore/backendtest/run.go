package backendtest

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// Run tests a backend. open returns the backend of a new, empty container for
// each test.
func Run(t *testing.T, open func(*testing.T) blobstore.Backend) {
	t.Helper()
	for name, check := range map[string]func(*testing.T, blobstore.Backend){
		"Put":              testPut,
		"PutNew":           testPutNew,
		"PutIf":            testPutIf,
		"PutOneWinner":     testPutOneWinner,
		"Delete":           testDelete,
		"DeleteIf":         testDeleteIf,
		"Read":             testRead,
		"ReadRefused":      testReadRefused,
		"Names":            testNames,
		"Cancelled":        testCancelled,
		"Commit":           testCommit,
		"CommitOnce":       testCommitOnce,
		"CommitUnknown":    testCommitUnknown,
		"StagedAreNoBlob":  testStagedAreNoBlob,
		"StageAgain":       testStageAgain,
		"PutDropsStaged":   testPutDropsStaged,
		"List":             testList,
		"ListPages":        testListPages,
		"ListDirs":         testListDirs,
		"ListDirsInPages":  testListDirsInPages,
		"Tier":             testTier,
		"Copy":             testCopy,
		"CopyRefused":      testCopyRefused,
		"CopyEndsAndStays": testCopyEndsAndStays,
		"Clock":            testClock,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, open(t))
		})
	}
}

// put writes a blob.
func put(t *testing.T, b blobstore.Backend, name, content string) blobstore.Blob {
	t.Helper()
	made, err := b.Put(t.Context(), name, []byte(content), nil, blobstore.Condition{})
	require.NoError(t, err)
	require.NotEmpty(t, made.ETag)
	return made
}

// content reads a whole blob.
func content(t *testing.T, b blobstore.Backend, name string) string {
	t.Helper()
	found, _, err := b.Stat(t.Context(), name)
	require.NoError(t, err)
	if found.Size == 0 {
		return ""
	}
	r, etag, err := b.Read(t.Context(), name, "", 0, found.Size)
	require.NoError(t, err)
	require.Equal(t, found.ETag, etag)
	read, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	return string(read)
}

// list returns all pages of a listing.
func list(t *testing.T, b blobstore.Backend, l blobstore.Listing) (blobs []blobstore.Blob, dirs []string) {
	t.Helper()
	for {
		page, err := b.List(t.Context(), l)
		require.NoError(t, err)
		if l.Limit > 0 {
			require.LessOrEqual(t, len(page.Blobs)+len(page.Dirs), int(l.Limit))
		}
		blobs, dirs = append(blobs, page.Blobs...), append(dirs, page.Dirs...)
		if l.Marker = page.Next; l.Marker == "" {
			return blobs, dirs
		}
	}
}

func names(t *testing.T, b blobstore.Backend, prefix string) (all []string) {
	t.Helper()
	blobs, _ := list(t, b, blobstore.Listing{Prefix: prefix})
	for _, found := range blobs {
		all = append(all, found.Name)
	}
	return all
}

// requireAbsent requires that a blob does not exist.
func requireAbsent(t *testing.T, b blobstore.Backend, name string) {
	t.Helper()
	_, _, err := b.Stat(t.Context(), name)
	require.ErrorIs(t, err, blobstore.ErrNotFound)
}
