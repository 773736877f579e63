package selection

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/suggest"
)

// addRoots adds the entries that the request names.
func (s *search) addRoots(w Request) error {
	for _, name := range w.Tables {
		if err := s.addTable(name); err != nil {
			return err
		}
	}
	for _, name := range w.Schemas {
		if err := s.addSchema(name); err != nil {
			return err
		}
	}
	return nil
}

// addTable adds the relation with that name. It fails unless exactly one has
// it.
func (s *search) addTable(name string) error {
	var found, known []string
	for i := range s.toc.Entries {
		e := &s.toc.Entries[i]
		if !isRelation(e) && !FillsExtensionTable(s.toc, e) {
			continue
		}
		known = append(known, Name(e))
		if matchesName(name, e) {
			found = append(found, Name(e))
			s.addWhole(e)
		}
	}
	switch len(found) {
	case 0:
		return unknownName("table", name, known)
	case 1:
		return nil
	}
	return failure.New(failure.InvalidInput, "give one of: "+strings.Join(found, ", "), "the recovery point has several tables %q", name)
}

// addSchema adds the entries of the schema with that name. It fails if there is
// none.
func (s *search) addSchema(name string) error {
	known := map[string]bool{}
	before := len(s.whole)
	for i := range s.toc.Entries {
		e := &s.toc.Entries[i]
		schema := e.Namespace
		if e.Desc == "SCHEMA" {
			schema = e.Tag
		}
		known[schema] = true
		if schema == name && !isLink(e) && !isDatabaseWide(e) && !s.annotatesAnother(e) {
			s.addWhole(e)
		}
	}
	if len(s.whole) == before && !known[name] {
		delete(known, "")
		return unknownName("schema", name, slices.Collect(maps.Keys(known)))
	}
	return nil
}

// annotatesAnother reports whether e describes another entry. Such an
// annotation is added with that entry.
func (s *search) annotatesAnother(e *archive.Entry) bool {
	return isAnnotation(e) && slices.ContainsFunc(e.Dependencies, func(id int) bool {
		_, ok := s.toc.Find(id)
		return ok
	})
}

// unknownName returns the error of a name that the archive does not have. The
// error suggests similar known names.
func unknownName(kind, name string, known []string) error {
	action := "use a name from the output of `pg_restore --list`"
	if near := suggest.Nearest(name, known, 5); len(near) > 0 {
		action = "did you mean " + strings.Join(near, ", ") + "?"
	}
	return failure.New(failure.InvalidInput, action, "the recovery point has no %s %q", kind, name)
}

// matchesName reports whether name is that of e, with or without its schema,
// and each part with or without SQL's quotes.
func matchesName(name string, e *archive.Entry) bool {
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

// quoted returns the name as a quoted identifier of SQL.
func quoted(name string) string { return fmt.Sprintf(`"%s"`, strings.ReplaceAll(name, `"`, `""`)) }
