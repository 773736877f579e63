package archive

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// Section is the part of a restore that an entry belongs to.
type Section int

// The sections, with the format's numbers.
const (
	SectionNone     Section = 1
	SectionPreData  Section = 2
	SectionData     Section = 3
	SectionPostData Section = 4
)

// OffsetState is the meaning of an entry's offset.
type OffsetState byte

// The states, with the format's numbers.
const (
	// OffsetNotSet is of data in a place that is not known: pg_dump wrote to a pipe.
	OffsetNotSet OffsetState = 1
	OffsetSet    OffsetState = 2
	// NoData is of an entry that has no data block.
	NoData OffsetState = 3
)

// The kinds of entries that have a data block of their own.
const (
	DescTableData    = "TABLE DATA"
	DescLargeObjects = "BLOBS"
)

// Entry is one line of the table of contents.
type Entry struct {
	DumpID int
	// TableOID and OID are the object's address in the catalogs of the server.
	TableOID, OID uint32
	Tag, Desc     string
	// Defn makes the object, DropStmt drops it, CopyStmt loads its data.
	Defn, DropStmt, CopyStmt string
	Namespace, Tablespace    string
	TableAM                  string
	Owner                    string
	Dependencies             []int
	Section                  Section
	// RelKind is of PostgreSQL 17 and later.
	RelKind byte
	// HadDumper is pg_dump's note that data was to come.
	HadDumper bool
	State     OffsetState
	Offset    int64

	stateAt int // where State stands in the TOC's bytes
}

// HasData reports whether the archive has a data block for the entry.
func (e *Entry) HasData() bool { return e.State != NoData }

// Statistics reports whether the entry sets the planner's statistics. Those of
// extended statistics have an entry of their own from PostgreSQL 19 on.
func (e *Entry) Statistics() bool {
	return e.Desc == "STATISTICS DATA" || e.Desc == "EXTENDED STATISTICS DATA"
}

// TOC is an archive's header and table of contents.
type TOC struct {
	Header  Header
	Entries []Entry

	text  []string // the bytes that were read; the entries' strings are parts of them
	size  int
	index index
}

// ReadTOC reads an archive's header and table of contents, and not a byte more.
// It makes small reads: r should be buffered.
func ReadTOC(r io.Reader) (*TOC, error) {
	var b budget
	in := &input{r: r, budget: &b}
	c := &cursor{next: in.next, budget: &b}
	count, err := c.skim()
	if err != nil {
		return nil, err
	}
	t := &TOC{Entries: make([]Entry, count), text: in.text(), size: c.at}
	c = &cursor{next: (&again{after: t.text}).next, dependencies: make([]int, 0, c.links)}
	if err := c.fill(t); err != nil {
		return nil, err
	}
	if t.index, err = newIndex(t.Entries); err != nil {
		return nil, err
	}
	return t, t.placed()
}

// skim goes over all of it, and keeps nothing but the text: when it is known that
// all is well and fits, it is known too how much room is needed.
func (c *cursor) skim() (entries int, err error) {
	header, err := c.header()
	if err != nil {
		return 0, err
	}
	count, err := c.int()
	if err != nil {
		return 0, err
	}
	if count < 0 {
		return 0, damaged("it claims to have %d entries", count)
	}
	if count > MaxTOC/(minEntry+entryCost) {
		return 0, fmt.Errorf("%w: it claims to have %d entries", ErrTooLarge, count)
	}
	for range count {
		if err := c.skimEntry(header); err != nil {
			return 0, err
		}
	}
	return count, nil
}

// fill reads again what was gone over.
func (c *cursor) fill(t *TOC) error {
	var err error
	if t.Header, err = c.header(); err != nil {
		return err
	}
	if _, err := c.int(); err != nil {
		return err
	}
	for i := range t.Entries {
		if err := c.entry(&t.Entries[i], t.Header); err != nil {
			return err
		}
	}
	return nil
}

// placed reports whether the data is said to be after the table of contents.
func (t *TOC) placed() error {
	for i := range t.Entries {
		if e := &t.Entries[i]; e.State == OffsetSet && e.Offset < t.Size() {
			return damaged("the data of entry %d is said to be at byte %d, in the table of contents", e.DumpID, e.Offset)
		}
	}
	return nil
}

// Bytes are a copy of the header and table of contents as they were read.
func (t *TOC) Bytes() []byte {
	all := make([]byte, 0, t.size)
	for _, part := range t.text {
		all = append(all, part...)
	}
	return all
}

// Size is how long header and table of contents are, in bytes.
func (t *TOC) Size() int64 { return int64(t.size) }

// Find returns the entry with that ID.
func (t *TOC) Find(dumpID int) (*Entry, bool) {
	at, ok := t.index.find(dumpID)
	if !ok {
		return nil, false
	}
	return &t.Entries[at], true
}

// Encoding is the client encoding that the data is in; "" if the archive does not say.
func (t *TOC) Encoding() string {
	for i := range t.Entries {
		if t.Entries[i].Desc == "ENCODING" {
			return quoted(t.Entries[i].Defn)
		}
	}
	return ""
}

// SessionSQL returns the statements that the archive begins a session with, which
// make a server read its entries and rows as they were written.
func (t *TOC) SessionSQL() string {
	var b strings.Builder
	for i := range t.Entries {
		switch t.Entries[i].Desc {
		case "ENCODING", "STDSTRINGS", "SEARCHPATH":
			b.WriteString(t.Entries[i].Defn)
		}
	}
	return b.String()
}

// quoted is what stands between the first two quotes: SET client_encoding = 'UTF8';
func quoted(statement string) string {
	for i, begin := 0, -1; i < len(statement); i++ {
		if statement[i] != '\'' {
			continue
		}
		if begin >= 0 {
			return statement[begin:i]
		}
		begin = i + 1
	}
	return ""
}

// Offsets are where the data of entries begins, by dump ID, as far as that is known.
func (t *TOC) Offsets() map[int]int64 {
	offsets := map[int]int64{}
	for i := range t.Entries {
		if e := &t.Entries[i]; e.State == OffsetSet {
			offsets[e.DumpID] = e.Offset
		}
	}
	return offsets
}

// WithOffsets returns the header and table of contents with the data's places
// filled in, as long as before. Entries that are not in offsets get "no data".
func (t *TOC) WithOffsets(offsets map[int]int64) []byte {
	out := t.Bytes()
	for i := range t.Entries {
		e := &t.Entries[i]
		offset, ok := offsets[e.DumpID]
		state := OffsetSet
		if !ok {
			state, offset = NoData, 0
		}
		out[e.stateAt] = byte(state)
		binary.LittleEndian.PutUint64(out[e.stateAt+1:], uint64(offset))
	}
	return out
}
