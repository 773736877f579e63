package selection

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
)

// owner returns the table, view or domain that an entry is called after, as
// triggers, rules, policies, defaults and constraints are: "table name". It is
// one that the entry depends on. Where blanks in names leave several, the
// statement that drops the entry decides: it names no other.
func owner(toc *archive.TOC, e *archive.Entry) *archive.Entry {
	var found []*archive.Entry
	for _, id := range e.Dependencies {
		on, ok := toc.Find(id)
		if ok && !slices.Contains(found, on) && (relation(on) || on.Desc == "DOMAIN") &&
			on.Namespace == e.Namespace && strings.HasPrefix(e.Tag, on.Tag+" ") {
			found = append(found, on)
		}
	}
	if len(found) > 1 {
		for _, on := range found {
			if mentions(cmp.Or(e.DropStmt, e.Defn), on) {
				return on
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

// plain is a name that pg_dump may write without quotes.
var plain = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// mentions reports whether a statement has an object's qualified name in it.
func mentions(sql string, e *archive.Entry) bool {
	for _, schema := range spellings(e.Namespace) {
		for _, name := range spellings(e.Tag) {
			_, rest, ok := strings.Cut(sql, " "+schema+"."+name)
			if !ok {
				_, rest, ok = strings.Cut(sql, "("+schema+"."+name)
			}
			if ok && (rest == "" || strings.ContainsAny(rest[:1], " \n;,)")) {
				return true
			}
		}
	}
	return false
}

func spellings(name string) []string {
	if plain.MatchString(name) {
		return []string{quoted(name), name}
	}
	return []string{quoted(name)}
}

// inherits reports whether a table is a child of another. A partition is none:
// it is attached by an entry of its own.
func inherits(child, parent *archive.Entry) bool {
	if child.Desc != "TABLE" && child.Desc != "FOREIGN TABLE" || !slices.Contains(child.Dependencies, parent.DumpID) {
		return false
	}
	at := strings.LastIndex(child.Defn, "\nINHERITS (")
	return at >= 0 && mentions(child.Defn[at:], parent)
}

// clone reports whether an entry is of a partition's copy of a trigger, which
// comes with the partition's place in its table. It enables or disables that.
func clone(e *archive.Entry) bool {
	return e.Desc == "TRIGGER" && strings.HasPrefix(strings.TrimSpace(e.Defn), "ALTER TABLE")
}
