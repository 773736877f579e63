package archive

import (
	"errors"
	"io"
)

// LocateData sets State and Offset of each entry with data. It is needed for an
// archive that pg_dump wrote to a pipe, since that records no offsets. r is the
// archive after its table of contents, and is read to its end. LocateData calls
// passed after the data of each entry.
func (t *TOC) LocateData(r io.Reader, passed func(*Entry)) error {
	var last *Entry
	for s := NewScanner(r, t); ; {
		block, err := s.Next()
		if last != nil && (err == nil || errors.Is(err, io.EOF)) {
			passed(last)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		block.Entry.State, block.Entry.Offset = OffsetSet, block.Offset
		last = block.Entry
	}
}
