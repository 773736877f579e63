package selection

import (
	"fmt"
	"slices"

	"github.com/pgvault/pgvault/internal/archive"
)

// search adds related entries to a choice until it is complete.
type search struct {
	toc *archive.TOC
	// dependents are the entries that depend on another, by the dump ID of that.
	dependents map[int][]*archive.Entry
	// kinds are the entries by kind.
	kinds map[string][]*archive.Entry
	// parents are the partitioned tables of partitions, by dump ID.
	parents map[int]int
	// whole are the entries that are restored with all their parts, by dump ID.
	whole map[int]bool
	// needed are the entries that others depend on, by dump ID.
	needed map[int]bool
	// pending are the chosen entries whose related entries have not been added.
	pending []*archive.Entry
	notes   []string
	// withChildren adds the tables that inherit from a chosen table.
	withChildren bool
}

// newSearch returns a search in which no entry is chosen.
func newSearch(toc *archive.TOC) *search {
	s := &search{toc: toc, dependents: map[int][]*archive.Entry{}, kinds: map[string][]*archive.Entry{}, parents: map[int]int{}, whole: map[int]bool{}, needed: map[int]bool{}}
	for i := range toc.Entries {
		e := &toc.Entries[i]
		s.kinds[e.Desc] = append(s.kinds[e.Desc], e)
		for _, id := range slices.Compact(slices.Sorted(slices.Values(e.Dependencies))) {
			s.dependents[id] = append(s.dependents[id], e)
		}
		if child, parent, ok := s.attachment(e); ok {
			s.parents[child] = parent
		}
	}
	return s
}

// attachment returns the dump IDs of the partition and the partitioned table
// that e joins. They are its first two dependencies, in that order.
func (s *search) attachment(e *archive.Entry) (child, parent int, ok bool) {
	if e.Desc != "TABLE ATTACH" || len(e.Dependencies) < 2 {
		return 0, 0, false
	}
	return e.Dependencies[0], e.Dependencies[1], true
}

// addWhole adds e with all its parts.
func (s *search) addWhole(e *archive.Entry) {
	if !s.whole[e.DumpID] {
		s.whole[e.DumpID] = true
		s.pending = append(s.pending, e)
	}
}

// addNeeded adds e without its parts, but with its annotations.
func (s *search) addNeeded(e *archive.Entry) {
	if !s.whole[e.DumpID] && !s.needed[e.DumpID] {
		s.needed[e.DumpID] = true
		s.pending = append(s.pending, e)
	}
}

// grow adds related entries until none is missing.
func (s *search) grow() {
	for s.drainPending(); s.addImplied(); s.drainPending() {
	}
}

// drainPending adds the parts and dependencies of all pending entries.
func (s *search) drainPending() {
	for len(s.pending) > 0 {
		e := s.pending[len(s.pending)-1]
		s.pending = s.pending[:len(s.pending)-1]
		for _, d := range s.dependents[e.DumpID] {
			s.addPart(e, d)
		}
		for _, id := range e.Dependencies {
			if on, ok := s.toc.Find(id); ok && requires(e, on) && s.parents[e.DumpID] != id {
				s.addRequired(on)
			}
		}
		if FillsExtensionTable(s.toc, e) {
			s.addExtensions(Name(e))
		}
		s.addComplements(e)
		if schema := s.findSchema(e.Namespace); schema != nil {
			s.addRequired(schema)
		}
	}
}

// addPart adds d if it is a part of e, and the partition that d attaches to e.
func (s *search) addPart(e, d *archive.Entry) {
	if !s.whole[e.DumpID] && !isAnnotation(d) {
		return
	}
	if s.isPart(d, e) || s.withChildren && inherits(d, e) {
		s.addWhole(d)
	}
	if child, parent, ok := s.attachment(d); ok && parent == e.DumpID {
		if partition, ok := s.toc.Find(child); ok {
			s.addWhole(partition)
		}
	}
}

// has reports whether e is restored.
func (s *search) has(e *archive.Entry) bool { return s.whole[e.DumpID] || s.needed[e.DumpID] }

// addRequired adds a dependency. A sequence is added whole: without its value,
// it would repeat numbers.
func (s *search) addRequired(on *archive.Entry) {
	if on.Desc == "SEQUENCE" {
		s.addWhole(on)
		return
	}
	s.addNeeded(on)
}

