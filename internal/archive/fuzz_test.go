package archive_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
)

// The archives in testdata were written by pg_dump; their names tell which.

func corpus(tb testing.TB) map[string][]byte {
	tb.Helper()
	files, err := filepath.Glob("testdata/archives/*.dump")
	require.NoError(tb, err)
	require.NotEmpty(tb, files)
	all := map[string][]byte{}
	for _, file := range files {
		all[filepath.Base(file)], err = os.ReadFile(file)
		require.NoError(tb, err)
	}
	return all
}

func TestArchivesOfEachVersionAndCompression(t *testing.T) {
	t.Parallel()
	for name, content := range corpus(t) {
		found := scanned(t, content)
		require.Equal(t, "1\n2\n3\n\\.\n\n\n", found["numbers"], name)
		require.Equal(t, "seven", found["77"], name)
		for n := range content {
			require.ErrorIs(t, scan(content[:n]), archive.ErrDamaged, "%s, cut off after %d bytes", name, n)
		}
	}
}

func FuzzReadTOC(f *testing.F) {
	for _, content := range corpus(f) {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		toc, err := archive.ReadTOC(bytes.NewReader(content))
		if err == nil {
			require.Equal(t, content[:len(toc.Bytes())], toc.Bytes())
		}
	})
}

func FuzzScan(f *testing.F) {
	for _, content := range corpus(f) {
		f.Add(content)
	}
	f.Fuzz(func(_ *testing.T, content []byte) { _ = scan(content) })
}
