package selection

import (
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
)

// addComplements adds the entries that complete the definition of e. pg_dump
// divides an object if objects depend on each other in a circle: into a view
// without a query and its rule, a domain or table and its check, a shell type
// and its type.
func (s *search) addComplements(e *archive.Entry) {
	for _, d := range s.dependents[e.DumpID] {
		if s.complements(d, e) {
			s.addNeeded(d)
		}
	}
	if e.Desc != "SHELL TYPE" {
		return
	}
	for _, d := range s.kinds["TYPE"] {
		if d.Namespace == e.Namespace && d.Tag == e.Tag {
			s.addNeeded(d)
		}
	}
}

// complements reports whether d completes the definition of e.
func (s *search) complements(d, e *archive.Entry) bool {
	switch d.Desc {
	case "RULE":
		return e.Desc == "VIEW" && strings.HasSuffix(d.Tag, " _RETURN") && owner(s.toc, d) == e
	case "CHECK CONSTRAINT":
		return owner(s.toc, d) == e
	// Sorting and hashing a type use its operator classes, without a recorded
	// dependency.
	case "OPERATOR CLASS":
		return e.Desc == "TYPE" || e.Desc == "DOMAIN"
	}
	return false
}

// addImplied adds the entries that others may use without a recorded
// dependency, and reports whether any is new. They are casts and transforms
// between restored types, and the operator classes of constraints' indexes.
func (s *search) addImplied() bool {
	for _, e := range slices.Concat(s.kinds["CAST"], s.kinds["TRANSFORM"]) {
		if s.dependenciesChosen(e) {
			s.addNeeded(e)
		}
	}
	constraints := slices.DeleteFunc(slices.Clone(s.kinds["CONSTRAINT"]), func(e *archive.Entry) bool { return !s.has(e) })
	if len(constraints) > 0 {
		s.addOperatorClasses()
	}
	if i := slices.IndexFunc(constraints, isExclusion); i >= 0 {
		s.addExtensions("exclusion constraint " + Name(constraints[i]))
	}
	return len(s.pending) > 0
}

// isExclusion reports whether a constraint is an exclusion constraint.
func isExclusion(e *archive.Entry) bool { return strings.Contains(e.Defn, " EXCLUDE USING ") }

// dependenciesChosen reports whether all entries that e depends on are
// restored.
func (s *search) dependenciesChosen(e *archive.Entry) bool {
	return !slices.ContainsFunc(e.Dependencies, func(id int) bool {
		on, ok := s.toc.Find(id)
		return ok && !s.has(on)
	})
}

// addOperatorClasses adds the operator classes of built-in types. Those of
// other types are added with the type.
func (s *search) addOperatorClasses() {
	for _, e := range s.kinds["OPERATOR CLASS"] {
		if !slices.ContainsFunc(e.Dependencies, func(id int) bool {
			on, ok := s.toc.Find(id)
			return ok && (on.Desc == "TYPE" || on.Desc == "DOMAIN")
		}) {
			s.addNeeded(e)
		}
	}
}

// addExtensions adds all extensions, since the archive does not record which of
// them user needs.
func (s *search) addExtensions(user string) {
	var names []string
	for _, e := range s.kinds["EXTENSION"] {
		if !s.has(e) {
			names = append(names, e.Tag)
			s.addNeeded(e)
		}
	}
	if len(names) > 0 {
		s.notes = append(s.notes, "all extensions are restored ("+strings.Join(names, ", ")+"), since "+user+" may need one and the dump does not record which")
	}
}
