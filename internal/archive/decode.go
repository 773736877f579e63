package archive

import (
	"bufio"
	"errors"
	"io"
)

// Part tells which part of a data block some bytes are; a whole block is both.
type Part struct{ First, Last bool }

// readBuffer is what is read ahead of a decoder, in bytes.
const readBuffer = 64 << 10

// NewTableReader reads the rows, as COPY has them, from a table's data block or
// from one piece of it. It must be closed. What is not such a block gives an
// error with [ErrDamaged]; errors of r come as they are.
func NewTableReader(r io.Reader, h Header, dumpID int, p Part) (io.ReadCloser, error) {
	from := bufio.NewReaderSize(r, readBuffer)
	if p.First {
		if err := blockHead(from, blockTable, dumpID); err != nil {
			return nil, err
		}
	}
	return newDecoder(&chunkReader{from: from, open: !p.Last}, h.Compression, p), nil
}

func blockHead(from *bufio.Reader, kind byte, dumpID int) error {
	found, err := from.ReadByte()
	if err != nil {
		return cutOff(err)
	}
	id, err := readInt(from)
	if err != nil {
		return cutOff(err)
	}
	if found != kind || id != dumpID {
		return damaged("the data of entry %d was looked for where there is a block of type %d of entry %d", dumpID, found, id)
	}
	return nil
}

// readInt gives io.EOF where there is nothing more to read.
func readInt(from io.Reader) (int, error) {
	var b [1 + intSize]byte
	if _, err := io.ReadFull(from, b[:]); err != nil {
		return 0, err
	}
	return decodeInt(b[:])
}

// chunkReader reads the chunks of a block as one stream.
type chunkReader struct {
	from *bufio.Reader
	// open tells that the stream ends with the input, not with an empty chunk.
	open  bool
	left  int
	ended bool
	// broken is an error of the input's own.
	broken error
	// last are the last four bytes that were read.
	last [4]byte
}

func (c *chunkReader) Read(p []byte) (int, error) {
	if err := c.next(); err != nil || len(p) == 0 {
		return 0, err
	}
	n, err := c.from.Read(p[:min(len(p), c.left)])
	c.left -= n
	c.remember(p[:n])
	if err != nil {
		return n, c.breakOff(err)
	}
	return n, nil
}

func (c *chunkReader) breakOff(err error) error {
	c.broken = cutOff(err)
	return c.broken
}

// next goes to the next chunk if this one has been read.
func (c *chunkReader) next() error {
	if c.ended {
		return io.EOF
	}
	if c.left > 0 {
		return nil
	}
	n, err := readInt(c.from)
	switch {
	case errors.Is(err, io.EOF) && c.open:
		c.ended = true
		return io.EOF
	case err != nil:
		return c.breakOff(err)
	case n < 0:
		return c.breakOff(damaged("a chunk has %d bytes", n))
	case n == 0 && c.open:
		return c.breakOff(damaged("a block ends before its last piece"))
	case n == 0:
		c.ended = true
		return io.EOF
	}
	c.left = n
	return nil
}

func (c *chunkReader) remember(p []byte) {
	if len(p) >= len(c.last) {
		copy(c.last[:], p[len(p)-len(c.last):])
		return
	}
	copy(c.last[:], c.last[len(p):])
	copy(c.last[len(c.last)-len(p):], p)
}

// drain reads what is left of the chunks.
func (c *chunkReader) drain() error {
	_, err := io.Copy(io.Discard, struct{ io.Reader }{c})
	return err
}
