package selection

import (
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
)

// complete needs the entries that make another one what it is. pg_dump divides
// an object where objects depend on each other in a circle: into a view without
// content and its rule, a domain or table without a check and the check, a type
// without content and the type.
func (s *search) complete(e *archive.Entry) {
	for _, d := range s.dependents[e.DumpID] {
		if s.completes(d, e) {
			s.need(d)
		}
	}
	if e.Desc != "SHELL TYPE" {
		return
	}
	for _, d := range s.kinds["TYPE"] {
		if d.Namespace == e.Namespace && d.Tag == e.Tag {
			s.need(d)
		}
	}
}

func (s *search) completes(d, e *archive.Entry) bool {
	switch d.Desc {
	case "RULE":
		return e.Desc == "VIEW" && strings.HasSuffix(d.Tag, " _RETURN") && owner(s.toc, d) == e
	case "CHECK CONSTRAINT":
		return owner(s.toc, d) == e
	// What sorts or hashes a type goes by its operator classes; nothing that does
	// so says it.
	case "OPERATOR CLASS":
		return e.Desc == "TYPE" || e.Desc == "DOMAIN"
	}
	return false
}

// implied needs what entries may use without saying so, and reports whether that
// was anything new: casts between types that are there, and the operator classes
// of constraints' indexes.
func (s *search) implied() bool {
	for _, e := range slices.Concat(s.kinds["CAST"], s.kinds["TRANSFORM"]) {
		if s.supported(e) {
			s.need(e)
		}
	}
	constraints := slices.DeleteFunc(slices.Clone(s.kinds["CONSTRAINT"]), func(e *archive.Entry) bool { return !s.has(e) })
	if len(constraints) > 0 {
		s.classes()
	}
	if i := slices.IndexFunc(constraints, exclusion); i >= 0 {
		s.extensions("exclusion constraint " + Name(constraints[i]))
	}
	return len(s.open) > 0
}

func exclusion(e *archive.Entry) bool { return strings.Contains(e.Defn, " EXCLUDE USING ") }

// supported reports whether all is there that an entry depends on.
func (s *search) supported(e *archive.Entry) bool {
	return !slices.ContainsFunc(e.Dependencies, func(id int) bool {
		on, ok := s.toc.Find(id)
		return ok && !s.has(on)
	})
}

// classes needs the operator classes of built-in types. The others come with
// their types.
func (s *search) classes() {
	for _, e := range s.kinds["OPERATOR CLASS"] {
		if !slices.ContainsFunc(e.Dependencies, func(id int) bool {
			on, ok := s.toc.Find(id)
			return ok && (on.Desc == "TYPE" || on.Desc == "DOMAIN")
		}) {
			s.need(e)
		}
	}
}

// extensions needs them all: the archive does not say which of them something
// makes use of.
func (s *search) extensions(user string) {
	var names []string
	for _, e := range s.kinds["EXTENSION"] {
		if !s.has(e) {
			names = append(names, e.Tag)
			s.need(e)
		}
	}
	if len(names) > 0 {
		s.notes = append(s.notes, "all extensions came along ("+strings.Join(names, ", ")+"), since "+user+" may need one and the dump does not say which")
	}
}
