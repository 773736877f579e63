package archive

import (
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/pierrec/lz4/v4"
)

// DefaultLevel is the level that suits streams best. Gzip's second level of this
// program's compressor makes what the sixth of zlib's does, pg_dump's default,
// and one or two hundredths more, in less than a quarter of the time.
func (c Compression) DefaultLevel() int {
	switch c {
	case Gzip:
		return 2
	case Zstd:
		return 1
	}
	return 0
}

// MaxLevel is the highest level there is; 0 where there are none.
func (c Compression) MaxLevel() int {
	switch c {
	case Gzip:
		return 9
	case Zstd:
		return 22
	}
	return 0
}

// compressor writes one stream after another. Flush ends what a piece has of
// its stream: no byte after it depends on one before it.
type compressor interface {
	io.Writer
	// begin starts a stream, or goes on with one that has begun in another piece.
	begin(dst *chunks)
	flush() error
}

func newCompressor(c Compression, level int) (compressor, error) {
	if level < 0 || level > c.MaxLevel() {
		return nil, fmt.Errorf("%s has no level %d: they end at %d", c, level, c.MaxLevel())
	}
	switch c {
	case None:
		return &plain{}, nil
	case Gzip:
		w, err := flate.NewWriter(nil, level)
		return &deflater{w}, err
	case LZ4:
		w := lz4.NewWriter(nil)
		return &framer{w}, w.Apply(lz4.BlockSizeOption(lz4.Block256Kb), lz4.ConcurrencyOption(1))
	case Zstd:
		return newZstd(level)
	}
	return nil, fmt.Errorf("there is no way to write %s", c)
}

type plain struct{ dst *chunks }

func (p *plain) begin(dst *chunks)              { p.dst = dst }
func (p *plain) Write(rows []byte) (int, error) { return p.dst.Write(rows) }
func (p *plain) flush() error                   { return nil }

// deflater ends a piece with an empty stored block. What comes after it does
// not refer back over it, since the next piece has a compressor of its own.
type deflater struct{ *flate.Writer }

func (d *deflater) begin(dst *chunks) { d.Reset(dst) }
func (d *deflater) flush() error      { return d.Flush() }

// framer makes each piece a frame; consecutive frames are one stream.
type framer struct{ *lz4.Writer }

func (f *framer) begin(dst *chunks) { f.Reset(dst) }
func (f *framer) flush() error      { return f.Close() }
