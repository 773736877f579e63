package selection

import (
	"github.com/pgvault/pgvault/internal/archive"
)

// LoadOrder returns the chosen tables' data in an order in which each table comes
// after those that its foreign keys refer to. Where they refer to each other in
// a circle, it is the archive's order. Extensions' tables come first, in the
// archive's order: it is all that says how their foreign keys go.
func LoadOrder(toc *archive.TOC, c Chosen) []*archive.Entry {
	o := &order{search: newSearch(toc), data: map[int][]*archive.Entry{}, after: map[int][]int{}, visited: map[int]bool{}}
	var tables []int
	for i := range toc.Entries {
		e := &toc.Entries[i]
		switch {
		case e.Desc == archive.DescTableData && c.Has(e):
			table := o.table(e)
			o.data[table] = append(o.data[table], e)
			if OfExtension(toc, e) {
				o.visit(table)
			}
			tables = append(tables, table)
		case e.Desc == "FK CONSTRAINT":
			o.key(e)
		}
	}
	for _, table := range tables {
		o.visit(table)
	}
	return o.sorted
}

// Top returns the table that the rows are of or, if that is restored as a
// partition, the topmost partitioned table over it that is restored too.
func Top(toc *archive.TOC, c Chosen, rows *archive.Entry) *archive.Entry {
	o := &order{search: &search{toc: toc, parents: map[int]int{}}}
	for i := range toc.Entries {
		if child, parent, ok := o.attached(&toc.Entries[i]); ok && c.Has(&toc.Entries[i]) {
			o.parents[child] = parent
		}
	}
	if top, ok := toc.Find(o.table(rows)); ok {
		return top
	}
	return rows
}

// order sorts tables. A partition counts as its partitioned table, which its
// foreign keys are of.
type order struct {
	*search
	data    map[int][]*archive.Entry
	after   map[int][]int
	visited map[int]bool
	sorted  []*archive.Entry
}

// table is the table that an entry has the data of.
func (o *order) table(data *archive.Entry) int {
	for _, id := range data.Dependencies {
		if e, ok := o.toc.Find(id); ok && e.Desc == "TABLE" {
			return o.top(id)
		}
	}
	return data.DumpID
}

func (o *order) top(table int) int {
	// Bounded, since an archive that lies may have a circle.
	for range o.parents {
		parent, ok := o.parents[table]
		if !ok {
			break
		}
		table = parent
	}
	return table
}

func (o *order) key(key *archive.Entry) {
	table := owner(o.toc, key)
	if table == nil {
		return
	}
	own := o.top(table.DumpID)
	for _, id := range key.Dependencies {
		if e, ok := o.toc.Find(id); ok && e.Desc == "TABLE" && e != table {
			o.after[own] = append(o.after[own], o.top(id))
		}
	}
}

func (o *order) visit(table int) {
	if o.visited[table] {
		return
	}
	o.visited[table] = true
	for _, other := range o.after[table] {
		o.visit(other)
	}
	o.sorted = append(o.sorted, o.data[table]...)
}
