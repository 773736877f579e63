package archive_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/archive/archivetest"
)

const mebi = 1 << 20

func reader(t *testing.T, block []byte) *archive.TableReader {
	t.Helper()
	r, err := archive.NewTableReader(bytes.NewReader(block), archive.Header{Compression: archive.Zstd}, 7, archive.Part{First: true, Last: true})
	require.NoError(t, err)
	return r
}

// A stranger's frame says how large the window is that its reader allocates.
func TestLargeWindowsAreAskedFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		window, size int
		asked        int64
		damaged      bool
	}{
		"a small window":         {window: 4 * mebi, size: 8 * mebi},
		"a window of level 19":   {window: 8 * mebi, size: 16 * mebi, asked: 8 * mebi},
		"a window of level 22":   {window: 128 * mebi, size: 129 * mebi, asked: 128 * mebi},
		"a window of 256 MiB":    {window: 256 * mebi, size: mebi, damaged: true},
		"a small segment":        {size: mebi},
		"a large segment":        {size: 100 * mebi, asked: 100 * mebi},
		"a segment of 512 MiB":   {size: 512 * mebi, damaged: true},
		"a window for few bytes": {window: 128 * mebi, size: 1, asked: 128 * mebi},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := reader(t, archivetest.ZstdTable(7, c.window, c.size))
			var asked, released int64
			r.AskForWindows(func(bytes int64) (func(), error) {
				asked += bytes
				return func() { released += bytes }, nil
			})
			n, err := io.Copy(io.Discard, r)
			require.Equal(t, c.asked, asked)
			if c.damaged {
				require.ErrorIs(t, err, archive.ErrDamaged)
			} else {
				require.NoError(t, err)
				require.EqualValues(t, c.size, n)
			}
			require.NoError(t, r.Close())
			require.Equal(t, asked, released)
		})
	}
}

// The second frame of a block has a larger window than was asked for.
func TestALaterFrameGetsNoLargerWindow(t *testing.T) {
	t.Parallel()
	small, large := archivetest.ZstdTable(7, mebi, mebi), archivetest.ZstdTable(7, 128*mebi, mebi)
	r := reader(t, append(small[:len(small)-len(text(0))], large[1+len(text(7)):]...))
	r.AskForWindows(func(int64) (func(), error) { return nil, errors.New("a window was asked for") })
	_, err := io.Copy(io.Discard, r)
	require.ErrorIs(t, err, archive.ErrDamaged)
	require.NoError(t, r.Close())
}

func TestARefusedWindowIsNoDamage(t *testing.T) {
	t.Parallel()
	refusal := errors.New("there is no memory")
	r := reader(t, archivetest.ZstdTable(7, 128*mebi, mebi))
	r.AskForWindows(func(int64) (func(), error) { return nil, refusal })
	_, err := io.Copy(io.Discard, r)
	require.ErrorIs(t, err, refusal)
	require.NotErrorIs(t, err, archive.ErrDamaged)
	require.NoError(t, r.Close())
}

// A table of contents asks for memory before it takes it.
func TestATableOfContentsAsksForRoom(t *testing.T) {
	t.Parallel()
	head := append([]byte("PGDMP\x01\x0e\x00\x04\x08\x01"), text(0, 0, 0, 0, 0, 0, 0, 0, "", "", "", 1)...)
	content := func() io.Reader {
		return io.MultiReader(bytes.NewReader(head), bytes.NewReader(defined(strings.Repeat("x", 40*mebi))))
	}
	var had int64
	toc, err := archive.ReadTOCWithin(content(), archive.Room{Bytes: mebi, More: func(bytes int64) error {
		had += bytes
		return nil
	}})
	require.NoError(t, err)
	require.GreaterOrEqual(t, had, toc.Size()-mebi)
	require.Less(t, had, toc.Size()+2*mebi)

	refusal := errors.New("there is no memory")
	read := &counted{from: content()}
	_, err = archive.ReadTOCWithin(read, archive.Room{Bytes: mebi, More: func(int64) error { return refusal }})
	require.ErrorIs(t, err, refusal)
	require.Less(t, read.bytes, mebi, "a text is refused by its length, before it is read")
}

type counted struct {
	from  io.Reader
	bytes int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.bytes += n
	return n, err
}
