package archive

import (
	"bufio"
	"errors"
	"io"
)

// Locate fills in where the data of each entry is, for an archive that was
// written to a pipe and does not say it. r is what follows the table of
// contents, and is read to its end.
func (t *TOC) Locate(r io.Reader) error {
	l := &locator{from: bufio.NewReaderSize(r, readBuffer), at: int64(len(t.raw))}
	for {
		begin := l.at
		dumpID, err := l.block()
		if errors.Is(err, io.EOF) {
			return t.allLocated()
		}
		if err != nil {
			return err
		}
		e, ok := t.Find(dumpID)
		if !ok || e.State != OffsetNotSet {
			return damaged("there is data of entry %d, which has none", dumpID)
		}
		e.State, e.Offset = OffsetSet, begin
	}
}

func (t *TOC) allLocated() error {
	for i := range t.Entries {
		if e := &t.Entries[i]; e.State == OffsetNotSet {
			return damaged("the data of entry %d is missing", e.DumpID)
		}
	}
	return nil
}

// locator walks over data blocks.
type locator struct {
	from *bufio.Reader
	at   int64
}

// block passes over a block; io.EOF where there is none.
func (l *locator) block() (dumpID int, err error) {
	kind, err := l.from.ReadByte()
	if err != nil {
		return 0, err
	}
	l.at++
	if dumpID, err = l.int(); err != nil {
		return 0, err
	}
	switch kind {
	case blockTable:
		return dumpID, l.chunks()
	case blockLargeObjects:
		return dumpID, l.objects()
	}
	return 0, damaged("there is a block of type %d", kind)
}

func (l *locator) objects() error {
	for {
		oid, err := l.int()
		if err != nil || oid == 0 {
			return err
		}
		if err := l.chunks(); err != nil {
			return err
		}
	}
}

func (l *locator) chunks() error {
	for {
		n, err := l.int()
		if err != nil || n == 0 {
			return err
		}
		if n < 0 {
			return damaged("a chunk has %d bytes", n)
		}
		passed, err := l.from.Discard(n)
		l.at += int64(passed)
		if err != nil {
			return cutOff(err)
		}
	}
}

func (l *locator) int() (int, error) {
	n, err := readInt(l.from)
	l.at += 1 + intSize
	if err != nil {
		return 0, cutOff(err)
	}
	return n, nil
}
