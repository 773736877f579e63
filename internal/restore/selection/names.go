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

// addRoots adds the entries that the request names. It fails unless each name of
// a table is that of one, and each name of a schema that of at least one entry.
func (s *search) addRoots(w Request) error {
	tables, schemas := newWanted(w.Tables), newWanted(w.Schemas)
	for i := range s.toc.Entries {
		e := &s.toc.Entries[i]
		s.addTable(e, tables)
		s.addOfSchema(e, schemas)
	}
	for _, name := range w.Tables {
		switch found := tables[name]; {
		case len(found.entries) == 0:
			return unknownName("table", name, s.tables())
		case len(found.entries) > 1:
			return failure.New(failure.InvalidInput, "give one of: "+names(found.entries), "the recovery point has several tables %q", name)
		}
	}
	for _, name := range w.Schemas {
		if len(schemas[name].entries) == 0 {
			return unknownName("schema", name, s.schemas())
		}
	}
	return nil
}

// wanted are the names of a request, with what was found for each.
type wanted map[string]*found

type found struct{ entries []*archive.Entry }

func newWanted(names []string) wanted {
	all := wanted{}
	for _, name := range names {
		all[name] = &found{}
	}
	return all
}

// addTable adds e if it is a relation with one of the names.
func (s *search) addTable(e *archive.Entry, tables wanted) {
	if len(tables) == 0 || !s.isTable(e) {
		return
	}
	matches := false
	for _, name := range spellings(e) {
		f, ok := tables[name]
		if ok && (len(f.entries) == 0 || f.entries[len(f.entries)-1] != e) {
			f.entries, matches = append(f.entries, e), true
		}
	}
	if matches {
		s.addWhole(e)
	}
}

// addOfSchema adds e if it is one of the schemas or belongs to one.
func (s *search) addOfSchema(e *archive.Entry, schemas wanted) {
	f, ok := schemas[schemaOf(e)]
	if !ok {
		return
	}
	f.entries = append(f.entries, e)
	if !isLink(e) && !isDatabaseWide(e) && !s.annotatesAnother(e) {
		s.addWhole(e)
	}
}

// isTable reports whether the name of a table can mean e.
func (s *search) isTable(e *archive.Entry) bool {
	return isRelation(e) || FillsExtensionTable(s.toc, e)
}

// schemaOf returns the schema that e creates or belongs to.
func schemaOf(e *archive.Entry) string {
	if e.Desc == "SCHEMA" {
		return e.Tag
	}
	return e.Namespace
}

// tables returns the names of all tables.
func (s *search) tables() (known []string) {
	for i := range s.toc.Entries {
		if e := &s.toc.Entries[i]; s.isTable(e) {
			known = append(known, Name(e))
		}
	}
	return known
}

// schemas returns the names of all schemas.
func (s *search) schemas() []string {
	known := map[string]bool{}
	for i := range s.toc.Entries {
		known[schemaOf(&s.toc.Entries[i])] = true
	}
	delete(known, "")
	return slices.Collect(maps.Keys(known))
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

// spellings returns the ways to name e, with or without its schema, and each
// part with or without SQL's quotes.
func spellings(e *archive.Entry) (all []string) {
	for _, tag := range []string{e.Tag, quoted(e.Tag)} {
		all = append(all, tag, e.Namespace+"."+tag, quoted(e.Namespace)+"."+tag)
	}
	return all
}

// quoted returns the name as a quoted identifier of SQL.
func quoted(name string) string { return fmt.Sprintf(`"%s"`, strings.ReplaceAll(name, `"`, `""`)) }
