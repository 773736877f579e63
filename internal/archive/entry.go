package archive

import (
	"encoding/binary"
	"slices"
	"strconv"
)

// skimEntry reads an entry, keeps its text only, and counts its memory.
func (c *cursor) skimEntry(h Header) error {
	if err := c.budget.take(entryCost); err != nil {
		return err
	}
	var e Entry
	if err := c.fields(&e, h); err != nil {
		return err
	}
	for {
		_, more, err := c.dependency()
		if err != nil {
			return err
		}
		if !more {
			return c.dataOffset(&e)
		}
		if err := c.budget.take(dependencyCost); err != nil {
			return err
		}
		c.dependencyCount++
	}
}

// entry reads an entry that [cursor.skimEntry] has counted.
func (c *cursor) entry(e *Entry, h Header) error {
	if err := c.fields(e, h); err != nil {
		return err
	}
	begin := len(c.dependencies)
	for {
		id, more, err := c.dependency()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		c.dependencies = append(c.dependencies, id)
	}
	e.Dependencies = slices.Clip(c.dependencies[begin:])
	return c.dataOffset(e)
}

// fields reads an entry up to its dependencies.
func (c *cursor) fields(e *Entry, h Header) error {
	var err error
	if e.DumpID, err = c.int(); err != nil {
		return err
	}
	if e.DumpID <= 0 {
		return damaged("an entry has the ID %d", e.DumpID)
	}
	hadDumper, err := c.int()
	if err != nil {
		return err
	}
	e.HadDumper = hadDumper != 0
	for _, oid := range []*uint32{&e.TableOID, &e.OID} {
		if *oid, err = c.oid(); err != nil {
			return err
		}
	}
	return c.texts(e, h)
}

// texts reads the strings of an entry, and the section that stands among them.
func (c *cursor) texts(e *Entry, h Header) error {
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

// strings reads a string into each field.
func (c *cursor) strings(fields ...*string) error {
	for _, field := range fields {
		var err error
		if *field, err = c.string(); err != nil {
			return err
		}
	}
	return nil
}

// oid reads an OID, which the format writes in decimal.
func (c *cursor) oid() (uint32, error) {
	text, err := c.string()
	if err != nil {
		return 0, err
	}
	oid, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, damaged("%q is not an OID", clipped(text))
	}
	return uint32(oid), nil
}

// dependency returns the next ID that an entry depends on. more is false after
// the last one.
func (c *cursor) dependency() (id int, more bool, err error) {
	text, null, err := c.nullString()
	if err != nil || null {
		return 0, false, err
	}
	id, err = strconv.Atoi(text)
	if err != nil {
		return 0, false, damaged("an entry depends on %q", clipped(text))
	}
	return id, true, nil
}

// dataOffset reads the offset of an entry's data.
func (c *cursor) dataOffset(e *Entry) error {
	e.stateAt = c.at
	b, err := c.take(1 + offSize)
	if err != nil {
		return err
	}
	e.State, e.Offset = OffsetState(b[0]), int64(binary.LittleEndian.Uint64([]byte(b[1:])))
	if e.State < OffsetNotSet || e.State > NoData {
		return damaged("entry %d has the offset %d in state %d", e.DumpID, e.Offset, e.State)
	}
	return nil
}

// clipped returns the beginning of the text, to keep messages short.
func clipped(text string) string {
	const limit = 40
	if len(text) > limit {
		return text[:limit] + "…"
	}
	return text
}
