package archive

import (
	"encoding/binary"
	"strconv"
)

func (c *cursor) entry(h Header) (Entry, error) {
	var e Entry
	var err error
	if e.DumpID, err = c.int(); err != nil {
		return e, err
	}
	if e.DumpID <= 0 {
		return e, damaged("an entry has the ID %d", e.DumpID)
	}
	hadDumper, err := c.int()
	if err != nil {
		return e, err
	}
	e.HadDumper = hadDumper != 0
	for _, oid := range []*uint32{&e.TableOID, &e.OID} {
		if *oid, err = c.oid(); err != nil {
			return e, err
		}
	}
	if err := c.words(&e, h); err != nil {
		return e, err
	}
	if e.Dependencies, err = c.dependencies(); err != nil {
		return e, err
	}
	e.stateAt = len(c.raw)
	return e, c.offset(&e)
}

// words reads the texts of an entry, with the section in their middle.
func (c *cursor) words(e *Entry, h Header) error {
	if err := c.strings(&e.Tag, &e.Desc); err != nil {
		return err
	}
	section, err := c.int()
	if err != nil {
		return err
	}
	e.Section = Section(section)
	if err := c.strings(&e.Defn, &e.DropStmt, &e.CopyStmt, &e.Namespace, &e.Tablespace, &e.TableAM); err != nil {
		return err
	}
	if h.Minor >= 16 {
		kind, err := c.int()
		if err != nil {
			return err
		}
		e.RelKind = byte(kind)
	}
	var withOIDs string // always "false" since PostgreSQL 12
	return c.strings(&e.Owner, &withOIDs)
}

func (c *cursor) strings(fields ...*string) error {
	for _, field := range fields {
		var err error
		if *field, err = c.string(); err != nil {
			return err
		}
	}
	return nil
}

func (c *cursor) oid() (uint32, error) {
	text, err := c.string()
	if err != nil {
		return 0, err
	}
	oid, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, damaged("%q is no OID", clipped(text))
	}
	return uint32(oid), nil
}

func (c *cursor) dependencies() ([]int, error) {
	var ids []int
	for {
		text, null, err := c.nullString()
		if err != nil || null {
			return ids, err
		}
		id, err := strconv.Atoi(text)
		if err != nil {
			return nil, damaged("an entry depends on %q", clipped(text))
		}
		ids = append(ids, id)
	}
}

func (c *cursor) offset(e *Entry) error {
	b, err := c.take(1 + offSize)
	if err != nil {
		return err
	}
	e.State, e.Offset = OffsetState(b[0]), int64(binary.LittleEndian.Uint64(b[1:]))
	if e.State < OffsetNotSet || e.State > NoData {
		return damaged("entry %d has the offset %d in state %d", e.DumpID, e.Offset, e.State)
	}
	return nil
}

// clipped keeps messages short, whatever the archive holds.
func clipped(text string) string {
	const limit = 40
	if len(text) > limit {
		return text[:limit] + "…"
	}
	return text
}
