//go:build !cgo

package archive

import "github.com/klauspost/compress/zstd"

// ZstdLibrary is what compresses by zstd in this program: one that was built
// without C.
const ZstdLibrary = "klauspost/compress"

// fastWindow is the window of the fastest level, in bytes. On rows of a table it
// compresses better than the compressor's own of 4 MiB, since a block's codes
// fit what is near, and it takes less memory.
const fastWindow = 128 << 10

// zstdFramer makes each piece a frame.
type zstdFramer struct{ *zstd.Encoder }

func newZstd(level int) (compressor, error) {
	w, err := zstd.NewWriter(nil, zstdOptions(zstd.EncoderLevelFromZstd(level))...)
	return &zstdFramer{w}, err
}

func zstdOptions(level zstd.EncoderLevel) []zstd.EOption {
	options := []zstd.EOption{zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(true), zstd.WithEncoderLevel(level)}
	if level == zstd.SpeedFastest {
		options = append(options, zstd.WithWindowSize(fastWindow))
	}
	return options
}

func (f *zstdFramer) begin(dst *chunks) { f.Reset(dst) }
func (f *zstdFramer) flush() error      { return f.Close() }
