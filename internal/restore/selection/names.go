package selection

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/suggest"
)

// roots finds the entries that the names are of.
func (s *search) roots(w Wanted) error {
	for _, name := range w.Tables {
		if err := s.rootTable(name); err != nil {
			return err
		}
	}
	for _, name := range w.Schemas {
		if err := s.rootSchema(name); err != nil {
			return err
		}
	}
	return nil
}

func (s *search) rootTable(name string) error {
	var found, known []string
	for i := range s.toc.Entries {
		e := &s.toc.Entries[i]
		if !relation(e) && !OfExtension(s.toc, e) {
			continue
		}
		known = append(known, Name(e))
		if named(name, e) {
			found = append(found, Name(e))
			s.take(e)
		}
	}
	switch len(found) {
	case 0:
		return unknown("table", name, known)
	case 1:
		return nil
	}
	return failure.New(failure.InvalidInput, "give one of: "+strings.Join(found, ", "), "the recovery point has several tables %q", name)
}

func (s *search) rootSchema(name string) error {
	known := map[string]bool{}
	before := len(s.whole)
	for i := range s.toc.Entries {
		e := &s.toc.Entries[i]
		schema := e.Namespace
		if e.Desc == "SCHEMA" {
			schema = e.Tag
		}
		known[schema] = true
		if schema == name && !bound(e) && !ofDatabase(e) && !s.remarked(e) {
			s.take(e)
		}
	}
	if len(s.whole) == before && !known[name] {
		delete(known, "")
		return unknown("schema", name, slices.Collect(maps.Keys(known)))
	}
	return nil
}

// remarked reports whether an entry is said of another one, with which it comes.
func (s *search) remarked(e *archive.Entry) bool {
	return remark(e) && slices.ContainsFunc(e.Dependencies, func(id int) bool {
		_, ok := s.toc.Find(id)
		return ok
	})
}

func unknown(kind, name string, known []string) error {
	action := "choose from what `pg_restore --list` shows of the dump"
	if near := suggest.Nearest(name, known, 5); len(near) > 0 {
		action = "did you mean " + strings.Join(near, ", ") + "?"
	}
	return failure.New(failure.InvalidInput, action, "the recovery point has no %s %q", kind, name)
}

// named reports whether a name is the entry's, with or without its schema, each
// with or without SQL's quotes.
func named(name string, e *archive.Entry) bool {
	for _, tag := range []string{e.Tag, quoted(e.Tag)} {
		if name == tag {
			return true
		}
		for _, schema := range []string{e.Namespace, quoted(e.Namespace)} {
			if name == schema+"."+tag {
				return true
			}
		}
	}
	return false
}

func quoted(name string) string { return fmt.Sprintf(`"%s"`, strings.ReplaceAll(name, `"`, `""`)) }
