package contents

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

// Object is an object of a database.
type Object struct {
	// Kind is "schema", "table", "view" and the like, or "large objects" for all of
	// them.
	Kind   string
	Schema string
	// Name is the object's own name; that of a function has the types of its
	// arguments.
	Name string
	// Rows counts the rows of a table, or the large objects; nil if the object has
	// none of its own.
	Rows *int64
	// Bytes is the length of the object's data in the archive, compressed.
	Bytes int64
}

// Qualified returns the name with the schema, as the options of a restore have it.
func (o Object) Qualified() string {
	if o.Schema == "" {
		return o.Name
	}
	return o.Schema + "." + o.Name
}

// kinds are the kinds of entries that are listed, in the order of the list. The large
// objects are its last line.
var kinds = []string{
	"SCHEMA", "EXTENSION", descTable, "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "FUNCTION", "PROCEDURE", "AGGREGATE",
	"TYPE", "DOMAIN",
}

const descTable = "TABLE"

// List returns the objects of an archive of size bytes, by kind and name. counted
// has the rows of the tables and the large objects.
func List(toc *archive.TOC, size int64, counted fingerprint.File) []Object {
	lengths, rows := lengths(toc, size), rowsOf(counted)
	large := Object{Kind: "large objects", Name: "-"}
	if n := int64(len(counted.LargeObjects)); n > 0 {
		large.Rows = &n
	}
	var listed []*archive.Entry
	data := map[[2]string]int{} // the dump IDs of the rows of tables, by schema and name
	for i := range toc.Entries {
		switch e := &toc.Entries[i]; {
		case e.Desc == archive.DescTableData:
			data[[2]string{e.Namespace, e.Tag}] = e.DumpID
		case e.Desc == archive.DescLargeObjects:
			large.Bytes += lengths[e.DumpID]
		case slices.Contains(kinds, e.Desc):
			listed = append(listed, e)
		}
	}
	slices.SortStableFunc(listed, func(a, b *archive.Entry) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Desc), slices.Index(kinds, b.Desc)), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Tag, b.Tag))
	})
	var objects []Object
	for _, e := range listed {
		o := Object{Kind: strings.ToLower(e.Desc), Schema: e.Namespace, Name: e.Tag}
		if id, ok := data[[2]string{e.Namespace, e.Tag}]; ok && e.Desc == descTable {
			o.Bytes, o.Rows = lengths[id], rows[id]
		}
		objects = append(objects, o)
	}
	if large.Bytes > 0 {
		objects = append(objects, large)
	}
	return objects
}

// rowsOf returns the numbers of rows of the tables, by the dump ID of the rows.
func rowsOf(counted fingerprint.File) map[int]*int64 {
	rows := map[int]*int64{}
	for i := range counted.Tables {
		t := &counted.Tables[i]
		rows[t.DumpID] = &t.Count
	}
	return rows
}

// lengths returns the length of the data of each entry, by dump ID. Data ends where
// the next begins.
func lengths(toc *archive.TOC, size int64) map[int]int64 {
	offsets := toc.Offsets()
	ids := make([]int, 0, len(offsets))
	for id := range offsets {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b int) int { return cmp.Compare(offsets[a], offsets[b]) })
	found := make(map[int]int64, len(ids))
	for n, id := range ids {
		end := size
		if n+1 < len(ids) {
			end = offsets[ids[n+1]]
		}
		found[id] = max(end-offsets[id], 0)
	}
	return found
}
