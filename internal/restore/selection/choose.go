package selection

import (
	"fmt"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/printable"
)

// Content is what is restored of the chosen objects: definitions, rows or both.
type Content string

// The values of [Content].
const (
	SchemaAndData Content = ""
	SchemaOnly    Content = "schema"
	DataOnly      Content = "data"
)

// Check returns an error with [failure.InvalidInput] if c is not a value of
// [Content].
func (c Content) Check() error {
	switch c {
	case SchemaAndData, SchemaOnly, DataOnly:
		return nil
	}
	return failure.New(failure.InvalidInput, `use "schema" or "data", or omit content to restore both`, "content cannot be %q", string(c))
}

// Request names the objects to restore. Its zero value requests the whole
// archive.
type Request struct {
	// Tables are names of tables, views, materialized views, sequences and foreign
	// tables: "schema.name", or "name" if only one schema has it.
	Tables []string
	// Schemas are names of schemas, which are restored with all their objects.
	Schemas []string
	Content Content
	// WithChildren adds the tables that inherit from the named ones.
	WithChildren bool
}

// AllObjects reports whether the request names no objects, and so requests all.
func (w Request) AllObjects() bool { return len(w.Tables) == 0 && len(w.Schemas) == 0 }

// WholeArchive reports whether the request leaves nothing out.
func (w Request) WholeArchive() bool { return w.AllObjects() && w.Content == SchemaAndData }

// membership says why an entry is chosen. Its zero value is that of any other entry.
type membership byte

const (
	owned membership = iota + 1
	lent
)

// Chosen is a set of entries of one archive.
type Chosen struct {
	ids map[int]membership
	// Notes are sentences about additional entries and entries left out.
	Notes []string
}

// Has reports whether e is in the set.
func (c Chosen) Has(e *archive.Entry) bool { return c.ids[e.DumpID] != 0 }

// Owns reports whether e was asked for, or is a part of an entry that was. The
// other entries of the set are those that these need.
func (c Chosen) Owns(e *archive.Entry) bool { return c.ids[e.DumpID] == owned }

// Choose returns the entries that the request names, with all related ones. It
// returns an error with [failure.InvalidInput] for an invalid content, and for
// a name that the archive does not have or that is ambiguous.
func Choose(toc *archive.TOC, w Request) (Chosen, error) {
	if err := w.Content.Check(); err != nil {
		return Chosen{}, err
	}
	s := newSearch(toc)
	if w.AllObjects() {
		for i := range toc.Entries {
			s.whole[toc.Entries[i].DumpID] = true
			if toc.Entries[i].Desc == archive.DescLargeObjects && w.Content == DataOnly {
				s.notes = printable.Notes{}
				s.notes.Add("large objects are left out, since the database may already use their OIDs")
			}
		}
		return s.result(w.Content), nil
	}
	s.withChildren = w.WithChildren
	if err := s.addRoots(w); err != nil {
		return Chosen{}, err
	}
	s.grow()
	s.addLinks()
	if w.Content == DataOnly {
		s.notes = printable.Notes{} // they are about definitions, and none is restored
	}
	s.noteChildren()
	return s.result(w.Content), nil
}

// Name returns the qualified name of e, without quotes.
func Name(e *archive.Entry) string {
	if e.Namespace == "" {
		return e.Tag
	}
	return fmt.Sprintf("%s.%s", e.Namespace, e.Tag)
}
