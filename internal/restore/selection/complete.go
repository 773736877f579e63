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
	for _, d := range s.memo.typesOf(s, e) {
		s.addNeeded(d)
	}
}

// complements reports whether d completes the definition of e.
func (s *search) complements(d, e *archive.Entry) bool {
	switch d.Desc {
	case "RULE":
		return e.Desc == "VIEW" && strings.HasSuffix(d.Tag, " _RETURN") && s.memo.owner(d) == e
	case "CHECK CONSTRAINT":
		return s.memo.owner(d) == e
	// Sorting and hashing a type use its operator classes, without a recorded
	// dependency.
	case "OPERATOR CLASS":
		return e.Desc == "TYPE" || e.Desc == "DOMAIN"
	}
	return false
}

// implied are the entries that others may use without a recorded dependency:
// casts and transforms between restored types.
type implied struct {
	// open are the numbers of entries that such an entry depends on and that are
	// not restored yet, by dump ID.
	open map[int]int
	// counted are the restored entries that open does not count any more, by dump
	// ID.
	counted map[int]bool
	// classes reports whether the operator classes of constraints' indexes have
	// been added, and exclusion whether what an exclusion constraint may need has.
	classes, exclusion bool
}

func isImplied(e *archive.Entry) bool { return e.Desc == "CAST" || e.Desc == "TRANSFORM" }

// addUnconditional adds the implied entries that depend on no other one.
func (s *search) addUnconditional() {
	if s.implied.open != nil {
		return
	}
	s.implied.open, s.implied.counted = map[int]int{}, map[int]bool{}
	for _, e := range slices.Concat(s.kinds["CAST"], s.kinds["TRANSFORM"]) {
		for _, id := range dependenciesOf(e) {
			if _, ok := s.toc.Find(id); ok {
				s.implied.open[e.DumpID]++
			}
		}
		if s.implied.open[e.DumpID] == 0 {
			s.addNeeded(e)
		}
	}
}

// addImplied adds the entries that are implied by e, which is restored.
func (s *search) addImplied(e *archive.Entry) {
	if s.implied.counted[e.DumpID] {
		return
	}
	s.implied.counted[e.DumpID] = true
	for _, d := range s.dependents[e.DumpID] {
		if !isImplied(d) {
			continue
		}
		if s.implied.open[d.DumpID]--; s.implied.open[d.DumpID] == 0 {
			s.addNeeded(d)
		}
	}
	if e.Desc != "CONSTRAINT" {
		return
	}
	if !s.implied.classes {
		s.implied.classes = true
		s.addOperatorClasses()
	}
	if !s.implied.exclusion && isExclusion(e) {
		s.implied.exclusion = true
		s.addExtensions("exclusion constraint " + name(e))
	}
}

// isExclusion reports whether a constraint is an exclusion constraint.
func isExclusion(e *archive.Entry) bool { return strings.Contains(e.Defn, " EXCLUDE USING ") }

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
	if s.allExtensions {
		return
	}
	s.allExtensions = true
	var added []*archive.Entry
	for _, e := range s.kinds["EXTENSION"] {
		if !s.has(e) {
			added = append(added, e)
			s.addNeeded(e)
		}
	}
	if len(added) > 0 {
		s.notes.Add("all extensions are restored (" + names(added) + "), since " + user + " may need one and the dump does not record which")
	}
}
