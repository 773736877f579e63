package archive_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// TestADamagedPieceIsNotShortened flips bits of a piece that still ends with
// the marker of a flush.
func TestADamagedPieceIsNotShortened(t *testing.T) {
	t.Parallel()
	var rows bytes.Buffer
	for i := range 200 {
		rows.Write(binary.AppendVarint(nil, int64(i*i*7919)))
	}
	e, err := archive.NewEncoder(archive.Gzip, 6)
	require.NoError(t, err)
	var piece bytes.Buffer
	e.BeginPiece(&piece)
	_, err = e.Write(rows.Bytes())
	require.NoError(t, err)
	_, err = e.End()
	require.NoError(t, err)
	for at := range piece.Len() - 4 {
		for bit := range 8 {
			bad := bytes.Clone(piece.Bytes())
			bad[at] ^= 1 << bit
			found, err := decoded(bad, archive.Gzip, archive.Part{})
			require.True(t, err != nil || len(found) >= rows.Len()/2, "byte %d, bit %d: %d of %d bytes", at, bit, len(found), rows.Len())
		}
	}
}

func TestTableReaderComparesTheChecksumOfAWholeBlock(t *testing.T) {
	t.Parallel()
	pieces, _ := divided(t, archive.Gzip, rand.New(rand.NewPCG(9, 10)), 2, 100_000)
	block := bytes.Join(pieces, nil)
	block[len(block)-6] ^= 1 // the checksum precedes the empty chunk
	_, err := decoded(block, archive.Gzip, archive.Part{First: true, Last: true})
	require.ErrorIs(t, err, archive.ErrDamaged)
}

func TestVerifyPiecesRefusesAPieceOfAnotherTable(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(11, 12))
	for range 20 {
		count := 2 + random.IntN(4)
		pieces, _ := divided(t, archive.Gzip, random, count, 50_000)
		sums := make([]archive.PieceChecksum, count)
		for i, piece := range pieces {
			sums[i] = checksum(t, piece, archive.Part{First: i == 0, Last: i == count-1})
		}
		require.NoError(t, archive.VerifyPieces(sums))
		other, _ := divided(t, archive.Gzip, random, 3, 50_000)
		sums[random.IntN(count-1)] = checksum(t, other[1], archive.Part{})
		require.ErrorIs(t, archive.VerifyPieces(sums), archive.ErrDamaged, "another table's piece")
	}
}

func checksum(t *testing.T, piece []byte, p archive.Part) archive.PieceChecksum {
	t.Helper()
	r, err := archive.NewTableReader(bytes.NewReader(piece), archive.Header{Compression: archive.Gzip}, 7, p)
	require.NoError(t, err)
	defer func() { _ = r.Close() }()
	_, err = io.Copy(io.Discard, r)
	require.NoError(t, err)
	return r.Checksum()
}

func TestLegacyLZ4FramesDoNotOverflowTheStack(t *testing.T) {
	t.Parallel()
	frames := bytes.Repeat([]byte{0x02, 0x21, 0x4c, 0x18}, 1000)
	block := binary.LittleEndian.AppendUint32([]byte{1, 0, 7, 0, 0, 0, 0}, uint32(len(frames)))
	_, err := decoded(append(append(block, frames...), 0, 0, 0, 0, 0), archive.LZ4, archive.Part{First: true, Last: true})
	require.ErrorIs(t, err, archive.ErrDamaged)
}

func TestALargeObjectCanHaveTheSmallestSignedOID(t *testing.T) {
	t.Parallel()
	e, err := archive.NewEncoder(archive.None, 0)
	require.NoError(t, err)
	block := bytes.NewBuffer(archive.LargeObjectsHead(9))
	require.NoError(t, e.BeginLargeObject(block, 1<<31))
	sum, err := e.End()
	require.NoError(t, err)
	block.Write(archive.LargeObjectTail(archive.None, sum))
	block.Write(archive.LargeObjectsTail())
	require.Equal(t, map[uint32]int{1 << 31: 0}, objects(t, block.Bytes(), archive.None, archive.Part{First: true, Last: true}))
}

func TestScannerReadsArchivesOfPgDump(t *testing.T) {
	t.Parallel()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), database,
		`CREATE TABLE numbers AS SELECT i FROM generate_series(1, 3) i; CREATE TABLE empty (); SELECT lo_from_bytea(77, 'seven')`))
	for _, arg := range []string{"--compress=0", "--compress=6"} {
		content := pgDump(t, database, arg)
		require.Equal(t, map[string]string{"numbers": "1\n2\n3\n\\.\n\n\n", "empty": "\\.\n\n\n", "77": "seven"}, scanned(t, content))
		for n := range content {
			require.ErrorIs(t, scan(content[:n]), archive.ErrDamaged, "%s, cut off after %d bytes", arg, n)
			bad := bytes.Clone(content)
			bad[n] ^= 0x41
			_ = scan(bad) // must return, and must not panic
		}
	}
	file := dumpedToFile(t, database)
	require.NoError(t, scan(file))
}

// scanned returns the content of all tables and large objects of an archive, by
// table name and OID.
func scanned(t *testing.T, content []byte) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, walk(content, func(name string, r io.Reader) error {
		data, err := io.ReadAll(r)
		found[name] = string(data)
		return err
	}))
	return found
}

func scan(content []byte) error { return walk(content, discard) }

// walk calls each for every table and large object of an archive.
func walk(content []byte, each func(name string, r io.Reader) error) error {
	r := bytes.NewReader(content)
	toc, err := archive.ReadTOC(r)
	if err != nil {
		return err
	}
	s := archive.NewScanner(r, toc)
	defer s.Close()
	for {
		block, err := s.Next()
		if err == nil && block.Entry.Desc == archive.DescLargeObjects {
			err = walkObjects(s.LargeObjects(), each)
		} else if err == nil {
			err = walkRows(s, block.Entry.Tag, each)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func walkRows(s *archive.Scanner, tag string, each func(string, io.Reader) error) error {
	rows, err := s.Rows()
	if err != nil {
		return err
	}
	return each(tag, rows)
}

func walkObjects(l *archive.LargeObjectReader, each func(string, io.Reader) error) error {
	defer func() { _ = l.Close() }()
	for {
		oid, from, err := l.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = each(strconv.Itoa(int(oid)), from)
		}
		if err != nil {
			return err
		}
	}
}
