package archive

import (
	"encoding/binary"
	"io"
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

// OffsetState tells what an entry's offset is worth.
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
	// HadDumper is pg_dump's note that data was to come.
	HadDumper bool
	// TableOID and OID are the object's address in the catalogs of the server.
	TableOID, OID uint32
	Tag, Desc     string
	Section       Section
	// Defn makes the object, DropStmt drops it, CopyStmt loads its data.
	Defn, DropStmt, CopyStmt string
	Namespace, Tablespace    string
	TableAM                  string
	// RelKind is of PostgreSQL 17 and later.
	RelKind      byte
	Owner        string
	Dependencies []int
	State        OffsetState
	Offset       int64

	stateAt int // where State stands in the TOC's bytes
}

// HasData tells whether the archive has a data block for the entry.
func (e *Entry) HasData() bool { return e.State != NoData }

// TOC is an archive's header and table of contents.
type TOC struct {
	Header  Header
	Entries []Entry

	raw  []byte
	byID map[int]int
}

// minEntry is the least an entry takes, in bytes.
const minEntry = 16 * (1 + intSize)

// ReadTOC reads an archive's header and table of contents, and not a byte more.
// It makes small reads: r should be buffered.
func ReadTOC(r io.Reader) (*TOC, error) {
	c := &cursor{r: r}
	header, err := c.header()
	if err != nil {
		return nil, err
	}
	count, err := c.int()
	if err != nil {
		return nil, err
	}
	if count < 0 || count > maxTOC/minEntry {
		return nil, damaged("it claims to have %d entries", count)
	}
	t := &TOC{Header: header, byID: make(map[int]int)}
	for range count {
		e, err := c.entry(header)
		if err != nil {
			return nil, err
		}
		if _, twice := t.byID[e.DumpID]; twice {
			return nil, damaged("two entries have the ID %d", e.DumpID)
		}
		t.byID[e.DumpID] = len(t.Entries)
		t.Entries = append(t.Entries, e)
	}
	t.raw = c.raw
	return t, t.placed()
}

// placed tells whether the data is said to be after the table of contents.
func (t *TOC) placed() error {
	for i := range t.Entries {
		if e := &t.Entries[i]; e.State == OffsetSet && e.Offset < int64(len(t.raw)) {
			return damaged("the data of entry %d is said to be at byte %d, in the table of contents", e.DumpID, e.Offset)
		}
	}
	return nil
}

// Bytes are the header and table of contents as they were read. They must not be changed.
func (t *TOC) Bytes() []byte { return t.raw }

// Find gives the entry with that ID.
func (t *TOC) Find(dumpID int) (*Entry, bool) {
	index, ok := t.byID[dumpID]
	if !ok {
		return nil, false
	}
	return &t.Entries[index], true
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

// WithOffsets gives the header and table of contents with the data's places
// filled in, as long as before. Entries that are not in offsets get "no data".
func (t *TOC) WithOffsets(offsets map[int]int64) []byte {
	out := append([]byte(nil), t.raw...)
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
