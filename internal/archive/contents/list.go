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
	Kind   string `json:"kind"`
	Schema string `json:"schema,omitempty"`
	// Name is the object's own name; that of a function has the types of its
	// arguments.
	Name string `json:"name"`
	// Rows counts the rows of a table, or the large objects; nil if the object has
	// none of its own.
	Rows *int64 `json:"rows,omitempty"`
	// Bytes is the length of the object's data in the archive, compressed.
	Bytes int64 `json:"bytes,omitempty"`
}

// Qualified returns the name with the schema, as the options of a restore have it.
func (o Object) Qualified() string {
	if o.Schema == "" {
		return o.Name
	}
	return o.Schema + "." + o.Name
}

// kinds are the kinds of entries that are listed, in the order of the list.
var kinds = []string{
	"SCHEMA", "EXTENSION", "TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "FUNCTION", "PROCEDURE", "AGGREGATE",
	"TYPE", "DOMAIN", archive.DescLargeObjects,
}

// List returns the objects of an archive of size bytes, by kind and name. counted
// has the rows of the tables and the large objects.
func List(toc *archive.TOC, size int64, counted fingerprint.File) []Object {
	l := lister{lengths: lengths(toc, size), rows: map[int]int64{}}
	for i := range counted.Tables {
		l.rows[counted.Tables[i].DumpID] = counted.Tables[i].Count
	}
	l.data = dataOf(toc)
	objects := l.objects(toc)
	if len(counted.LargeObjects) > 0 {
		objects = withLargeObjects(objects, int64(len(counted.LargeObjects)))
	}
	slices.SortStableFunc(objects, func(a, b Object) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Name, b.Name))
	})
	return objects
}

// largeObjects is the kind of the object for all large objects.
const largeObjects = "large objects"

func rank(o Object) int {
	if o.Kind == largeObjects {
		return len(kinds)
	}
	return slices.Index(kinds, strings.ToUpper(o.Kind))
}

// lister has what is known of the data, by the dump ID of the rows.
type lister struct {
	lengths map[int]int64
	rows    map[int]int64
	data    map[[2]string]int
}

func (l lister) objects(toc *archive.TOC) (objects []Object) {
	stored := Object{Kind: largeObjects, Name: "-"}
	for i := range toc.Entries {
		e := &toc.Entries[i]
		switch {
		case e.Desc == archive.DescLargeObjects:
			stored.Bytes += l.lengths[e.DumpID]
		case slices.Contains(kinds, e.Desc):
			objects = append(objects, l.object(e))
		}
	}
	if stored.Bytes > 0 {
		objects = append(objects, stored)
	}
	return objects
}

func (l lister) object(e *archive.Entry) Object {
	o := Object{Kind: strings.ToLower(e.Desc), Schema: e.Namespace, Name: e.Tag}
	if e.Desc != "TABLE" {
		return o
	}
	if id, ok := l.data[[2]string{e.Namespace, e.Tag}]; ok {
		o.Bytes = l.lengths[id]
		if rows, ok := l.rows[id]; ok {
			o.Rows = &rows
		}
	}
	return o
}

// withLargeObjects sets the number of large objects.
func withLargeObjects(objects []Object, count int64) []Object {
	at := slices.IndexFunc(objects, func(o Object) bool { return o.Kind == largeObjects })
	if at >= 0 {
		objects[at].Rows = &count
	}
	return objects
}

// dataOf returns the dump IDs of the rows of tables, by schema and name.
func dataOf(toc *archive.TOC) map[[2]string]int {
	data := map[[2]string]int{}
	for i := range toc.Entries {
		if e := &toc.Entries[i]; e.Desc == archive.DescTableData {
			data[[2]string{e.Namespace, e.Tag}] = e.DumpID
		}
	}
	return data
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
