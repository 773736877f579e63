package archive

import (
	"errors"
	"io"
)

// Locate fills in where the data of each entry is, for an archive that was
// written to a pipe and does not say it. r is what follows the table of
// contents, and is read to its end; passed is told of each entry whose data has
// been read.
func (t *TOC) Locate(r io.Reader, passed func(*Entry)) error {
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
