//go:build cgo

package archive

import (
	"encoding/binary"
	"fmt"

	"github.com/DataDog/zstd"
	"github.com/cespare/xxhash/v2"
)

// ZstdLibrary is what compresses by zstd in this program.
const ZstdLibrary = "libzstd 1.5.7"

// zstdFrames compresses rows by one call of libzstd for a frame. A call gets
// many rows, since it costs more than one of Go; its memory is made with the
// first of them and kept.
type zstdFrames struct {
	context zstd.Ctx
	level   int
	dst     *chunks
	rows    []byte // of a frame that is not full
	out     []byte
}

func newZstd(level int) (compressor, error) { return &zstdFrames{level: level}, nil }

// frameSize is how much a frame has at that level, in bytes: what libzstd looks
// back over in a stream of the level, as far as memory is not to be gigabytes.
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

func (f *zstdFrames) begin(dst *chunks) {
	if f.context == nil {
		f.context = zstd.NewCtx()
	}
	f.dst, f.rows = dst, f.rows[:0]
}

func (f *zstdFrames) Write(rows []byte) (int, error) {
	size, written := frameSize(f.level), 0
	for len(rows) > 0 {
		n := min(len(rows), size-len(f.rows))
		if n == size { // nothing waits, so there is nothing to put it together with
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

// flush writes what waits as a frame.
func (f *zstdFrames) flush() error {
	if len(f.rows) == 0 {
		return nil
	}
	defer func() { f.rows = f.rows[:0] }()
	return f.frame(f.rows)
}

// frame ends a chunk with the frame: pg_restore looks no further in a chunk
// than to the end of a frame.
func (f *zstdFrames) frame(rows []byte) error {
	// A frame of few rows needs a small buffer; the next one may be large.
	if bound := zstd.CompressBound(len(rows)) + checksumSize; cap(f.out) < bound {
		f.out = make([]byte, bound)
	}
	out, err := f.context.CompressLevel(f.out, rows, f.level)
	if err != nil {
		return fmt.Errorf("compress by zstd: %w", err)
	}
	if _, err := f.dst.Write(withChecksum(out, rows)); err != nil {
		return err
	}
	return f.dst.end()
}

const (
	// frameDescriptor is the place of a frame's descriptor, after the magic number,
	// and checksumFlag the bit in it for a checksum at the frame's end.
	frameDescriptor = 4
	checksumFlag    = 1 << 2
	checksumSize    = 4
)

// withChecksum returns the frame with a checksum of its content, as RFC 8878 has
// it in section 3.1.1. The library has no setting for it.
func withChecksum(frame, content []byte) []byte {
	frame[frameDescriptor] |= checksumFlag
	return binary.LittleEndian.AppendUint32(frame, uint32(xxhash.Sum64(content)))
}
