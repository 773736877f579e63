package selection

import (
	"slices"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure/printable"
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
	// lent are the sequences that are restored whole only because another entry
	// needs them, by dump ID.
	lent map[int]bool
	// pending are the chosen entries whose related entries have not been added.
	pending []*archive.Entry
	notes   printable.Notes
	// withChildren adds the tables that inherit from a chosen table.
	withChildren bool
	implied      implied
	memo         memo
	// allExtensions reports whether the extensions have been added.
	allExtensions bool
}

// newSearch returns a search in which no entry is chosen.
func newSearch(toc *archive.TOC) *search {
	s := &search{
		toc: toc, dependents: map[int][]*archive.Entry{}, kinds: map[string][]*archive.Entry{}, parents: map[int]int{}, whole: map[int]bool{}, needed: map[int]bool{}, lent: map[int]bool{},
		memo: newMemo(toc),
	}
	for i := range toc.Entries {
		e := &toc.Entries[i]
		s.kinds[e.Desc] = append(s.kinds[e.Desc], e)
		for _, id := range dependenciesOf(e) {
			// A stranger's archive may have millions of IDs without an entry.
			if _, ok := toc.Find(id); ok {
				s.dependents[id] = append(s.dependents[id], e)
			}
		}
		if child, parent, ok := attachment(e); ok {
			s.parents[child] = parent
		}
	}
	return s
}

// dependenciesOf returns the distinct dump IDs that e depends on.
func dependenciesOf(e *archive.Entry) []int {
	if len(e.Dependencies) < 2 {
		return e.Dependencies
	}
	return slices.Compact(slices.Sorted(slices.Values(e.Dependencies)))
}

// attachment returns the dump IDs of the partition and the partitioned table
// that e joins. They are its first two dependencies, in that order.
func attachment(e *archive.Entry) (child, parent int, ok bool) {
	if e.Desc != "TABLE ATTACH" || len(e.Dependencies) < 2 {
		return 0, 0, false
	}
	return e.Dependencies[0], e.Dependencies[1], true
}

// addWhole adds e with all its parts.
func (s *search) addWhole(e *archive.Entry) {
	delete(s.lent, e.DumpID)
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
	s.addUnconditional()
	for len(s.pending) > 0 {
		e := s.pending[len(s.pending)-1]
		s.pending = s.pending[:len(s.pending)-1]
		s.addRelated(e)
	}
}

// addRelated adds the parts and dependencies of e.
func (s *search) addRelated(e *archive.Entry) {
	for _, d := range s.dependents[e.DumpID] {
		s.addPart(e, d)
	}
	for _, id := range e.Dependencies {
		if on, ok := s.toc.Find(id); ok && requires(e, on) && s.parents[e.DumpID] != id {
			s.addRequired(on)
		}
	}
	if FillsExtensionTable(s.toc, e) {
		s.addExtensions(name(e))
	}
	s.addComplements(e)
	s.addImplied(e)
	if schema := s.memo.schema(s, e.Namespace); schema != nil {
		s.addRequired(schema)
	}
}

// addPart adds d if it is a part of e, and the partition that d attaches to e.
func (s *search) addPart(e, d *archive.Entry) {
	if !s.whole[e.DumpID] && !isAnnotation(d) {
		return
	}
	if s.isPart(d, e) || s.withChildren && s.memo.inherits(d, e) {
		s.addWhole(d)
	}
	if child, parent, ok := attachment(d); ok && parent == e.DumpID {
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
		lent := !s.whole[on.DumpID] || s.lent[on.DumpID]
		s.addWhole(on)
		if lent {
			s.lent[on.DumpID] = true
		}
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

// addLinks adds the links between entries that are all restored whole, and
// notes those that are left out.
func (s *search) addLinks() {
	for i := range s.toc.Entries {
		e := &s.toc.Entries[i]
		if !isLink(e) {
			continue
		}
		switch of := s.linkEnds(e); {
		case of.missing == nil:
			s.addWhole(e)
		case of.chosen && e.Desc == "FK CONSTRAINT" && s.ownerChosen(e):
			s.note("foreign key %s is left out, since %s is not restored", e, of.missing)
		case of.chosen && e.Desc == "TABLE ATTACH" && s.whole[e.Dependencies[0]]:
			s.note("%s is restored as a standalone table, since its partitioned table %s is not restored", e, of.missing)
		}
	}
	s.grow()
}

// ownerChosen reports whether the table that has the foreign key is restored
// whole.
func (s *search) ownerChosen(key *archive.Entry) bool {
	table := s.memo.owner(key)
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
			s.note("%s, which inherits from %s, is not restored; use --with-children to restore such tables", child, e)
		}
	}
}

// result returns the chosen entries that have the content.
func (s *search) result(content Content) Chosen {
	c := Chosen{ids: map[int]membership{}}
	unpopulated := map[int]bool{}
	if content == SchemaAndData {
		unpopulated = s.unpopulated()
	}
	for i := range s.toc.Entries {
		e := &s.toc.Entries[i]
		switch {
		case !s.has(e) || isViewContent(e, unpopulated) || content == SchemaOnly && s.isContent(e) || content == DataOnly && !isRows(e):
			continue
		case !s.whole[e.DumpID] && (e.Desc == "TABLE" || e.Desc == "MATERIALIZED VIEW") && content == SchemaAndData:
			s.note("%s is restored without rows, since only its definition is needed", e)
		}
		c.ids[e.DumpID] = s.membership(e)
	}
	c.Notes = s.notes.Lines()
	return c
}

func (s *search) membership(e *archive.Entry) membership {
	if s.whole[e.DumpID] && !s.lent[e.DumpID] {
		return owned
	}
	return lent
}
