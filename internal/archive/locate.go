package archive

import (
	"errors"
	"io"
)

// LocateData sets State and Offset of each entry with data. It is needed for an
// archive that pg_dump wrote to a pipe, since that records no offsets. r is the
// archive after its table of contents, and is read to its end. LocateData calls each
// for every block, which can read the block from the scanner.
func (t *TOC) LocateData(r io.Reader, each func(*Scanner, Block) error) error {
	s := NewScanner(r, t)
	defer s.Close()
	for {
		block, err := s.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		block.Entry.State, block.Entry.Offset = OffsetSet, block.Offset
		if err := each(s, block); err != nil {
			return err
		}
	}
}
