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

// chunkSize is the largest chunk that an [Encoder] writes, in bytes. pg_restore
// allocates what a chunk claims.
const chunkSize = 256 << 10

// Sum is the checksum of some rows, and how many bytes they are.
type Sum struct {
	Adler  uint32
	Length int64
}

// Encoder writes data blocks. It is used by one goroutine at a time, for one
// block or piece after another.
//
// A table's block is its beginning by [Encoder.BeginTable], rows, the [Sum] that
// [Encoder.End] gives, and [TableTail] of that. Further pieces of its rows, begun by
// [Encoder.BeginPiece], may be written elsewhere and at any time; put between
// the first and the tail, which is then of all their sums, they make one block.
//
// A block of large objects is [LargeObjectsHead], then for each object
// [Encoder.BeginObject], its content, End and [ObjectTail], and last [LargeObjectsTail].
type Encoder struct {
	compression Compression
	compressor  compressor
	chunks      chunks
	sum         Sum
}

// NewEncoder makes an encoder of the level, from 0 to [Compression.MaxLevel].
func NewEncoder(c Compression, level int) (*Encoder, error) {
	compressor, err := newCompressor(c, level)
	if err != nil {
		return nil, err
	}
	return &Encoder{compression: c, compressor: compressor, chunks: chunks{buffer: make([]byte, 0, chunkSize)}}, nil
}

// Compression is how the encoder compresses.
func (e *Encoder) Compression() Compression { return e.compression }

// BeginTable begins the block of the entry with that ID, and its first piece.
func (e *Encoder) BeginTable(dst io.Writer, dumpID int) error {
	if _, err := dst.Write(appendInt([]byte{blockTable}, dumpID)); err != nil {
		return err
	}
	return e.beginStream(dst)
}

// BeginPiece begins a piece other than the first.
func (e *Encoder) BeginPiece(dst io.Writer) {
	// A piece that was given up has left its last chunk.
	e.chunks = chunks{dst: dst, buffer: e.chunks.buffer[:0]}
	e.sum = Sum{Adler: 1}
	e.compressor.begin(&e.chunks)
}

// BeginObject begins a large object.
func (e *Encoder) BeginObject(dst io.Writer, oid uint32) error {
	// PostgreSQL writes OIDs as signed numbers.
	if _, err := dst.Write(appendInt(nil, int(int32(oid)))); err != nil {
		return err
	}
	return e.beginStream(dst)
}

func (e *Encoder) beginStream(dst io.Writer) error {
	e.BeginPiece(dst)
	if e.compression != Gzip {
		return nil
	}
	_, err := e.chunks.Write(zlibHeader)
	return err
}

// zlibHeader reports deflate with a window of 32 KiB and no dictionary.
var zlibHeader = []byte{0x78, 0x9c}

// Write adds rows to the piece.
func (e *Encoder) Write(rows []byte) (int, error) {
	if e.compression == Gzip {
		e.sum.Adler = combine(e.sum.Adler, adler32.Checksum(rows), int64(len(rows)))
	}
	e.sum.Length += int64(len(rows))
	return e.compressor.Write(rows)
}

// End ends the piece.
func (e *Encoder) End() (Sum, error) {
	err := e.compressor.flush()
	return e.sum, errors.Join(err, e.chunks.end())
}

// combine returns the Adler-32 of two runs of bytes from that of each, and the
// length of the second: RFC 1950 defines both halves as sums modulo 65521.
func combine(first, second uint32, length int64) uint32 {
	const mod = 65521
	n := uint32(length % mod)
	a1, b1 := first&0xffff, first>>16
	a2, b2 := second&0xffff, second>>16
	a := (a1 + a2 + mod - 1) % mod
	// b counts every byte of the first run once more for each byte of the second.
	b := uint32((uint64(b1) + uint64(b2) + uint64(n)*uint64((a1+mod-1)%mod)) % mod)
	return b<<16 | a
}

// chunks cuts what is written into chunks.
type chunks struct {
	dst    io.Writer
	buffer []byte
}

func (c *chunks) Write(p []byte) (int, error) {
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

// end writes the open chunk; an empty one would end the block.
func (c *chunks) end() error {
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