// requires reports whether e cannot be restored without its dependency on.
func requires(e, on *archive.Entry) bool {
	switch {
	case on.Desc == archive.DescTableData:
		return false
	// A sequence can be restored without the table that owns it.
	case e.Desc == "SEQUENCE" && !isIdentitySequence(e):
		return !isRelation(on)
	// An index of a partition can be restored without the partitioned table's.
	case e.Desc == "INDEX" || e.Desc == "CONSTRAINT":
		return on.Desc != "INDEX" && on.Desc != "CONSTRAINT"
	}
	return true
}

// findSchema returns the entry that creates the schema, or nil.
func (s *search) findSchema(name string) *archive.Entry {
	for _, e := range s.kinds["SCHEMA"] {
		if name != "" && e.Tag == name {
			return e
		}
	}
	return nil
}

// addLinks adds the links between entries that are all restored whole, and
// notes those that are left out.
func (s *search) addLinks() {
	for i := range s.toc.Entries {
		e := &s.toc.Entries[i]
		if !isLink(e) {
			continue
		}
		switch chosen, missing := s.linkEnds(e); {
		case missing == nil:
			s.addWhole(e)
		case chosen && e.Desc == "FK CONSTRAINT" && s.ownerChosen(e):
			s.notes = append(s.notes, fmt.Sprintf("foreign key %s is left out, since %s is not restored", Name(e), Name(missing)))
		case chosen && e.Desc == "TABLE ATTACH" && s.whole[e.Dependencies[0]]:
			s.notes = append(s.notes, fmt.Sprintf("%s is restored as a standalone table, since its partitioned table %s is not restored", Name(e), Name(missing)))
		}
	}
	s.grow()
}

// linkEnds reports whether a relation or index that e joins is restored whole.
// missing is one that is not, or nil.
func (s *search) linkEnds(e *archive.Entry) (chosen bool, missing *archive.Entry) {
	ids := e.Dependencies
	if e.Desc == "SEQUENCE OWNED BY" {
		ids = s.withOwner(ids)
	}
	for _, id := range ids {
		on, ok := s.toc.Find(id)
		switch {
		case !ok || !isRelation(on) && on.Desc != "INDEX" && on.Desc != "CONSTRAINT" && on.Desc != "TRIGGER":
		case s.whole[id]:
			chosen = true
		case missing == nil || isRelation(on):
			missing = on
		}
	}
	return chosen, missing
}

// withOwner returns the sequences and their dependencies, which include the
// owning table. SEQUENCE OWNED BY does not depend on that.
func (s *search) withOwner(sequences []int) []int {
	ids := slices.Clone(sequences)
	for _, id := range sequences {
		if e, ok := s.toc.Find(id); ok {
			ids = append(ids, e.Dependencies...)
		}
	}
	return ids
}

// ownerChosen reports whether the table that has the foreign key is restored
// whole.
func (s *search) ownerChosen(key *archive.Entry) bool {
	table := owner(s.toc, key)
	return table != nil && s.whole[table.DumpID]
}

// noteChildren notes the tables that inherit from a restored table and are not
// restored.
func (s *search) noteChildren() {
	for i := range s.toc.Entries {
		e := &s.toc.Entries[i]
		if !s.whole[e.DumpID] || !isRelation(e) {
			continue
		}
		for _, child := range s.missingChildren(e) {
			s.notes = append(s.notes, fmt.Sprintf("%s, which inherits from %s, is not restored; use --with-children to restore such tables", Name(child), Name(e)))
		}
	}
}

// result returns the chosen entries that have the content.
func (s *search) result(content Content) Chosen {
	c := Chosen{ids: map[int]bool{}, Notes: s.notes}
	unpopulated := map[int]bool{}
	if content == SchemaAndData {
		var notes []string
		unpopulated, notes = s.unpopulated()
		c.Notes = append(c.Notes, notes...)
	}
	for i := range s.toc.Entries {
		e := &s.toc.Entries[i]
		switch {
		case !s.has(e) || isViewContent(e, unpopulated) || content == SchemaOnly && s.isContent(e) || content == DataOnly && !isRows(e):
			continue
		case !s.whole[e.DumpID] && (e.Desc == "TABLE" || e.Desc == "MATERIALIZED VIEW") && content == SchemaAndData:
			c.Notes = append(c.Notes, fmt.Sprintf("%s is restored without rows, since only its definition is needed", Name(e)))
		}
		c.ids[e.DumpID] = true
	}
	return c
}
