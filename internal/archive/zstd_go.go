//go:build !cgo

package archive

import "github.com/klauspost/compress/zstd"

// ZstdLibrary is the library that compresses zstd in a program built without cgo.
const ZstdLibrary = "klauspost/compress"

// fastWindow is the window of the fastest level, in bytes. It compresses the rows
// of a table better than the library's default of 4 MiB, and takes less memory.
const fastWindow = 128 << 10

// zstdFramer writes each piece as a frame.
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

func (f *zstdFramer) begin(dst *chunkWriter) { f.Reset(dst) }
func (f *zstdFramer) flush() error           { return f.Close() }
