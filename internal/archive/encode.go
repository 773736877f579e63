package archive

import (
	"errors"
	"hash/adler32"
	"io"
)

// The types of data blocks, with the format's numbers.
const (
	blockTable        = 1
	blockLargeObjects = 3
)

// chunkSize is the size of the largest chunk that an [Encoder] writes, in bytes.
// pg_restore allocates a buffer of a chunk's size.
const chunkSize = 256 << 10

// Sum is the checksum and the length of the uncompressed content of a piece.
type Sum struct {
	// Adler is the Adler-32 of the content. It is set for [Gzip] only.
	Adler uint32
	// Length is in bytes.
	Length int64
}

// Encoder writes data blocks, one block or piece after another. It is not safe
// for concurrent use.
//
// A table's block is written by [Encoder.BeginTable], Write for its rows and
// [Encoder.End], which returns their [Sum]; [TableTail] of the sum follows. Further
// pieces of rows begin with [Encoder.BeginPiece], and can be written elsewhere and
// in any order. The first piece, the further ones and the [TableTail] of all
// their sums, concatenated, are one block.
//
// A block of large objects is [LargeObjectsHead], the objects and
// [LargeObjectsTail]. An object is written by [Encoder.BeginLargeObject], Write for
// its content and End; [LargeObjectTail] of the sum follows.
type Encoder struct {
	compression Compression
	compressor  compressor
	chunks      chunkWriter
	sum         Sum
}

// NewEncoder returns an encoder that compresses at the level, from 0 to
// [Compression.MaxLevel].
func NewEncoder(c Compression, level int) (*Encoder, error) {
	compressor, err := newCompressor(c, level)
	if err != nil {
		return nil, err
	}
	return &Encoder{compression: c, compressor: compressor, chunks: chunkWriter{buffer: make([]byte, 0, chunkSize)}}, nil
}

// Compression returns the compression of the encoder.
func (e *Encoder) Compression() Compression { return e.compression }

// BeginTable begins the block of the entry dumpID, and its first piece.
func (e *Encoder) BeginTable(dst io.Writer, dumpID int) error {
	if _, err := dst.Write(appendInt([]byte{blockTable}, dumpID)); err != nil {
		return err
	}
	return e.beginStream(dst)
}

// BeginPiece begins a piece other than the first.
func (e *Encoder) BeginPiece(dst io.Writer) {
	// An abandoned piece leaves its last chunk in the buffer.
	e.chunks = chunkWriter{dst: dst, buffer: e.chunks.buffer[:0]}
	e.sum = Sum{Adler: 1}
	e.compressor.begin(&e.chunks)
}

// BeginLargeObject begins the large object with that OID.
func (e *Encoder) BeginLargeObject(dst io.Writer, oid uint32) error {
	// PostgreSQL writes OIDs as signed numbers.
	if _, err := dst.Write(appendInt(nil, int(int32(oid)))); err != nil {
		return err
	}
	return e.beginStream(dst)
}

// beginStream begins the first piece of a stream.
func (e *Encoder) beginStream(dst io.Writer) error {
	e.BeginPiece(dst)
	if e.compression != Gzip {
		return nil
	}
	_, err := e.chunks.Write(zlibHeader)
	return err
}

// zlibHeader announces deflate with a window of 32 KiB and no dictionary, as RFC
// 1950 has it.
var zlibHeader = []byte{0x78, 0x9c}

// Write adds content to the piece.
func (e *Encoder) Write(rows []byte) (int, error) {
	if e.compression == Gzip {
		e.sum.Adler = combine(e.sum.Adler, adler32.Checksum(rows), int64(len(rows)))
	}
	e.sum.Length += int64(len(rows))
	return e.compressor.Write(rows)
}

// End ends the piece, and returns the sum of its content.
func (e *Encoder) End() (Sum, error) {
	err := e.compressor.flush()
	return e.sum, errors.Join(err, e.chunks.end())
}

// combine returns the Adler-32 of two consecutive runs of bytes from the Adler-32
// of each and the length of the second. RFC 1950 defines both halves of an
// Adler-32 as sums modulo 65521.
func combine(first, second uint32, length int64) uint32 {
	const mod = 65521
	n := uint32(length % mod)
	a1, b1 := first&0xffff, first>>16
	a2, b2 := second&0xffff, second>>16
	a := (a1 + a2 + mod - 1) % mod
	// b counts each byte of the first run again for every byte of the second.
	b := uint32((uint64(b1) + uint64(b2) + uint64(n)*uint64((a1+mod-1)%mod)) % mod)
	return b<<16 | a
}

// chunkWriter cuts its input into chunks.
type chunkWriter struct {
	dst    io.Writer
	buffer []byte
}

func (c *chunkWriter) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		n := min(len(p), chunkSize-len(c.buffer))
		c.buffer = append(c.buffer, p[:n]...)
		p, written = p[n:], written+n
		if len(c.buffer) == chunkSize {
			if err := c.end(); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

// end writes the open chunk unless it is empty: an empty chunk ends the block.
func (c *chunkWriter) end() error {
	if len(c.buffer) == 0 {
		return nil
	}
	var head [1 + intSize]byte
	if _, err := c.dst.Write(appendInt(head[:0], len(c.buffer))); err != nil {
		return err
	}
	_, err := c.dst.Write(c.buffer)
	c.buffer = c.buffer[:0]
	return err
}
