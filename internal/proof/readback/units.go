package readback

import (
	"cmp"
	"slices"

	"github.com/pgvault/pgvault/internal/postgres/pgcopy/pieces"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

// unit is the work that a connection takes at a time: some whole tables, a piece
// of a table, or some large objects.
type unit struct {
	parts []part
	// objects are the expected large objects, and oids their numbers.
	objects []fingerprint.Object
	// bytes is the size on the server, and counted the part that the meter has.
	bytes, counted int64

	// The results.
	rows  []fingerprint.Rows
	found []fingerprint.Object
}

// part is one COPY statement.
type part struct {
	table *table
	sql   string
}

// plan divides the tables and large objects into units, heaviest first, so that no
// long unit is started at the end.
func (e *expected) plan(connections, serverMajor int) (units []*unit) {
	total := int64(0)
	for _, t := range e.tables {
		total += t.facts.bytes
	}
	for _, o := range e.objects {
		total += o.Bytes
	}
	p := &planner{sizes: pieces.SizesFor(total, connections, serverMajor)}
	for _, t := range e.tables {
		if t.state == readable {
			p.table(t)
		}
	}
	p.largeObjects(e.objects)
	slices.SortStableFunc(p.units, func(a, b *unit) int { return cmp.Compare(b.bytes, a.bytes) })
	return p.units
}

type planner struct {
	sizes pieces.Sizes
	units []*unit
	open  *unit // a group that is not full
}

func (p *planner) table(t *table) {
	source := t.sql()
	if n := p.sizes.Of(t.facts.bytes, t.facts.pages); n > 1 && t.facts.heap && source.Divisible() {
		t.left = int(n)
		for r := range pieces.Ranges(t.facts.pages, n) {
			p.units = append(p.units, &unit{parts: []part{{t, source.CopyRange(r)}}, bytes: t.facts.bytes / n})
		}
		return
	}
	if p.open == nil || len(p.open.parts) >= pieces.GroupTables || p.open.bytes+t.facts.bytes > p.sizes.Group {
		p.open = &unit{}
		p.units = append(p.units, p.open)
	}
	t.left = 1
	p.open.parts = append(p.open.parts, part{t, source.Copy()})
	p.open.bytes += t.facts.bytes
}

func (p *planner) largeObjects(objects []fingerprint.Object) {
	var u *unit
	for i, o := range objects {
		if u == nil || len(u.objects) == pieces.GroupObjects || u.bytes+o.Bytes > p.sizes.Piece {
			u = &unit{objects: objects[i:i]}
			p.units = append(p.units, u)
		}
		u.objects = u.objects[:len(u.objects)+1]
		u.bytes += o.Bytes
	}
}

// name names the unit in messages.
func (u *unit) name() string {
	if len(u.parts) == 0 {
		return "large objects"
	}
	// Within the statements of a group, the server's error is that of the first
	// table without a result.
	return "table " + shown(u.parts[min(len(u.rows), len(u.parts)-1)].table.name())
}

// part returns the share of n more bytes. What is read differs in size from what
// is on the server, so that the count stops at the unit's size.
func (u *unit) part(n int64) int64 {
	n = min(n, u.bytes-u.counted)
	u.counted += n
	return n
}

// expectWork sets the totals of the meter.
func expectWork(m *progress.Meter, units []*unit) {
	bytes, tables := int64(0), map[*table]bool{}
	for _, u := range units {
		bytes += u.bytes
		for _, p := range u.parts {
			tables[p.table] = true
		}
	}
	m.Expect(bytes)
	m.ExpectTables(len(tables))
}
