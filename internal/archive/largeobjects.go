package archive

import (
	"bufio"
	"errors"
	"io"
)

// LargeObjectReader reads the large objects of a data block, or of a piece of it.
type LargeObjectReader struct {
	from        *bufio.Reader
	compression Compression
	dumpID      int
	part        Part
	begun       bool
	current     *decoder
}

// NewLargeObjectReader reads a block of large objects, or a piece: pieces begin
// and end between objects.
func NewLargeObjectReader(r io.Reader, h Header, dumpID int, p Part) *LargeObjectReader {
	return &LargeObjectReader{from: bufio.NewReaderSize(r, readBuffer), compression: h.Compression, dumpID: dumpID, part: p}
}

// Next gives the next object, whose content can be read until the next call;
// io.EOF at the end.
func (l *LargeObjectReader) Next() (oid uint32, content io.Reader, err error) {
	if err := l.arrive(); err != nil {
		return 0, nil, err
	}
	id, err := readInt(l.from)
	switch {
	case errors.Is(err, io.EOF) && !l.part.Last:
		return 0, nil, io.EOF
	case err != nil:
		return 0, nil, cutOff(err)
	case id == 0 && !l.part.Last:
		return 0, nil, damaged("a block of large objects ends before its last piece")
	case id == 0:
		return 0, nil, io.EOF
	}
	l.current = newDecoder(&chunkReader{from: l.from}, l.compression, Part{First: true, Last: true})
	return uint32(int32(id)), l.current, nil
}

// arrive goes to where the next object begins.
func (l *LargeObjectReader) arrive() error {
	if !l.begun {
		l.begun = true
		if l.part.First {
			return blockHead(l.from, blockLargeObjects, l.dumpID)
		}
		return nil
	}
	if l.current == nil {
		return nil
	}
	_, err := io.Copy(io.Discard, l.current)
	l.current.close()
	return err
}
