package archive

import (
	"bufio"
	"errors"
	"io"
)

// Part is the position of a piece in its data block. A whole block is both the
// first piece and the last.
type Part struct{ First, Last bool }

var wholeBlock = Part{First: true, Last: true}

// readBuffer is the size of the buffer that a decoder reads from, in bytes.
const readBuffer = 64 << 10

// TableReader reads the rows of a table's data block, or of a piece of it, in
// COPY's text format. It must be closed.
type TableReader struct{ *decoder }

// NewTableReader returns a reader of the block of the entry dumpID, or of a
// piece of it, from r. If r holds anything else, NewTableReader or a later Read
// returns an error that wraps [ErrDamaged]. Errors of r are returned unchanged.
func NewTableReader(r io.Reader, h Header, dumpID int, p Part) (*TableReader, error) {
	rows, err := newTable(bufio.NewReaderSize(r, readBuffer), h, dumpID, p)
	if err != nil {
		return nil, err
	}
	return &TableReader{rows}, nil
}

// Windows asks for the memory of a window of that many bytes. It returns the
// function that gives the memory back. Its error is that of the next Read.
type Windows func(bytes int64) (release func(), err error)

// AskForWindows has the reader ask for the memory of each window that is larger
// than those of dumps of this package. It must be called before the first Read.
func (r *TableReader) AskForWindows(ask Windows) { r.askForWindows(ask) }

// PieceChecksum is the checksum of a piece's rows and, of the last piece, the one
// that the archive records for the whole block. Its zero value belongs to a
// compression without a checksum. A block that is read whole needs none: its
// reader compares the two.
type PieceChecksum struct {
	rows Sum
	// block is the recorded checksum of all rows of the block, if known is true.
	block uint32
	known bool
}

// Checksum returns the checksum of the piece. It is valid once Read has returned
// io.EOF.
func (r *TableReader) Checksum() PieceChecksum {
	if z, ok := r.stream.(*zlibReader); ok {
		return z.checksum()
	}
	return PieceChecksum{}
}

// VerifyPieces returns an error that wraps [ErrDamaged] if the pieces of a block,
// in their order, do not have the checksum that the last of them records.
func VerifyPieces(pieces []PieceChecksum) error {
	adler := uint32(1)
	for _, p := range pieces {
		adler = combine(adler, p.rows.Adler, p.rows.Length)
		if p.known && p.block != adler {
			return damaged("the data does not match its checksum")
		}
	}
	return nil
}

// newTable returns a decoder of a table's rows.
func newTable(from *bufio.Reader, h Header, dumpID int, p Part) (*decoder, error) {
	if p.First {
		if err := readBlockHead(from, blockTable, dumpID); err != nil {
			return nil, err
		}
	}
	return newDecoder(&chunkReader{from: from, endsWithInput: !p.Last}, h.Compression, p), nil
}

// readBlockHead reads the beginning of a data block. It fails if the block is
// not of that kind and entry.
func readBlockHead(from *bufio.Reader, kind byte, dumpID int) error {
	found, err := from.ReadByte()
	if err != nil {
		return eofAsDamage(err)
	}
	id, err := readInt(from)
	if err != nil {
		return eofAsDamage(err)
	}
	if found != kind || id != dumpID {
		return damaged("expected the data of entry %d, found a block of type %d of entry %d", dumpID, found, id)
	}
	return nil
}

// readInt returns the next integer; io.EOF at the end of the input. It does not
// allocate, since pg_dump up to 15 writes every uncompressed row as a chunk.
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
