package selection

import "github.com/pgvault/pgvault/internal/archive"

// memo keeps what was found out about entries. A stranger decides how often it
// is asked for.
type memo struct {
	toc *archive.TOC
	// owners are the results of owner.
	owners map[*archive.Entry]*archive.Entry
	// parents are the names after INHERITS in the definition of a table.
	parents map[*archive.Entry]map[qualified]bool
	// schemas and types are the entries that create these, by name.
	schemas map[string]*archive.Entry
	types   map[qualified][]*archive.Entry
	// ends are the ends of the links that the dependencies of a sequence make.
	ends map[*archive.Entry]ends
}

func newMemo(toc *archive.TOC) memo {
	return memo{toc: toc, owners: map[*archive.Entry]*archive.Entry{}, parents: map[*archive.Entry]map[qualified]bool{}, ends: map[*archive.Entry]ends{}}
}

// owner returns the owner of e, or nil.
func (m *memo) owner(e *archive.Entry) *archive.Entry {
	found, ok := m.owners[e]
	if !ok {
		found = owner(m.toc, e)
		m.owners[e] = found
	}
	return found
}

// inherits reports whether the definition of child inherits from parent, on
// which child depends. That of a partition does not: another entry attaches it.
func (m *memo) inherits(child, parent *archive.Entry) bool {
	if child.Desc != "TABLE" && child.Desc != "FOREIGN TABLE" {
		return false
	}
	names, ok := m.parents[child]
	if !ok {
		names = inherited(child.Defn)
		m.parents[child] = names
	}
	return names[qualified{parent.Namespace, parent.Tag}]
}

// schema returns the entry that creates the schema, or nil.
func (m *memo) schema(s *search, name string) *archive.Entry {
	if m.schemas == nil {
		m.schemas = map[string]*archive.Entry{}
		for _, e := range s.kinds["SCHEMA"] {
			if _, ok := m.schemas[e.Tag]; !ok && e.Tag != "" {
				m.schemas[e.Tag] = e
			}
		}
	}
	return m.schemas[name]
}

// typesOf returns the types with the name of e, the first time that it is asked
// for that name.
func (m *memo) typesOf(s *search, e *archive.Entry) []*archive.Entry {
	if m.types == nil {
		m.types = map[qualified][]*archive.Entry{}
		for _, d := range s.kinds["TYPE"] {
			name := qualified{d.Namespace, d.Tag}
			m.types[name] = append(m.types[name], d)
		}
	}
	name := qualified{e.Namespace, e.Tag}
	found := m.types[name]
	delete(m.types, name)
	return found
}
