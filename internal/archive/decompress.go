package archive

import (
	"errors"
	"io"
)

// decoder decompresses one stream of chunks after another, each to its end.
type decoder struct {
	chunks *chunkReader
	stream stream
	part   Part
	begun  bool
	err    error
}

// stream decompresses. It returns io.EOF if the stream is complete and nothing
// follows it.
type stream interface {
	io.Reader
	// begin starts a stream, or a piece of one.
	begin(Part) error
	// close releases the decompressor.
	close()
}

// newDecoder returns a decoder of the chunks.
func newDecoder(chunks *chunkReader, c Compression, p Part) *decoder {
	d := &decoder{chunks: chunks, part: p}
	switch c {
	case Gzip:
		d.stream = &zlibReader{chunks: chunks}
	case LZ4:
		d.stream = newLZ4(chunks)
	case Zstd:
		d.stream = &zstdReader{chunks: chunks}
	default:
		d.stream = uncompressedReader{chunks}
	}
	return d
}

func (d *decoder) Read(p []byte) (int, error) {
	if d.err == nil && !d.begun {
		d.begun = true
		d.err = d.begin()
	}
	if d.err != nil {
		return 0, d.err
	}
	n, err := d.stream.Read(p)
	if err != nil {
		d.err = d.classify(err)
	}
	return n, d.err
}

// begin starts the stream. A table without rows may have no chunk, not even one
// with a compressor's header.
func (d *decoder) begin() error {
	if err := d.chunks.next(); err != nil {
		return err
	}
	if err := d.stream.begin(d.part); err != nil {
		return d.classify(err)
	}
	return nil
}

// classify returns an error of the input unchanged, and an error of the
// decompressor as one that wraps [ErrDamaged].
func (d *decoder) classify(err error) error {
	var refused *windowError
	switch {
	case errors.As(err, &refused):
		return refused.error
	case d.chunks.inputError() != nil:
		return d.chunks.err
	case errors.Is(err, ErrDamaged):
		return err
	case errors.Is(err, io.EOF) && errors.Is(d.chunks.next(), io.EOF):
		return io.EOF
	}
	return damaged("the data cannot be decompressed: %v", err)
}

// reset prepares d for the next stream.
func (d *decoder) reset() {
	d.chunks.reset()
	d.begun, d.err = false, nil
}

// Close releases the decompressor.
func (d *decoder) Close() error {
	d.stream.close()
	return nil
}

// uncompressedReader reads rows as they are.
type uncompressedReader struct{ io.Reader }

func (uncompressedReader) begin(Part) error { return nil }
func (uncompressedReader) close()           {}
