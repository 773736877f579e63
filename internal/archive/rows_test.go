package archive_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
)

// rowsOf copies the rows of a table's block through a buffer.
func rowsOf(t *testing.T, block []byte, c archive.Compression, to io.Writer, buffer int) error {
	t.Helper()
	r, err := archive.NewTableReader(bytes.NewReader(block), archive.Header{Compression: c}, 7, archive.Part{First: true, Last: true})
	require.NoError(t, err)
	defer func() { _ = r.Close() }()
	return archive.CopyRows(to, r, make([]byte, buffer))
}

func TestCopyRowsLeavesOutTheEnd(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 8))
	for _, c := range compressions {
		for _, buffer := range []int{len(terminator) + 1, 1000, 1 << 20} {
			pieces, rows := divided(t, c, random, 3, 2000)
			var found bytes.Buffer
			require.NoError(t, rowsOf(t, bytes.Join(pieces, nil), c, &found, buffer))
			require.True(t, bytes.Equal(bytes.TrimSuffix(bytes.Join(rows, nil), []byte(terminator)), found.Bytes()), "%s, %d", c, buffer)
		}
	}
}

func TestCopyRowsRefusesABlockWithoutItsEnd(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "1\n", "1\n2\n3\n4\n", "\\.\n\n"} {
		e, err := archive.NewEncoder(archive.None, 0)
		require.NoError(t, err)
		var block bytes.Buffer
		require.NoError(t, e.BeginTable(&block, 7))
		_, err = e.Write([]byte(content))
		require.NoError(t, err)
		_, err = e.End()
		require.NoError(t, err)
		block.Write(make([]byte, 5)) // the empty chunk
		require.ErrorIs(t, rowsOf(t, block.Bytes(), archive.None, io.Discard, 64), archive.ErrDamaged, content)
	}
}

func TestCopyRowsReturnsTheErrorsOfBothSides(t *testing.T) {
	t.Parallel()
	pieces, _ := divided(t, archive.Zstd, rand.New(rand.NewPCG(9, 10)), 1, 2000)
	full := errors.New("full")
	require.ErrorIs(t, rowsOf(t, pieces[0], archive.Zstd, refusing{full}, 64), full)
	require.ErrorIs(t, rowsOf(t, pieces[0][:len(pieces[0])-5], archive.Zstd, io.Discard, 64), archive.ErrDamaged)
}

// refusing is a writer that fails.
type refusing struct{ err error }

func (r refusing) Write([]byte) (int, error) { return 0, r.err }
