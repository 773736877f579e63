package selection

import (
	"github.com/pgvault/pgvault/internal/archive"
)

// LoadOrder returns the entries with the data of the chosen tables in loading
// order. A table follows those that its foreign keys refer to. Tables that
// refer to each other in a circle are in the archive's order. Tables of
// extensions come first, in the archive's order, since their foreign keys are
// not recorded.
func LoadOrder(toc *archive.TOC, c Chosen) []*archive.Entry {
	o := &loadOrder{roots: rootsOf(toc, newSearch(toc).parents), data: map[int][]*archive.Entry{}, references: map[int][]int{}, visited: map[int]bool{}}
	var tables []int
	for i := range toc.Entries {
		e := &toc.Entries[i]
		switch {
		case e.Desc == archive.DescTableData && c.Has(e):
			table := o.table(e)
			o.data[table] = append(o.data[table], e)
			if FillsExtensionTable(toc, e) {
				o.visit(table)
			}
			tables = append(tables, table)
		case e.Desc == "FK CONSTRAINT":
			o.addForeignKey(e)
		}
	}
	for _, table := range tables {
		o.visit(table)
	}
	return o.sorted
}

// loadOrder sorts tables by their foreign keys. It treats a partition as its root
// table, to which its foreign keys belong. Its maps are by dump ID of that table.
type loadOrder struct {
	*roots
	data       map[int][]*archive.Entry
	references map[int][]int
	visited    map[int]bool
	sorted     []*archive.Entry
}

// addForeignKey records the tables that a foreign key refers to.
func (o *loadOrder) addForeignKey(addForeignKey *archive.Entry) {
	table := owner(o.toc, addForeignKey)
	if table == nil {
		return
	}
	own := o.root(table.DumpID)
	for _, id := range addForeignKey.Dependencies {
		if e, ok := o.toc.Find(id); ok && e.Desc == "TABLE" && e != table {
			o.references[own] = append(o.references[own], o.root(id))
		}
	}
}

// visit appends the data of a table, after that of the tables that it refers
// to.
func (o *loadOrder) visit(table int) {
	if o.visited[table] {
		return
	}
	o.visited[table] = true
	for _, other := range o.references[table] {
		o.visit(other)
	}
	o.sorted = append(o.sorted, o.data[table]...)
}
