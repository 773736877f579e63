package archive

import (
	"bufio"
	"errors"
	"io"
)

// Part tells which part of a data block some bytes are; a whole block is both.
type Part struct{ First, Last bool }

var whole = Part{First: true, Last: true}

// readBuffer is what is read ahead of a decoder, in bytes.
const readBuffer = 64 << 10

// NewTableReader reads the rows, as COPY has them, from a table's data block or
// from one piece of it. It must be closed. What is not such a block gives an
// error with [ErrDamaged]; errors of r come as they are.
func NewTableReader(r io.Reader, h Header, dumpID int, p Part) (io.ReadCloser, error) {
	rows, err := newTable(bufio.NewReaderSize(r, readBuffer), h, dumpID, p)
	if err != nil {
		return nil, err // not a nil *decoder, which is no nil reader
	}
	return rows, nil
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

// readInt gives io.EOF where there is nothing more to read. It does not
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
