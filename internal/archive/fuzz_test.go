package archive_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
)

// corpus returns the archives in testdata by file name, which names the version of
// pg_dump that wrote them and the compression.
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

func TestScannerReadsArchivesOfEachVersionAndCompression(t *testing.T) {
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
	f.Fuzz(func(t *testing.T, content []byte) { requireKnownError(t, walk(content, discard)) })
}

// FuzzBlock decodes arbitrary bytes as a data block or as a piece of one.
func FuzzBlock(f *testing.F) {
	for _, content := range corpus(f) {
		toc, err := archive.ReadTOC(bytes.NewReader(content))
		require.NoError(f, err)
		for s := archive.NewScanner(bytes.NewReader(content[len(toc.Bytes()):]), toc); ; {
			block, err := s.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(f, err)
			f.Add(byte(toc.Header.Compression), byte(3), block.Entry.Desc == archive.DescLargeObjects, block.Entry.DumpID, content[block.Offset:])
		}
	}
	for _, c := range compressions {
		pieces, _ := divided(f, c, rand.New(rand.NewPCG(1, 1)), 3, 10)
		for i, piece := range pieces {
			f.Add(byte(c), byte(i), false, 7, piece)
		}
	}
	f.Fuzz(func(t *testing.T, compression, part byte, objects bool, dumpID int, content []byte) {
		h := archive.Header{Compression: archive.Compression(compression % 4)}
		p := archive.Part{First: part%4 == 0 || part%4 == 3, Last: part%4 >= 2}
		if objects {
			requireKnownError(t, walkObjects(archive.NewLargeObjectReader(bytes.NewReader(content), h, dumpID, p), discard))
			return
		}
		r, err := archive.NewTableReader(bytes.NewReader(content), h, dumpID, p)
		if err == nil {
			defer func() { _ = r.Close() }()
			err = discard("", r)
		}
		requireKnownError(t, err)
	})
}

// requireKnownError fails the test if err is none of the errors of this package.
func requireKnownError(t *testing.T, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, archive.ErrUnknownVersion) && !errors.Is(err, archive.ErrTooLarge) {
		require.ErrorIs(t, err, archive.ErrDamaged)
	}
}

// discard reads up to 16 MiB, since a few bytes can decompress to any amount.
func discard(_ string, r io.Reader) error {
	_, err := io.Copy(io.Discard, io.LimitReader(r, 16<<20))
	return err
}
