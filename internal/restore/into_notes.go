package restore

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

// largeObjectNotes returns a note if the dump has large objects, which no table
// has of its own.
func largeObjectNotes(toc *archive.TOC, p *rescue) []string {
	if !slices.ContainsFunc(toc.Entries, func(e archive.Entry) bool { return e.Desc == archive.DescLargeObjects }) {
		return nil
	}
	var tables []string
	for i := range toc.Entries {
		e := &toc.Entries[i]
		name := TableName{e.Namespace, e.Tag}
		if _, own := p.places[name]; own && e.Desc == "TABLE" && namesObjects(e.Defn) {
			tables = append(tables, name.String())
		}
	}
	if len(tables) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("large objects are not restored with tables; columns of type oid may name some, in %s", list(tables))}
}

// namesObjects reports whether a table has a column for the OID of a large object.
func namesObjects(definition string) bool {
	for line := range strings.Lines(definition) {
		if fields := strings.Fields(strings.TrimRight(line, ",\n")); len(fields) > 1 && (slices.Contains(fields[1:], `"pg_catalog"."oid"`) || slices.Contains(fields[1:], "oid") || strings.HasSuffix(fields[1], `."lo"`)) {
			return true
		}
	}
	return false
}

// addPublication notes a publication that names a table. A table beside the one
// that it had is another.
func (p *rescue) addPublication(toc *archive.TOC, e *archive.Entry) {
	for _, id := range e.Dependencies {
		on, ok := toc.Find(id)
		if !ok {
			continue
		}
		name := TableName{on.Namespace, on.Tag}
		if place, own := p.places[name]; own && place == name {
			p.notes.Add(fmt.Sprintf("%s was in a publication, which does not have it now; to publish it again: %s", place, shown(strings.TrimSpace(pgtools.WithoutTexts(e.Defn)))))
			return
		}
	}
}
