package archive

import (
	"errors"
	"io"
)

// decoder decompresses streams of chunks, one after another, and reads each to its end.
type decoder struct {
	chunks *chunkReader
	stream stream
	part   Part
	begun  bool
	err    error
}

// stream decompresses. Its io.EOF means that all of it was there, and nothing more.
type stream interface {
	io.Reader
	begin(Part) error
	close()
}

func newDecoder(chunks *chunkReader, c Compression, p Part) *decoder {
	d := &decoder{chunks: chunks, part: p}
	switch c {
	case Gzip:
		d.stream = &inflater{chunks: chunks}
	case LZ4:
		d.stream = newLZ4(chunks)
	case Zstd:
		d.stream = &unzstd{chunks: chunks}
	default:
		d.stream = stored{chunks}
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
		d.err = d.judge(err)
	}
	return n, d.err
}

// begin starts the stream. A table without rows may have no chunk at all, not
// even one with a compressor's header.
func (d *decoder) begin() error {
	if err := d.chunks.next(); err != nil {
		return err
	}
	if err := d.stream.begin(d.part); err != nil {
		return d.judge(err)
	}
	return nil
}

// judge reports errors of the input from those of what was in it.
func (d *decoder) judge(err error) error {
	switch {
	case d.chunks.broken() != nil:
		return d.chunks.err
	case errors.Is(err, ErrDamaged):
		return err
	case errors.Is(err, io.EOF) && errors.Is(d.chunks.next(), io.EOF):
		return io.EOF
	}
	return damaged("the data cannot be decompressed: %v", err)
}

// again begins with the next stream.
func (d *decoder) again() {
	d.chunks.again()
	d.begun, d.err = false, nil
}

// Close releases the decompressor.
func (d *decoder) Close() error {
	d.stream.close()
	return nil
}

// stored are rows as they are.
type stored struct{ io.Reader }

func (stored) begin(Part) error { return nil }
func (stored) close()           {}
