package archive

import "io"

// Rows returns a reader of the current block, which must be a table's. It can
// be called once for a block.
func (s *Scanner) Rows() (io.ReadCloser, error) {
	rows, err := newTable(s.from, s.toc.Header, s.block.Entry.DumpID, wholeBlock)
	if err != nil {
		return nil, err
	}
	s.skip = rows.chunks.skip
	return rows, nil
}
