package dump

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore"
)

const (
	// A piece of a table reads between leastPiece and mostPiece, or more where
	// maxPieces would not do, so that a database has piecesPerConnection times as
	// many as connections, as far as it is large enough. Shorter ones would
	// compress worse and take more blocks.
	leastPiece          = 8 << 20
	mostPiece           = 32 << 20
	piecesPerConnection = 2
	// maxPieces bounds the pieces of a database, and by that the manifest.
	maxPieces = 2048
	// A group holds that many tables at most, and so many times as many groups
	// as connections keep all of them busy to the end.
	groupTables         = 100
	groupsPerConnection = 8
	leastGroup          = 64 << 10
	// objectsPerUnit bounds the statement that names large objects.
	objectsPerUnit = 5000
	// rangeScanMajor is the first major version that finds a range of pages
	// without reading the others.
	rangeScanMajor = 14
)

// unit is what one connection copies in one go: some whole tables, a piece of
// one, or some large objects.
type unit struct {
	// locks are the tables' names.
	locks  []string
	tables []tableCopy
	// objects are of the entry objectsOf.
	objects   []uint32
	objectsOf *archive.Entry
	// first and last tell the pieces of an entry's data from each other.
	first, last bool
	weight      weight

	// What came of it.
	run    *blobstore.Run
	starts []start
	sum    archive.Sum
}

// tableCopy is one COPY statement.
type tableCopy struct {
	entry *archive.Entry
	sql   string
}

// start is where an entry's data begins in a unit's run.
type start struct {
	dumpID int
	offset int64
}

// whole reports whether the unit's entries are wholly in it.
func (u *unit) whole() bool { return u.first && u.last }

// name is for messages.
func (u *unit) name() string {
	if u.objectsOf != nil {
		return fmt.Sprintf("%d large objects", len(u.objects))
	}
	if len(u.tables) == 1 {
		return "table " + printable(qualified(u.tables[0].entry))
	}
	return fmt.Sprintf("%d tables from %s", len(u.tables), printable(qualified(u.tables[0].entry)))
}

// planner cuts the data of a table of contents into units. The units are in the
// order of the table of contents, which a pg_restore that reads from a pipe
// depends on.
type planner struct {
	facts        facts
	cuts         bool // large tables
	piece, group int64
	units        []*unit
	open         *unit // a group that takes more tables
}

// planUnits is a pure function: what it plans depends on nothing else.
//
// A single connection copies whole tables: it would gain nothing by ranges, and
// the server reads those through all of its cache (shared_buffers), where a scan
// of a whole table that is larger than a quarter of it keeps to 256 KiB.
func planUnits(toc *archive.TOC, f facts, connections, serverMajor int) ([]*unit, error) {
	total := f.objectBytes
	for _, t := range f.tables {
		total += t.Bytes
	}
	fair := total / int64(piecesPerConnection*connections)
	cuts := connections > 1 && serverMajor >= rangeScanMajor
	p := &planner{facts: f, cuts: cuts, piece: max(min(max(fair, leastPiece), mostPiece), total/maxPieces)}
	p.group = min(max(total/int64(groupsPerConnection*connections), leastGroup), p.piece)
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
	pieces := min(t.Bytes/p.piece, t.Pages)
	if p.cuts && pieces >= 2 && t.Heap && t.Condition == "" && list != "" {
		p.split(e, list, t, pieces)
		return nil
	}
	if p.open == nil || len(p.open.tables) >= groupTables || p.open.weight.total+t.Bytes > p.group {
		p.open = &unit{first: true, last: true}
		p.units = append(p.units, p.open)
	}
	p.open.locks = append(p.open.locks, qualified(e))
	p.open.tables = append(p.open.tables, tableCopy{e, copyTable(e, list, t.Condition)})
	p.open.weight.total += t.Bytes
	return nil
}

// split makes units of page ranges. The last one has no end: what was added
// after the snapshot is not visible.
func (p *planner) split(e *archive.Entry, list string, t tableFacts, pieces int64) {
	p.open = nil
	for i := range pieces {
		begin, end := t.Pages*i/pieces, t.Pages*(i+1)/pieces
		u := &unit{locks: []string{qualified(e)}, first: i == 0, last: i == pieces-1, weight: weight{total: t.Bytes / pieces}}
		if u.last {
			end = 0
		}
		u.tables = []tableCopy{{e, copyRange(e, list, begin, end)}}
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
		if n := len(u.objects); n == objectsPerUnit || n > 0 && u.weight.total+o.bytes > p.piece {
			u = &unit{objectsOf: e}
			p.units = append(p.units, u)
		}
		u.objects = append(u.objects, o.oid)
		u.weight.total += o.bytes
	}
	u.last = true
	return nil
}

// sized finds the objects' sizes.
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

// listedObjects are the large objects of an entry of PostgreSQL 17 and later,
// which depends on the entry that makes them, by lines with their OIDs.
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
