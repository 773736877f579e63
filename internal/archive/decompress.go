package archive

import (
	"bufio"
	"errors"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// maxWindow is the most that a zstd frame may have its reader remember: what
// pg_dump's "long" mode asks for.
const maxWindow = 128 << 20

// decoder decompresses a stream of chunks, and reads them to their end.
type decoder struct {
	chunks      *chunkReader
	compression Compression
	part        Part
	stream      io.Reader // nil until the first read
	close       func()
	err         error
}

func newDecoder(chunks *chunkReader, c Compression, p Part) *decoder {
	return &decoder{chunks: chunks, compression: c, part: p, close: func() {}}
}

func (d *decoder) Read(p []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	if d.stream == nil {
		if d.err = d.begin(); d.err != nil {
			return 0, d.err
		}
	}
	n, err := d.stream.Read(p)
	if err != nil {
		d.err = d.end(err)
	}
	return n, d.err
}

// begin makes the decompressor. A table without rows may have no chunk at all,
// not even one with a compressor's header.
func (d *decoder) begin() error {
	if err := d.chunks.next(); err != nil {
		return err
	}
	switch d.compression {
	case None:
		d.stream = d.chunks
	case Gzip:
		return d.inflate()
	case LZ4:
		d.stream = &lz4Frames{chunks: d.chunks, frame: lz4.NewReader(d.chunks)}
	case Zstd:
		frames, err := zstd.NewReader(struct{ io.Reader }{d.chunks},
			zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return err
		}
		d.stream, d.close = frames, frames.Close
	}
	return nil
}

// inflate reads a whole stream with its checksum, and a piece without: the sum
// is of all pieces.
func (d *decoder) inflate() error {
	// The type that flate reads fastest from.
	from := bufio.NewReaderSize(d.chunks, readBuffer)
	if d.part.First && d.part.Last {
		whole, err := zlib.NewReader(from)
		if err != nil {
			return d.end(err)
		}
		d.stream, d.close = whole, func() { _ = whole.Close() }
		return nil
	}
	if d.part.First {
		var head [2]byte
		if _, err := io.ReadFull(from, head[:]); err != nil {
			return d.end(err)
		}
		if head[0]&15 != 8 || head[1]&32 != 0 || (uint(head[0])<<8|uint(head[1]))%31 != 0 {
			return damaged("a piece does not begin as zlib does")
		}
	}
	piece := flate.NewReader(from)
	d.stream, d.close = piece, func() { _ = piece.Close() }
	return nil
}

// end tells the right end from damage, once the stream gives an error.
func (d *decoder) end(err error) error {
	switch {
	case d.chunks.broken != nil:
		return d.chunks.broken
	case errors.Is(err, io.EOF):
		if err := d.chunks.drain(); err != nil {
			return err
		}
		return io.EOF
	case d.flushed():
		return io.EOF
	}
	return damaged("the data cannot be decompressed: %v", err)
}

// flushed tells that a piece of deflate has come to where its compressor was flushed.
func (d *decoder) flushed() bool {
	return d.compression == Gzip && !d.part.Last && d.chunks.ended && d.chunks.last == [4]byte{0, 0, 0xff, 0xff}
}

// Close gives back what the decompressor holds.
func (d *decoder) Close() error {
	d.close()
	return nil
}

// lz4Frames reads frames that follow each other.
type lz4Frames struct {
	chunks *chunkReader
	frame  *lz4.Reader
}

func (l *lz4Frames) Read(p []byte) (int, error) {
	for {
		n, err := l.frame.Read(p)
		if n > 0 || err == nil || !errors.Is(err, io.EOF) {
			return n, err
		}
		if err := l.chunks.next(); err != nil {
			return 0, err
		}
		l.frame.Reset(l.chunks)
	}
}
