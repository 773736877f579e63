package archive_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
)

// terminator is the text that pg_dump writes after the rows of a table.
const terminator = "\\.\n\n\n"

func TestOnlyTheTableTailHoldsTheTerminator(t *testing.T) {
	t.Parallel()
	for _, c := range compressions {
		for _, rows := range []string{"", "1\t\\\\.\n\\\\.\n", string(bytes.Repeat([]byte("row\n"), 500_000))} {
			e, err := archive.NewEncoder(c, c.DefaultLevel())
			require.NoError(t, err)
			var first, second bytes.Buffer
			require.NoError(t, e.BeginTable(&first, 7))
			_, err = io.WriteString(e, rows)
			require.NoError(t, err)
			sum, err := e.End()
			require.NoError(t, err)
			e.BeginPiece(&second)
			_, err = io.WriteString(e, rows)
			require.NoError(t, err)
			last, err := e.End()
			require.NoError(t, err)

			found, err := decoded(first.Bytes(), c, archive.Part{First: true})
			require.NoError(t, err)
			require.Equal(t, rows, string(found), c)
			found, err = decoded(second.Bytes(), c, archive.Part{})
			require.NoError(t, err)
			require.Equal(t, rows, string(found), c)
			tail := archive.TableTail(c, sum, last)
			found, err = decoded(tail, c, archive.Part{Last: true})
			require.NoError(t, err)
			require.Equal(t, terminator, string(found), c)
			found, err = decoded(bytes.Join([][]byte{first.Bytes(), second.Bytes(), tail}, nil), c, archive.Part{First: true, Last: true})
			require.NoError(t, err)
			require.Equal(t, rows+rows+terminator, string(found), c)
		}
	}
}

// TestIndependentReadersCheckTheTerminator has an independent reader of each
// compression read the terminator, and refuse it after any of its bits has
// flipped.
func TestIndependentReadersCheckTheTerminator(t *testing.T) {
	t.Parallel()
	readers := map[archive.Compression]func(io.Reader) (io.Reader, error){
		archive.LZ4:  func(r io.Reader) (io.Reader, error) { return lz4.NewReader(r), nil },
		archive.Zstd: func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
		archive.Gzip: func(r io.Reader) (io.Reader, error) {
			return zlib.NewReader(io.MultiReader(bytes.NewReader([]byte{0x78, 0x9c}), r))
		},
	}
	read := func(c archive.Compression, piece []byte) ([]byte, error) {
		r, err := readers[c](bytes.NewReader(piece))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	}
	for c := range readers {
		piece := unchunked(t, append([]byte{1, 0, 7, 0, 0, 0}, archive.TableTail(c)...))
		found, err := read(c, piece)
		require.NoError(t, err, c)
		require.Equal(t, terminator, string(found), c)
		for bit := range len(piece) * 8 {
			damaged := bytes.Clone(piece)
			damaged[bit/8] ^= 1 << (bit % 8)
			found, err := read(c, damaged)
			require.True(t, err != nil || string(found) == terminator, "%s, bit %d: %q", c, bit, found)
		}
	}
}
