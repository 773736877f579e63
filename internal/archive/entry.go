package archive

import (
	"encoding/binary"
	"slices"
	"strconv"
)

// skimEntry counts what an entry will take.
func (c *cursor) skimEntry(h Header) error {
	if err := c.budget.take(entryCost); err != nil {
		return err
	}
	var e Entry
	if err := c.facts(&e, h); err != nil {
		return err
	}
	for {
		_, more, err := c.dependency()
		if err != nil {
			return err
		}
		if !more {
			return c.place(&e)
		}
		if err := c.budget.take(dependencyCost); err != nil {
			return err
		}
		c.links++
	}
}

// entry reads what was gone over.
func (c *cursor) entry(e *Entry, h Header) error {
	if err := c.facts(e, h); err != nil {
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
	return c.place(e)
}

func (c *cursor) facts(e *Entry, h Header) error {
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
	return c.words(e, h)
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

// dependency is the next ID that an entry depends on, if there are more.
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

// place reads where an entry's data is.
func (c *cursor) place(e *Entry) error {
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

// clipped keeps messages short, whatever the archive holds.
func clipped(text string) string {
	const limit = 40
	if len(text) > limit {
		return text[:limit] + "…"
	}
	return text
}
