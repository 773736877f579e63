package archive_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/zlib"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
)

// TestPiecesMakeOneZlibStream reads separately compressed pieces with a reader
// that compares the checksum of the whole.
func TestPiecesMakeOneZlibStream(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		e, err := archive.NewEncoder(archive.Gzip, 1+random.IntN(9))
		require.NoError(t, err)
		var block, rows bytes.Buffer
		var sums []archive.Sum
		for i := range 1 + random.IntN(5) {
			if i == 0 {
				require.NoError(t, e.BeginTable(&block, 7))
			} else {
				e.BeginPiece(&block)
			}
			for range random.IntN(4) {
				part := bytes.Repeat([]byte{byte(random.IntN(256)), 'x'}, random.IntN(200_000))
				rows.Write(part)
				_, err := e.Write(part)
				require.NoError(t, err)
			}
			sum, err := e.End()
			require.NoError(t, err)
			sums = append(sums, sum)
		}
		block.Write(archive.TableTail(archive.Gzip, sums...))
		rows.WriteString(terminator)

		stream, err := zlib.NewReader(bytes.NewReader(unchunked(t, block.Bytes())))
		require.NoError(t, err)
		found, err := io.ReadAll(stream)
		require.NoError(t, err)
		require.True(t, bytes.Equal(rows.Bytes(), found))
	}
}

// unchunked returns the content of the chunks of a table's block. It is an
// independent implementation of the format.
func unchunked(t *testing.T, block []byte) []byte {
	t.Helper()
	require.Equal(t, []byte{1, 0, 7, 0, 0, 0}, block[:6])
	var out []byte
	for rest := block[6:]; ; {
		require.Zero(t, rest[0])
		n := binary.LittleEndian.Uint32(rest[1:5])
		rest = rest[5:]
		if n == 0 {
			require.Empty(t, rest)
			return out
		}
		out, rest = append(out, rest[:n]...), rest[n:]
	}
}
