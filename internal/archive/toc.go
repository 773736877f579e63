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
	// OffsetNotSet means that the offset of the data is unknown: pg_dump wrote to
	// a pipe.
	OffsetNotSet OffsetState = 1
	// OffsetSet means that the data is at the offset.
	OffsetSet OffsetState = 2
	// NoData means that the entry has no data block.
	NoData OffsetState = 3
)

// The kinds of entries that have a data block.
const (
	DescTableData    = "TABLE DATA"
	DescLargeObjects = "BLOBS"
)

const (
	// DescSequenceSet is the kind of entries that set the value of a sequence.
	DescSequenceSet = "SEQUENCE SET"
	// DescDefaultACL is the kind of entries that grant the privileges of objects to
	// come.
	DescDefaultACL = "DEFAULT ACL"
)

// Entry is one line of the table of contents.
type Entry struct {
	// DumpID identifies the entry in its archive. It is positive.
	DumpID int
	// TableOID is the OID of the system catalog that lists the object, and OID the
	// object's OID in it.
	TableOID, OID uint32
	// Tag is the object's name, and Desc its kind.
	Tag, Desc string
	// Defn creates the object, DropStmt drops it, CopyStmt loads its data. All are SQL.
	Defn, DropStmt, CopyStmt string
	// Namespace is the object's schema.
	Namespace, Tablespace string
	// TableAM is the table access method.
	TableAM string
	Owner   string
	// Dependencies are the dump IDs of the entries that this one depends on.
	Dependencies []int
	Section      Section
	// RelKind is pg_class.relkind. It is 0 before PostgreSQL 17.
	RelKind byte
	// HadDumper is pg_dump's note that the entry was to get data.
	HadDumper bool
	State     OffsetState
	// Offset is the position of the data in the archive, in bytes.
	Offset int64

	stateAt int // position of State in the table of contents, in bytes
}

// HasData reports whether the archive has a data block for the entry.
func (e *Entry) HasData() bool { return e.State != NoData }

// IsStatistics reports whether the entry sets the planner's statistics. Extended
// statistics have separate entries since PostgreSQL 19.
func (e *Entry) IsStatistics() bool {
	return e.Desc == "STATISTICS DATA" || e.Desc == "EXTENDED STATISTICS DATA"
}

// IsGrant reports whether entries of a kind grant privileges.
func IsGrant(desc string) bool {
	return desc == "ACL" || desc == "ACL LANGUAGE" || desc == DescDefaultACL
}

// TOC is an archive's header and table of contents.
type TOC struct {
	Header  Header
	Entries []Entry

	text  []string // the bytes read; the strings of the entries are parts of it
	size  int      // of text, in bytes
	index index
}

// ReadTOC reads an archive's header and table of contents from r, and not a byte
// more. r should be buffered, since the reads are small. The error wraps
// [ErrDamaged], [ErrTooLarge] or [ErrUnknownVersion], or is that of r.
func ReadTOC(r io.Reader) (*TOC, error) {
	return ReadTOCWithin(r, Room{Bytes: MaxTOCMemory})
}

// ReadTOCWithin is [ReadTOC] for a reader that has to ask for memory.
func ReadTOCWithin(r io.Reader, room Room) (*TOC, error) {
	b := &budget{room: room}
	in := &input{r: r, budget: b}
	c := &cursor{next: in.next, budget: b}
	count, err := c.skim()
	if err != nil {
		return nil, err
	}
	t := &TOC{Entries: make([]Entry, count), text: in.text(), size: c.at}
	c = &cursor{next: (&replay{after: t.text}).next, dependencies: make([]int, 0, c.dependencyCount)}
	if err := c.fill(t); err != nil {
		return nil, err
	}
	if t.index, err = newIndex(t.Entries); err != nil {
		return nil, err
	}
	return t, t.checkOffsets()
}

// skim reads the header and all entries, and keeps their text only. It checks them
// and counts their memory, so that fill can allocate it at once.
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
	if count > MaxTOCMemory/(minEntry+entryCost) {
		return 0, fmt.Errorf("%w: it claims to have %d entries", ErrTooLarge, count)
	}
	for range count {
		if err := c.skimEntry(header); err != nil {
			return 0, err
		}
	}
	return count, nil
}

// fill reads the header and entries that skim has checked into t.
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

// checkOffsets fails if an entry's offset is within the table of contents.
func (t *TOC) checkOffsets() error {
	for i := range t.Entries {
		if e := &t.Entries[i]; e.State == OffsetSet && e.Offset < t.Size() {
			return damaged("entry %d has the offset %d, which is within the table of contents", e.DumpID, e.Offset)
		}
	}
	return nil
}

// Bytes returns a copy of the header and table of contents as they were read.
func (t *TOC) Bytes() []byte {
	all := make([]byte, 0, t.size)
	for _, part := range t.text {
		all = append(all, part...)
	}
	return all
}

// Size returns the length of the header and table of contents, in bytes.
func (t *TOC) Size() int64 { return int64(t.size) }

// Find returns the entry with that ID, and whether there is one.
func (t *TOC) Find(dumpID int) (*Entry, bool) {
	at, ok := t.index.find(dumpID)
	if !ok {
		return nil, false
	}
	return &t.Entries[at], true
}

// Encoding returns the client encoding of the data, such as UTF8; "" if the archive
// does not record it.
func (t *TOC) Encoding() string { return t.sessionValue("ENCODING") }

// StandardStrings returns the value of standard_conforming_strings under which
// the definitions were written; "" if the archive does not record it.
func (t *TOC) StandardStrings() string { return t.sessionValue("STDSTRINGS") }

// sessionValue returns the value that the entry of that kind sets.
func (t *TOC) sessionValue(desc string) string {
	for i := range t.Entries {
		if t.Entries[i].Desc == desc {
			return quoted(t.Entries[i].Defn)
		}
	}
	return ""
}

// SessionSQL returns the settings that a session needs to execute the archive's
// statements and to read its rows.
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

// quoted returns the text between the first two quotes of a statement such as
// SET client_encoding = 'UTF8'; "" if there are none.
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

// Offsets returns the known offsets of data, in bytes, by dump ID.
func (t *TOC) Offsets() map[int]int64 {
	offsets := map[int]int64{}
	for i := range t.Entries {
		if e := &t.Entries[i]; e.State == OffsetSet {
			offsets[e.DumpID] = e.Offset
		}
	}
	return offsets
}

// WithOffsets returns the header and table of contents with the offsets of the
// data, which are by dump ID. The length does not change. Entries without an offset
// get [NoData].
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
