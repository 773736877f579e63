package archive

import "io"

// Rows reads the block of a table, as [NewTableReader] does. It can be called once a block.
func (s *Scanner) Rows() (io.ReadCloser, error) {
	rows, err := newTable(s.from, s.toc.Header, s.block.Entry.DumpID, whole)
	if err != nil {
		return nil, err
	}
	s.skip = rows.chunks.skip
	return rows, nil
}
