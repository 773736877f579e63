package dump

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/postgres/pgcopy/pieces"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

// unit is the work that a connection takes at a time: some whole tables, a
// piece of a table, or some large objects.
type unit struct {
	// locks are the tables' names.
	locks  []string
	tables []tableCopy
	// objects are the large objects of the entry objectsOf.
	objects   []uint32
	objectsOf *archive.Entry
	// first and last report whether the unit has the first and the last piece
	// of an entry's data.
	first, last bool
	weight      weight

	// The results.
	run    *blobstore.Run
	starts []start
	sum    archive.Sum
	// rows are the fingerprints of the tables, in their order.
	rows []fingerprint.Rows
	// prints are the fingerprints of the large objects, with the length of objects.
	prints []fingerprint.Object
}

// tableCopy is one COPY statement.
type tableCopy struct {
	entry *archive.Entry
	sql   string
	// filtered reports whether an extension restricts the dump of the table.
	filtered bool
}

// start is the offset in a unit's run at which an entry's data begins.
type start struct {
	dumpID int
	offset int64
}

// whole reports whether the unit has all data of its entries.
func (u *unit) whole() bool { return u.first && u.last }

// name names the unit in messages.
func (u *unit) name() string {
	if u.objectsOf != nil {
		return fmt.Sprintf("%d large objects", len(u.objects))
	}
	if len(u.tables) == 1 {
		return "table " + printable(qualified(u.tables[0].entry))
	}
	return fmt.Sprintf("%d tables from %s", len(u.tables), printable(qualified(u.tables[0].entry)))
}

// planner divides the data of a table of contents into units. The units are in
// the order of the table of contents, which a pg_restore that reads from a pipe
// requires.
type planner struct {
	facts facts
	sizes pieces.Sizes
	units []*unit
	open  *unit // a group that is not full
}

// planUnits divides the data into units. It is a pure function.
func planUnits(toc *archive.TOC, f facts, connections, serverMajor int) ([]*unit, error) {
	total := f.objectBytes
	for _, t := range f.tables {
		total += t.Bytes
	}
	p := &planner{facts: f, sizes: pieces.SizesFor(total, connections, serverMajor)}
	for i := range toc.Entries {
		e := &toc.Entries[i]
		if !e.HasData() {
			continue
		}
		var err error
		switch e.Desc {
		case archive.DescTableData:
			err = p.table(e)
		case archive.DescLargeObjects:
			err = p.largeObjects(toc, e)
		default:
			err = fmt.Errorf("%w: entry %d, %s, has data of an unknown kind", archive.ErrUnknownVersion, e.DumpID, e.Desc)
		}
		if err != nil {
			return nil, err
		}
	}
	return p.units, nil
}

func (p *planner) table(e *archive.Entry) error {
	list, err := columns(e)
	if err != nil {
		return err
	}
	t := p.facts.tables[e.OID]
	source := pieces.Table{Name: qualified(e), Columns: list, Condition: t.Condition}
	if n := p.sizes.Of(t.Bytes, t.Pages); n > 1 && t.Heap && source.Divisible() {
		p.split(e, source, t, n)
		return nil
	}
	if p.open == nil || len(p.open.tables) >= pieces.GroupTables || p.open.weight.total+t.Bytes > p.sizes.Group {
		p.open = &unit{first: true, last: true}
		p.units = append(p.units, p.open)
	}
	p.open.locks = append(p.open.locks, source.Name)
	p.open.tables = append(p.open.tables, tableCopy{e, source.Copy(), t.Condition != ""})
	p.open.weight.total += t.Bytes
	return nil
}

// split makes units of n page ranges.
func (p *planner) split(e *archive.Entry, source pieces.Table, t tableFacts, n int64) {
	p.open = nil
	for r := range pieces.Ranges(t.Pages, n) {
		u := &unit{locks: []string{source.Name}, first: r.Begin == 0, last: r.End == 0, weight: weight{total: t.Bytes / n}}
		u.tables = []tableCopy{{entry: e, sql: source.CopyRange(r)}}
		p.units = append(p.units, u)
	}
}

func (p *planner) largeObjects(toc *archive.TOC, e *archive.Entry) error {
	p.open = nil
	objects := p.facts.objects
	if toc.Header.Minor >= 16 {
		oids, err := listedObjects(toc, e)
		if err != nil {
			return err
		}
		objects = p.facts.sized(oids)
	}
	u := &unit{objectsOf: e, first: true}
	p.units = append(p.units, u)
	for _, o := range objects {
		if n := len(u.objects); n == pieces.GroupObjects || n > 0 && u.weight.total+o.bytes > p.sizes.Piece {
			u = &unit{objectsOf: e}
			p.units = append(p.units, u)
		}
		u.objects = append(u.objects, o.oid)
		u.weight.total += o.bytes
	}
	u.last = true
	return nil
}

// sized returns the objects with their sizes.
func (f facts) sized(oids []uint32) []object {
	found := make([]object, len(oids))
	for i, oid := range oids {
		found[i].oid = oid
		at, known := slices.BinarySearchFunc(f.objects, oid, func(o object, oid uint32) int { return cmp.Compare(o.oid, oid) })
		if known {
			found[i].bytes = f.objects[at].bytes
		}
	}
	return found
}

// listedObjects returns the OIDs of a large object entry of PostgreSQL 17 and
// later. They are lines of the entry that it depends on.
func listedObjects(toc *archive.TOC, e *archive.Entry) ([]uint32, error) {
	for _, id := range e.Dependencies {
		made, ok := toc.Find(id)
		if !ok || made.Desc != "BLOB METADATA" {
			continue
		}
		var oids []uint32
		for line := range strings.Lines(made.Defn) {
			oid, err := strconv.ParseUint(strings.TrimSpace(line), 10, 32)
			if err != nil {
				return nil, fmt.Errorf("%w: entry %d names %q as a large object", archive.ErrDamaged, made.DumpID, strings.TrimSpace(line))
			}
			oids = append(oids, uint32(oid))
		}
		return oids, nil
	}
	return nil, fmt.Errorf("%w: entry %d, %s, does not say which objects are in it", archive.ErrDamaged, e.DumpID, e.Tag)
}
