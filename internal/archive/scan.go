package archive

import (
	"bufio"
	"errors"
	"io"
)

// Block is a data block.
type Block struct {
	// Entry is the entry whose data the block holds.
	Entry *Entry
	// Offset is the position of the block in the archive, in bytes.
	Offset int64
}

// Scanner iterates over the data blocks of an archive in their order, and needs
// no offsets. It fails with [ErrDamaged] unless every entry with data has exactly
// one block, at its offset if that is set, and nothing else is in the archive.
type Scanner struct {
	counter *counter
	from    *bufio.Reader
	toc     *TOC
	seen    []bool // by position in toc.Entries
	block   Block
	skip    func() error // advances to the end of the block
	err     error
	// rows decodes the blocks of all tables whose rows were asked for.
	rows *decoder
}

// NewScanner returns a scanner of r, which is the archive after its table of
// contents toc.
func NewScanner(r io.Reader, toc *TOC) *Scanner {
	count := &counter{from: r, read: toc.Size()}
	return &Scanner{counter: count, from: bufio.NewReaderSize(count, readBuffer), toc: toc,
		seen: make([]bool, len(toc.Entries)), skip: func() error { return nil }}
}

// Next returns the next block; io.EOF after the last one. It skips the unread rest
// of a block, and checks no more than the lengths in it.
func (s *Scanner) Next() (Block, error) {
	if s.err == nil {
		s.err = s.skip()
	}
	if s.err == nil {
		s.block, s.err = s.head()
	}
	if s.err != nil {
		return Block{}, s.err
	}
	s.skip = s.skipBlock
	return s.block, nil
}

// head returns the block that begins here. It does not consume the beginning,
// which the block's reader reads.
func (s *Scanner) head() (Block, error) {
	head, err := s.from.Peek(1 + 1 + intSize)
	if len(head) == 0 && errors.Is(err, io.EOF) {
		return Block{}, s.complete()
	}
	if err != nil {
		return Block{}, eofAsDamage(err)
	}
	id, err := decodeInt(head[1:])
	if err != nil {
		return Block{}, err
	}
	b := Block{Offset: s.counter.read - int64(s.from.Buffered())}
	at, known := s.toc.index.find(id)
	if known {
		b.Entry = &s.toc.Entries[at]
	}
	if !known || s.seen[at] || !b.matches(head[0]) {
		return Block{}, damaged("the block of type %[2]d of entry %[3]d at byte %[1]d does not match the table of contents", b.Offset, head[0], id)
	}
	s.seen[at] = true
	return b, nil
}

// matches reports whether a block of that type agrees with its entry.
func (b Block) matches(kind byte) bool {
	if b.Entry.State == OffsetSet && b.Entry.Offset != b.Offset || !b.Entry.HasData() {
		return false
	}
	if b.Entry.Desc == DescLargeObjects {
		return kind == blockLargeObjects
	}
	return kind == blockTable
}

// complete returns io.EOF if no entry's data is missing.
func (s *Scanner) complete() error {
	for i := range s.toc.Entries {
		if e := &s.toc.Entries[i]; e.HasData() && !s.seen[i] {
			return damaged("it ends before the data of entry %d", e.DumpID)
		}
	}
	return io.EOF
}

// skipBlock advances to the end of an unread block.
func (s *Scanner) skipBlock() error {
	if s.block.Entry.Desc == DescLargeObjects {
		return s.LargeObjects().skip()
	}
	rows, err := newTable(s.from, s.toc.Header, s.block.Entry.DumpID, wholeBlock)
	if err != nil {
		return err
	}
	return rows.chunks.skip()
}

// Rows returns a reader of the current block, which must be one of a table. It can
// be called once for a block. The reader must not be closed: [Scanner.Close] does
// it.
func (s *Scanner) Rows() (*TableReader, error) {
	if err := readBlockHead(s.from, blockTable, s.block.Entry.DumpID); err != nil {
		s.err = err
		return nil, err
	}
	if s.rows == nil {
		s.rows = newDecoder(&chunkReader{from: s.from}, s.toc.Header.Compression, wholeBlock)
	}
	s.rows.reset()
	s.skip = s.rows.chunks.skip
	return &TableReader{s.rows}, nil
}

// Close releases the decompressor of the rows.
func (s *Scanner) Close() {
	if s.rows != nil {
		_ = s.rows.Close()
	}
}

// LargeObjects returns a reader of the current block, which must be one of large
// objects. It can be called once for a block.
func (s *Scanner) LargeObjects() *LargeObjectReader {
	objects := NewLargeObjectReader(s.from, s.toc.Header, s.block.Entry.DumpID, wholeBlock)
	s.skip = objects.skip
	return objects
}

// counter counts the bytes read.
type counter struct {
	from io.Reader
	read int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.read += int64(n)
	return n, err
}
