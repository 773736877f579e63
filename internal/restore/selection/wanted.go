package selection

import (
	"fmt"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure"
)

// Content says whether definitions, rows or both are wanted.
type Content string

// The values of [Content].
const (
	All    Content = ""
	Schema Content = "schema"
	Data   Content = "data"
)

// Check refuses what is no content.
func (c Content) Check() error {
	switch c {
	case All, Schema, Data:
		return nil
	}
	return failure.New(failure.InvalidInput, `give "schema" or "data", or leave it out for both`, "content cannot be %q", string(c))
}

// Wanted is what somebody asks for. Its zero value is the whole archive.
type Wanted struct {
	// Tables are tables, views, materialized views, sequences and foreign
	// tables: "schema.name", or "name" where that is in one schema only.
	Tables []string
	// Schemas are schemas, with all that is in them.
	Schemas []string
	Content Content
	// WithChildren brings the tables that inherit from those that are named.
	WithChildren bool
}

// Everything reports whether no names are given.
func (w Wanted) Everything() bool { return len(w.Tables) == 0 && len(w.Schemas) == 0 }

// Whole reports whether nothing is to be left out.
func (w Wanted) Whole() bool { return w.Everything() && w.Content == All }

// Chosen are entries of one archive.
type Chosen struct {
	ids map[int]bool
	// Notes say what else came along, and what was left out.
	Notes []string
}

// Has reports whether an entry was chosen.
func (c Chosen) Has(e *archive.Entry) bool { return c.ids[e.DumpID] }

// Choose finds what is wanted in an archive's table of contents. A name that is
// not in it is an error that gives the names that come near.
func Choose(toc *archive.TOC, w Wanted) (Chosen, error) {
	if err := w.Content.Check(); err != nil {
		return Chosen{}, err
	}
	s := newSearch(toc)
	if w.Everything() {
		for i := range toc.Entries {
			s.whole[toc.Entries[i].DumpID] = true
			if toc.Entries[i].Desc == archive.DescLargeObjects && w.Content == Data {
				s.notes = []string{"large objects are left out, since they have numbers that the database may have given to others"}
			}
		}
		return s.chosen(w.Content), nil
	}
	s.withChildren = w.WithChildren
	if err := s.roots(w); err != nil {
		return Chosen{}, err
	}
	s.grow()
	s.link()
	if w.Content == Data {
		s.notes = nil // which are of definitions, and none is restored
	}
	s.divided()
	return s.chosen(w.Content), nil
}

// Name is an entry's name for people.
func Name(e *archive.Entry) string {
	if e.Namespace == "" {
		return e.Tag
	}
	return fmt.Sprintf("%s.%s", e.Namespace, e.Tag)
}
