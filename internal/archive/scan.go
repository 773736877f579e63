package archive

import (
	"bufio"
	"errors"
	"io"
)

// Block is a data block.
type Block struct {
	Entry *Entry
	// Offset is where the block begins in the archive.
	Offset int64
}

// Scanner goes through the data blocks of an archive that is read from its
// beginning to its end, as one must when offsets are not set. It holds the
// archive to its table of contents: every entry with data has one block, where
// it is said to be, and there is nothing else.
type Scanner struct {
	counter *counter
	from    *bufio.Reader
	toc     *TOC
	seen    []bool // by the entries' places
	block   Block
	skip    func() error // goes to the end of the block
	err     error
}

// NewScanner reads what follows the table of contents in r, from which that was read.
func NewScanner(r io.Reader, toc *TOC) *Scanner {
	count := &counter{from: r, read: toc.Size()}
	return &Scanner{counter: count, from: bufio.NewReaderSize(count, readBuffer), toc: toc,
		seen: make([]bool, len(toc.Entries)), skip: func() error { return nil }}
}

// Next goes to the next block; io.EOF after the last one. What was not read of
// a block is skipped, and only the lengths in it are looked at.
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
	s.skip = s.pass
	return s.block, nil
}

// head looks at how a block begins, and leaves it there for its reader.
func (s *Scanner) head() (Block, error) {
	head, err := s.from.Peek(1 + 1 + intSize)
	if len(head) == 0 && errors.Is(err, io.EOF) {
		return Block{}, s.complete()
	}
	if err != nil {
		return Block{}, cutOff(err)
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
	if !known || s.seen[at] || !b.fits(head[0]) {
		return Block{}, damaged("at byte %d there is a block of type %d of entry %d, which does not belong there", b.Offset, head[0], id)
	}
	s.seen[at] = true
	return b, nil
}

func (b Block) fits(kind byte) bool {
	if b.Entry.State == OffsetSet && b.Entry.Offset != b.Offset || !b.Entry.HasData() {
		return false
	}
	if b.Entry.Desc == DescLargeObjects {
		return kind == blockLargeObjects
	}
	return kind == blockTable
}

// complete is io.EOF if no data is missing.
func (s *Scanner) complete() error {
	for i := range s.toc.Entries {
		if e := &s.toc.Entries[i]; e.HasData() && !s.seen[i] {
			return damaged("it ends before the data of entry %d", e.DumpID)
		}
	}
	return io.EOF
}

// pass goes over a block that was not read.
func (s *Scanner) pass() error {
	if s.block.Entry.Desc == DescLargeObjects {
		return s.LargeObjects().skip()
	}
	rows, err := newTable(s.from, s.toc.Header, s.block.Entry.DumpID, whole)
	if err != nil {
		return err
	}
	return rows.chunks.skip()
}

// LargeObjects reads a block of large objects. It can be called once a block.
func (s *Scanner) LargeObjects() *LargeObjectReader {
	objects := NewLargeObjectReader(s.from, s.toc.Header, s.block.Entry.DumpID, whole)
	s.skip = objects.skip
	return objects
}

// counter counts what is read.
type counter struct {
	from io.Reader
	read int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.read += int64(n)
	return n, err
}
