package archive_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
)

// These tests run with the zstd library of the build: make test-without-c runs
// them with Go's.

// TestZstdFramesEndWithTheirChunk keeps to what pg_restore can read: it ignores the
// rest of a chunk after the end of a frame.
func TestZstdFramesEndWithTheirChunk(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(11, 12))
	for _, size := range []int{0, 1, 1000, 512 << 10, 512<<10 + 1, 3_000_000} {
		e, err := archive.NewEncoder(archive.Zstd, 1)
		require.NoError(t, err)
		var piece, rows bytes.Buffer
		e.BeginPiece(&piece)
		for rows.Len() < size {
			part := make([]byte, min(random.IntN(1_000_000), size-rows.Len()))
			for i := range part {
				part[i] = 'a' + byte(random.IntN(8))
			}
			rows.Write(part)
			n, err := e.Write(part)
			require.NoError(t, err)
			require.Len(t, part, n)
		}
		sum, err := e.End()
		require.NoError(t, err)
		require.EqualValues(t, size, sum.Length)

		whole := true
		var frame []byte
		for rest := piece.Bytes(); len(rest) > 0; {
			n := binary.LittleEndian.Uint32(rest[1:5])
			frame = append(frame, rest[5:5+n]...)
			rest = rest[5+n:]
			if whole = endOfFrame(t, frame); whole {
				frame = nil
			}
		}
		require.True(t, whole, size)
		found, err := decoded(piece.Bytes(), archive.Zstd, archive.Part{})
		require.NoError(t, err)
		require.True(t, bytes.Equal(rows.Bytes(), found), size)
	}
}

// endOfFrame reports whether the frame is complete, by the format's description
// in RFC 8878. It fails the test if anything follows the frame.
func endOfFrame(t *testing.T, frame []byte) bool {
	t.Helper()
	require.EqualValues(t, 0xFD2FB528, binary.LittleEndian.Uint32(frame))
	descriptor := frame[4]
	require.EqualValues(t, 4, descriptor&7, "the frame has no checksum, or a dictionary")
	single := descriptor >> 5 & 1
	at := 5 + 1 - int(single) + []int{int(single), 2, 4, 8}[descriptor>>6]
	for {
		if len(frame) < at+3 {
			return false
		}
		head := uint32(frame[at]) | uint32(frame[at+1])<<8 | uint32(frame[at+2])<<16
		size := int(head >> 3)
		if head>>1&3 == 1 { // one byte, repeated
			size = 1
		}
		at += 3 + size
		if head&1 == 1 {
			at += 4 // the checksum
			require.LessOrEqual(t, len(frame), at, "a chunk continues after the end of its frame")
			return len(frame) == at
		}
	}
}

// TestZstdDecodersNoticeDamage flips each bit of a frame. An independent decoder
// refuses the frame, or returns the same content.
func TestZstdDecodersNoticeDamage(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(15, 16))
	for _, size := range []int{1, 100, 3000} {
		content := make([]byte, size)
		for i := range content {
			content[i] = 'a' + byte(random.IntN(8))
		}
		frame := frameOf(t, content)
		for name, decode := range zstdDecoders(t) {
			found, err := decode(frame)
			require.NoError(t, err, name)
			require.Equal(t, content, found, name)
			for bit := range len(frame) * 8 {
				damaged := bytes.Clone(frame)
				damaged[bit/8] ^= 1 << (bit % 8)
				found, err := decode(damaged)
				require.True(t, err != nil || bytes.Equal(found, content), "%s, bit %d of %d bytes", name, bit, len(frame))
			}
		}
	}
}

// frameOf returns the only frame of a piece.
func frameOf(t *testing.T, content []byte) []byte {
	t.Helper()
	e, err := archive.NewEncoder(archive.Zstd, 1)
	require.NoError(t, err)
	var piece bytes.Buffer
	e.BeginPiece(&piece)
	_, err = e.Write(content)
	require.NoError(t, err)
	_, err = e.End()
	require.NoError(t, err)
	require.True(t, endOfFrame(t, piece.Bytes()[5:]))
	return piece.Bytes()[5:]
}

func TestHighZstdLevelsCompressBetter(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(13, 14))
	var rows bytes.Buffer
	for i := range 3000 {
		fmt.Fprintf(&rows, "%d", i)
		for range 10 {
			fmt.Fprintf(&rows, "\tword%d", random.IntN(500)*random.IntN(500))
		}
		rows.WriteByte('\n')
	}
	var sizes []int
	for _, level := range []int{1, 2, 3, 9, 19, archive.Zstd.MaxLevel()} {
		e, err := archive.NewEncoder(archive.Zstd, level)
		require.NoError(t, err)
		var piece bytes.Buffer
		for range 2 { // the first piece is abandoned
			piece.Reset()
			e.BeginPiece(&piece)
			_, err = e.Write(rows.Bytes())
			require.NoError(t, err)
		}
		_, err = e.End()
		require.NoError(t, err)
		sizes = append(sizes, piece.Len())
		found, err := decoded(piece.Bytes(), archive.Zstd, archive.Part{})
		require.NoError(t, err)
		require.True(t, bytes.Equal(rows.Bytes(), found), "level %d", level)
	}
	require.Less(t, sizes[len(sizes)-1], sizes[0], "sizes from the lowest level to the highest: %v", sizes)
}
