package selection

import (
	"cmp"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
)

// owner returns the table, view or domain that the tag of e begins with, or
// nil. pg_dump writes the tags of triggers, rules, policies, defaults and
// constraints as "table name". The owner is one of the dependencies of e. If
// names with blanks leave several candidates, the owner is the one that the
// statement to drop e mentions.
func owner(toc *archive.TOC, e *archive.Entry) *archive.Entry {
	var first *archive.Entry
	names := map[qualified]*archive.Entry{}
	for _, id := range e.Dependencies {
		on, ok := toc.Find(id)
		if !ok || !isRelation(on) && on.Desc != "DOMAIN" || on.Namespace != e.Namespace || !strings.HasPrefix(e.Tag, on.Tag+" ") {
			continue
		}
		if first == nil {
			first = on
		}
		if name := (qualified{on.Namespace, on.Tag}); names[name] == nil {
			names[name] = on
		}
	}
	if len(names) < 2 {
		return first
	}
	mentioned(cmp.Or(e.DropStmt, e.Defn), func(name qualified) bool {
		on, ok := names[name]
		if ok {
			first = on
		}
		return !ok
	})
	return first
}

// inherited returns the names after INHERITS at the end of a table's definition.
func inherited(definition string) map[qualified]bool {
	names := map[qualified]bool{}
	if at := strings.LastIndex(definition, "\nINHERITS ("); at >= 0 {
		mentioned(definition[at:], func(name qualified) bool { names[name] = true; return true })
	}
	return names
}

// isTriggerClone reports whether e enables or disables a partition's copy of a
// trigger. Attaching the partition creates that copy.
func isTriggerClone(e *archive.Entry) bool {
	return e.Desc == "TRIGGER" && strings.HasPrefix(strings.TrimSpace(e.Defn), "ALTER TABLE")
}
