package archive

import (
	"bufio"
	"errors"
	"io"
)

// Part is the part of a data block that some bytes are; a whole block is both.
type Part struct{ First, Last bool }

var whole = Part{First: true, Last: true}

// readBuffer is what is read ahead of a decoder, in bytes.
const readBuffer = 64 << 10

// TableReader reads the rows, as COPY has them, from a table's data block or
// from one piece of it. It must be closed.
type TableReader struct{ *decoder }

// NewTableReader makes a reader of r. What is not such a block gives an error
// with [ErrDamaged], here or later; errors of r come as they are.
func NewTableReader(r io.Reader, h Header, dumpID int, p Part) (*TableReader, error) {
	rows, err := newTable(bufio.NewReaderSize(r, readBuffer), h, dumpID, p)
	if err != nil {
		return nil, err
	}
	return &TableReader{rows}, nil
}

// Checksum is what a piece tells of its block's checksum. A block that is read
// as a whole is checked by its reader. Its zero value is that of a compression
// without one.
type Checksum struct {
	rows Sum
	// block is of all rows of the block; the last piece has it.
	block uint32
	known bool
}

// Checksum is known once the rows have been read to their end.
func (r *TableReader) Checksum() Checksum {
	if i, ok := r.stream.(*inflater); ok {
		return i.checksum()
	}
	return Checksum{}
}

// CheckPieces reports whether the pieces of a block, in their order, have the
// checksum that the last of them brought.
func CheckPieces(pieces []Checksum) error {
	adler := uint32(1)
	for _, p := range pieces {
		adler = combine(adler, p.rows.Adler, p.rows.Length)
		if p.known && p.block != adler {
			return damaged("the data does not have the checksum that is with it")
		}
	}
	return nil
}

func newTable(from *bufio.Reader, h Header, dumpID int, p Part) (*decoder, error) {
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

// readInt returns io.EOF where there is nothing more to read. It does not
// allocate: pg_dump up to 15 makes a chunk of every row that it does not compress.
func readInt(from *bufio.Reader) (int, error) {
	b, err := from.Peek(1 + intSize)
	if err != nil {
		if len(b) > 0 && errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return 0, err
	}
	n, err := decodeInt(b)
	_, _ = from.Discard(len(b))
	return n, err
}
