package archive_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
)

var compressions = []archive.Compression{archive.None, archive.Gzip, archive.LZ4, archive.Zstd}

// divided returns a table's block in pieces of fewer than maxRows rows, and the
// content of each piece.
func divided(t testing.TB, c archive.Compression, random *rand.Rand, count, maxRows int) (pieces, rows [][]byte) {
	t.Helper()
	e, err := archive.NewEncoder(c, c.DefaultLevel())
	require.NoError(t, err)
	var sums []archive.Sum
	for i := range count {
		var piece bytes.Buffer
		if i == 0 {
			require.NoError(t, e.BeginTable(&piece, 7))
		} else {
			e.BeginPiece(&piece)
		}
		content := bytes.Repeat(fmt.Appendf(nil, "%d\trow\n", random.Int()), random.IntN(maxRows))
		_, err := e.Write(content)
		require.NoError(t, err)
		sum, err := e.End()
		require.NoError(t, err)
		sums = append(sums, sum)
		if i == count-1 {
			piece.Write(archive.TableTail(c, sums...))
			content = append(content, terminator...)
		}
		pieces, rows = append(pieces, piece.Bytes()), append(rows, content)
	}
	return pieces, rows
}

// decoded returns the rows of a table's block or of a piece of it.
func decoded(content []byte, c archive.Compression, p archive.Part) ([]byte, error) {
	r, err := archive.NewTableReader(bytes.NewReader(content), archive.Header{Compression: c}, 7, p)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(r)
}

func TestTableReaderReadsPiecesAndWholeBlocks(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for _, c := range compressions {
		for count := range 4 {
			pieces, rows := divided(t, c, random, count+1, 100_000)
			for i := range pieces {
				found, err := decoded(pieces[i], c, archive.Part{First: i == 0, Last: i == count})
				require.NoError(t, err, "%s, piece %d of %d", c, i, count+1)
				require.True(t, bytes.Equal(rows[i], found), "%s, piece %d of %d", c, i, count+1)
			}
			found, err := decoded(bytes.Join(pieces, nil), c, archive.Part{First: true, Last: true})
			require.NoError(t, err)
			require.True(t, bytes.Equal(bytes.Join(rows, nil), found), c)
		}
	}
}

func TestTableReaderRefusesIncompleteAndWrongPieces(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	for _, c := range compressions {
		pieces, _ := divided(t, c, random, 3, 100_000)
		for i, piece := range pieces {
			part := archive.Part{First: i == 0, Last: i == 2}
			_, err := decoded(piece[:len(piece)-3], c, part)
			require.ErrorIs(t, err, archive.ErrDamaged, "%s, piece %d cut off", c, i)
		}
		_, err := decoded(pieces[0], c, archive.Part{First: true, Last: true})
		require.ErrorIs(t, err, archive.ErrDamaged, "%s, the other pieces are missing", c)
		_, err = decoded(pieces[1], c, archive.Part{First: true, Last: false})
		require.ErrorIs(t, err, archive.ErrDamaged, "%s, a middle piece read as the first", c)
	}
}

func TestABlockWithoutChunksIsEmpty(t *testing.T) {
	t.Parallel()
	for _, c := range compressions {
		found, err := decoded([]byte{1, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0}, c, archive.Part{First: true, Last: true})
		require.NoError(t, err)
		require.Empty(t, found)
	}
}

func TestTableReaderReturnsErrorsOfItsInputUnchanged(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 8))
	for _, c := range compressions {
		pieces, _ := divided(t, c, random, 1, 100_000)
		broken := io.MultiReader(bytes.NewReader(pieces[0][:len(pieces[0])-20]), failing{})
		r, err := archive.NewTableReader(broken, archive.Header{Compression: c}, 7, archive.Part{First: true, Last: true})
		require.NoError(t, err)
		_, err = io.ReadAll(r)
		require.ErrorIs(t, err, errUnavailable, c)
		require.NotErrorIs(t, err, archive.ErrDamaged)
		require.NoError(t, r.Close())
	}
}

var errUnavailable = errors.New("the storage is unavailable")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errUnavailable }

func TestLargeObjectReaderReadsPiecesAndWholeBlocks(t *testing.T) {
	t.Parallel()
	for _, c := range compressions {
		e, err := archive.NewEncoder(c, c.DefaultLevel())
		require.NoError(t, err)
		var first, last bytes.Buffer
		first.Write(archive.LargeObjectsHead(9))
		for i, piece := range []*bytes.Buffer{&first, &first, &last} {
			require.NoError(t, e.BeginLargeObject(piece, 4_000_000_000+uint32(i)))
			_, err := e.Write(bytes.Repeat([]byte{byte(i)}, i*300_000))
			require.NoError(t, err)
			sum, err := e.End()
			require.NoError(t, err)
			piece.Write(archive.LargeObjectTail(c, sum))
		}
		last.Write(archive.LargeObjectsTail())
		require.Equal(t, map[uint32]int{4_000_000_000: 0, 4_000_000_001: 300_000}, objects(t, first.Bytes(), c, archive.Part{First: true}))
		require.Equal(t, map[uint32]int{4_000_000_002: 600_000}, objects(t, last.Bytes(), c, archive.Part{Last: true}))
		require.Len(t, objects(t, append(first.Bytes(), last.Bytes()...), c, archive.Part{First: true, Last: true}), 3)
	}
}

// objects returns the sizes of large objects by OID.
func objects(t *testing.T, content []byte, c archive.Compression, p archive.Part) map[uint32]int {
	t.Helper()
	r := archive.NewLargeObjectReader(bytes.NewReader(content), archive.Header{Compression: c}, 9, p)
	sizes := map[uint32]int{}
	for {
		oid, from, err := r.Next()
		if errors.Is(err, io.EOF) {
			return sizes
		}
		require.NoError(t, err)
		content, err := io.ReadAll(from)
		require.NoError(t, err)
		sizes[oid] = len(content)
	}
}
