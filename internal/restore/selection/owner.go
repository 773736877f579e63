package selection

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
)

// owner returns the table, view or domain that the tag of e begins with, or
// nil. pg_dump writes the tags of triggers, rules, policies, defaults and
// constraints as "table name". The owner is one of the dependencies of e. If
// names with blanks leave several candidates, the owner is the one that the
// statement to drop e mentions.
func owner(toc *archive.TOC, e *archive.Entry) *archive.Entry {
	var found []*archive.Entry
	for _, id := range e.Dependencies {
		on, ok := toc.Find(id)
		if ok && !slices.Contains(found, on) && (isRelation(on) || on.Desc == "DOMAIN") &&
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

// unquotedName matches a name that pg_dump may write without quotes.
var unquotedName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// mentions reports whether a statement contains the qualified name of e.
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

// spellings returns the ways in which pg_dump may write a name.
func spellings(name string) []string {
	if unquotedName.MatchString(name) {
		return []string{quoted(name), name}
	}
	return []string{quoted(name)}
}

// inherits reports whether the definition of child inherits from parent. That
// of a partition does not: another entry attaches it.
func inherits(child, parent *archive.Entry) bool {
	if child.Desc != "TABLE" && child.Desc != "FOREIGN TABLE" || !slices.Contains(child.Dependencies, parent.DumpID) {
		return false
	}
	at := strings.LastIndex(child.Defn, "\nINHERITS (")
	return at >= 0 && mentions(child.Defn[at:], parent)
}

// isTriggerClone reports whether e enables or disables a partition's copy of a
// trigger. Attaching the partition creates that copy.
func isTriggerClone(e *archive.Entry) bool {
	return e.Desc == "TRIGGER" && strings.HasPrefix(strings.TrimSpace(e.Defn), "ALTER TABLE")
}
