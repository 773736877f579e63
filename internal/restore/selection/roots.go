package selection

import "github.com/pgvault/pgvault/internal/archive"

// Roots finds the tables that rows belong to. It is safe for concurrent use.
type Roots struct{ of *roots }

// NewRoots returns the root tables of the chosen entries.
func NewRoots(toc *archive.TOC, c Chosen) Roots {
	parents := map[int]int{}
	for i := range toc.Entries {
		e := &toc.Entries[i]
		if child, parent, ok := attachment(e); ok && c.Has(e) {
			parents[child] = parent
		}
	}
	return Roots{rootsOf(toc, parents)}
}

// Of returns the table that the rows belong to. If that is restored as a
// partition, Of returns the topmost partitioned table that is restored with it.
func (r Roots) Of(rows *archive.Entry) *archive.Entry {
	if top, ok := r.of.toc.Find(r.of.table(rows)); ok {
		return top
	}
	return rows
}

// roots are the topmost partitioned tables.
type roots struct {
	toc *archive.TOC
	// tops are the dump IDs of the topmost tables above partitions, by the dump ID
	// of the partition.
	tops map[int]int
}

// rootsOf returns the roots of partitions, of which parents are the partitioned
// tables, by dump ID.
func rootsOf(toc *archive.TOC, parents map[int]int) *roots {
	r := &roots{toc: toc, tops: make(map[int]int, len(parents))}
	for table := range parents {
		r.climb(table, parents)
	}
	return r
}

// climb finds the root of a table and of all tables between. A damaged archive
// may have a circle, which has no root: one of its tables stands for it.
func (r *roots) climb(table int, parents map[int]int) {
	var path []int
	for {
		parent, ok := parents[table]
		if _, known := r.tops[table]; !ok || known {
			break
		}
		r.tops[table] = table // ends a circle
		path = append(path, table)
		table = parent
	}
	top := r.root(table)
	for _, partition := range path {
		r.tops[partition] = top
	}
}

// root returns the dump ID of the topmost partitioned table above a table, or
// of the table.
func (r *roots) root(table int) int {
	if top, ok := r.tops[table]; ok {
		return top
	}
	return table
}

// table returns the dump ID of the root table of an entry with data, or of the
// entry if the archive does not have that table.
func (r *roots) table(data *archive.Entry) int {
	for _, id := range data.Dependencies {
		if e, ok := r.toc.Find(id); ok && e.Desc == "TABLE" {
			return r.root(id)
		}
	}
	return data.DumpID
}
