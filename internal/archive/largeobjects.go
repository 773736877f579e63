package archive

import (
	"bufio"
	"errors"
	"io"
)

// LargeObjectReader reads the large objects of a data block, or of a piece of it.
type LargeObjectReader struct {
	from   *bufio.Reader
	dumpID int
	part   Part
	begun  bool
	err    error
	object *decoder
}

// NewLargeObjectReader returns a reader of the block of the entry dumpID, or of
// a piece of it, from r. Pieces begin and end between objects. The reader must be
// closed.
func NewLargeObjectReader(r io.Reader, h Header, dumpID int, p Part) *LargeObjectReader {
	from := bufio.NewReaderSize(r, readBuffer)
	return &LargeObjectReader{from: from, dumpID: dumpID, part: p,
		object: newDecoder(&chunkReader{from: from, err: io.EOF}, h.Compression, wholeBlock)}
}

// AskForWindows is [TableReader.AskForWindows] for large objects.
func (l *LargeObjectReader) AskForWindows(ask Windows) { l.object.askForWindows(ask) }

// Next returns the next object; io.EOF at the end. The content can be read until
// the next call. Next skips unread content, and does not check it.
func (l *LargeObjectReader) Next() (oid uint32, content io.Reader, err error) {
	if l.err == nil {
		oid, l.err = l.next()
	}
	if l.err != nil {
		return 0, nil, l.err
	}
	l.object.reset()
	return oid, l.object, nil
}

// next returns the OID of the next object.
func (l *LargeObjectReader) next() (uint32, error) {
	if err := l.skipToObject(); err != nil {
		return 0, err
	}
	id, err := readInt(l.from)
	switch {
	case errors.Is(err, io.EOF) && !l.part.Last:
		return 0, io.EOF
	case err != nil:
		return 0, eofAsDamage(err)
	case id == 0 && !l.part.Last:
		return 0, damaged("a block of large objects ends before its last piece")
	case id == 0:
		return 0, io.EOF
	}
	// PostgreSQL writes OIDs as signed numbers.
	return uint32(int32(id)), nil
}

// skipToObject advances to the next object.
func (l *LargeObjectReader) skipToObject() error {
	if !l.begun && l.part.First {
		l.begun = true
		return readBlockHead(l.from, blockLargeObjects, l.dumpID)
	}
	return l.object.chunks.skip()
}

// skip advances to the end of the block.
func (l *LargeObjectReader) skip() error {
	for {
		if _, _, err := l.Next(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// Close releases the decompressor.
func (l *LargeObjectReader) Close() error { return l.object.Close() }
