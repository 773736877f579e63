package definitions

import (
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure/printable"
)

// Scope says which properties were restored, and so can be compared.
type Scope struct{ Owners, Grants bool }

// identity identifies an entry of a table of contents, except for operators and
// other objects of the same name.
type identity struct{ kind, schema, name, of string }

// content is what is compared of an entry.
type content struct{ definition, owner, method string }

// ignored are the kinds of entries that are not definitions, or belong to the
// database itself or to the session of pg_dump.
var ignored = []string{
	archive.DescTableData, archive.DescLargeObjects, archive.DescSequenceSet, "MATERIALIZED VIEW DATA", "STATISTICS DATA", "EXTENDED STATISTICS DATA",
	"DATABASE", "DATABASE PROPERTIES", "STDSTRINGS", "SEARCHPATH",
}

// compared reports whether an entry is compared.
func (s Scope) compared(e *archive.Entry) bool {
	if slices.Contains(ignored, e.Desc) {
		return false
	}
	// Grants name the owners.
	if archive.IsGrant(e.Desc) && !(s.Owners && s.Grants) {
		return false
	}
	return e.Namespace != "" || !strings.HasPrefix(e.Tag, "DATABASE ")
}

// of returns the identity and the content of an entry.
func (s Scope) of(e *archive.Entry) (identity, content) {
	id := identity{kind: e.Desc, schema: e.Namespace, name: e.Tag}
	if e.Desc == archive.DescDefaultACL {
		id.of = e.Owner
	}
	c := content{definition: e.Defn, method: e.TableAM}
	if archive.IsGrant(e.Desc) {
		c.definition = sorted(e.Defn)
	}
	if s.Owners {
		c.owner = e.Owner
	}
	return id, c
}

// sorted sorts the lines of an entry. Grants are in the order in which they were
// made.
func sorted(definition string) string {
	lines := strings.SplitAfter(definition, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// maxName bounds a name in a message, in bytes.
const maxName = 200

// kindText returns the kind in words.
func (i identity) kindText() string { return line(strings.ToLower(i.kind)) }

// what says what a text describes.
func (i identity) what() string {
	if archive.IsGrant(i.kind) {
		return "grants"
	}
	return "definition"
}

// text names the object.
func (i identity) text() string {
	name := i.name
	if i.schema != "" {
		name = i.schema + "." + name
	}
	if i.of != "" {
		name += " of " + i.of
	}
	return line(name)
}

func line(text string) string { return printable.Cut(printable.Line(text), maxName) }
