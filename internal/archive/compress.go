package archive

import (
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/pierrec/lz4/v4"
)

// DefaultLevel returns the level that suits a dump best; 0 for a compression
// without levels.
//
// For [Gzip] it is 2. The output is one or two percent larger than that of
// zlib's level 6, pg_dump's default, and takes less than a quarter of the time.
func (c Compression) DefaultLevel() int {
	switch c {
	case Gzip:
		return 2
	case Zstd:
		return 1
	}
	return 0
}

// MaxLevel returns the highest level; 0 for a compression without levels.
func (c Compression) MaxLevel() int {
	switch c {
	case Gzip:
		return 9
	case Zstd:
		return 22
	}
	return 0
}

// compressor writes one piece of a stream after another.
type compressor interface {
	io.Writer
	// begin starts a piece.
	begin(dst *chunkWriter)
	// flush ends the piece. No later byte refers to an earlier one.
	flush() error
}

// newCompressor returns a compressor of the level. It fails if c has no such level.
func newCompressor(c Compression, level int) (compressor, error) {
	if level < 0 || level > c.MaxLevel() {
		return nil, fmt.Errorf("%s has no level %d: use a level from 0 to %d", c, level, c.MaxLevel())
	}
	switch c {
	case None:
		return &uncompressedWriter{}, nil
	case Gzip:
		w, err := flate.NewWriter(nil, level)
		return &deflateWriter{w}, err
	case LZ4:
		w := lz4.NewWriter(nil)
		return &lz4Writer{w}, w.Apply(lz4.BlockSizeOption(lz4.Block256Kb), lz4.ConcurrencyOption(1))
	case Zstd:
		return newZstd(level)
	}
	return nil, fmt.Errorf("cannot write %s", c)
}

// uncompressedWriter writes rows as they are.
type uncompressedWriter struct{ dst *chunkWriter }

func (p *uncompressedWriter) begin(dst *chunkWriter)         { p.dst = dst }
func (p *uncompressedWriter) Write(rows []byte) (int, error) { return p.dst.Write(rows) }
func (p *uncompressedWriter) flush() error                   { return nil }

// deflateWriter ends a piece with an empty stored block. The next piece does not
// refer back beyond that block, since its compressor starts with an empty window.
type deflateWriter struct{ *flate.Writer }

func (d *deflateWriter) begin(dst *chunkWriter) { d.Reset(dst) }
func (d *deflateWriter) flush() error           { return d.Flush() }

// lz4Writer writes each piece as a frame. Consecutive frames are one stream.
type lz4Writer struct{ *lz4.Writer }

func (f *lz4Writer) begin(dst *chunkWriter) { f.Reset(dst) }
func (f *lz4Writer) flush() error           { return f.Close() }
