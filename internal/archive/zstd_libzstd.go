//go:build cgo

package archive

import (
	"encoding/binary"
	"fmt"

	"github.com/DataDog/zstd"
	"github.com/cespare/xxhash/v2"
)

// ZstdLibrary is the library that compresses zstd in a program built with cgo.
const ZstdLibrary = "libzstd 1.5.7"

// zstdFrames compresses each frame by one call of libzstd. It collects many rows
// for a frame, since a call of C is slow. It allocates its context with the first
// piece, and keeps it.
type zstdFrames struct {
	context zstd.Ctx
	level   int
	dst     *chunkWriter
	rows    []byte // of the open frame
	out     []byte
}

func newZstd(level int) (compressor, error) { return &zstdFrames{level: level}, nil }

// frameSize returns the size of a frame's content at the level, in bytes: the
// window that libzstd uses for a stream of that level, with a limit of 4 MiB.
func frameSize(level int) int {
	switch {
	case level <= 1:
		return 512 << 10
	case level == 2:
		return 1 << 20
	case level <= 8:
		return 2 << 20
	}
	return 4 << 20
}

func (f *zstdFrames) begin(dst *chunkWriter) {
	if f.context == nil {
		f.context = zstd.NewCtx()
	}
	f.dst, f.rows = dst, f.rows[:0]
}

func (f *zstdFrames) Write(rows []byte) (int, error) {
	size, written := frameSize(f.level), 0
	for len(rows) > 0 {
		n := min(len(rows), size-len(f.rows))
		if n == size { // the open frame is empty: no copy is needed
			if err := f.frame(rows[:n]); err != nil {
				return written, err
			}
		} else {
			f.rows = append(f.rows, rows[:n]...)
			if len(f.rows) == size {
				if err := f.flush(); err != nil {
					return written, err
				}
			}
		}
		rows, written = rows[n:], written+n
	}
	return written, nil
}

// flush writes the open frame.
func (f *zstdFrames) flush() error {
	if len(f.rows) == 0 {
		return nil
	}
	defer func() { f.rows = f.rows[:0] }()
	return f.frame(f.rows)
}

// frame writes the rows as a frame, and ends the chunk: pg_restore ignores the
// rest of a chunk after the end of a frame.
func (f *zstdFrames) frame(rows []byte) error {
	// The first frame may be small, and need a smaller buffer than later ones.
	if bound := zstd.CompressBound(len(rows)) + checksumSize; cap(f.out) < bound {
		f.out = make([]byte, bound)
	}
	out, err := f.context.CompressLevel(f.out, rows, f.level)
	if err != nil {
		return fmt.Errorf("compress with zstd: %w", err)
	}
	if _, err := f.dst.Write(withChecksum(out, rows)); err != nil {
		return err
	}
	return f.dst.end()
}

const (
	// frameDescriptor is the position of a frame's descriptor, after the magic
	// number. checksumFlag is the bit in it that announces a checksum at the end.
	frameDescriptor = 4
	checksumFlag    = 1 << 2
	checksumSize    = 4
)

// withChecksum returns the frame with a checksum of its content, which RFC 8878
// defines in section 3.1.1. The library has no setting for it.
func withChecksum(frame, content []byte) []byte {
	frame[frameDescriptor] |= checksumFlag
	return binary.LittleEndian.AppendUint32(frame, uint32(xxhash.Sum64(content)))
}
