package selection

import (
	"fmt"
	"slices"

	"github.com/pgvault/pgvault/internal/archive"
)

// search grows a choice until nothing is missing.
type search struct {
	toc        *archive.TOC
	dependents map[int][]*archive.Entry
	kinds      map[string][]*archive.Entry
	// parents are the partitioned tables of partitions, by dump ID.
	parents map[int]int
	// whole are the entries that are wanted, with all their parts; needed are
	// those without which one of them could not be.
	whole, needed map[int]bool
	open          []*archive.Entry
	notes         []string
	// withChildren takes the tables that inherit from a table that is taken.
	withChildren bool
}

func newSearch(toc *archive.TOC) *search {
	s := &search{toc: toc, dependents: map[int][]*archive.Entry{}, kinds: map[string][]*archive.Entry{}, parents: map[int]int{}, whole: map[int]bool{}, needed: map[int]bool{}}
	for i := range toc.Entries {
		e := &toc.Entries[i]
		s.kinds[e.Desc] = append(s.kinds[e.Desc], e)
		for _, id := range slices.Compact(slices.Sorted(slices.Values(e.Dependencies))) {
			s.dependents[id] = append(s.dependents[id], e)
		}
		if child, parent, ok := s.attached(e); ok {
			s.parents[child] = parent
		}
	}
	return s
}

// attached returns the partition and the table that an entry attaches it to:
// pg_dump names them in that order.
func (s *search) attached(e *archive.Entry) (child, parent int, ok bool) {
	if e.Desc != "TABLE ATTACH" || len(e.Dependencies) < 2 {
		return 0, 0, false
	}
	return e.Dependencies[0], e.Dependencies[1], true
}

// take wants an entry with all its parts.
func (s *search) take(e *archive.Entry) {
	if !s.whole[e.DumpID] {
		s.whole[e.DumpID] = true
		s.open = append(s.open, e)
	}
}

// need wants an entry as it stands, with what is said of it.
func (s *search) need(e *archive.Entry) {
	if !s.whole[e.DumpID] && !s.needed[e.DumpID] {
		s.needed[e.DumpID] = true
		s.open = append(s.open, e)
	}
}

// grow adds parts and needs until there are no more.
func (s *search) grow() {
	for s.spread(); s.implied(); s.spread() {
	}
}

// spread adds the parts and needs of what was added.
func (s *search) spread() {
	for len(s.open) > 0 {
		e := s.open[len(s.open)-1]
		s.open = s.open[:len(s.open)-1]
		for _, d := range s.dependents[e.DumpID] {
			s.part(e, d)
		}
		for _, id := range e.Dependencies {
			if on, ok := s.toc.Find(id); ok && requires(e, on) && s.parents[e.DumpID] != id {
				s.require(on)
			}
		}
		if OfExtension(s.toc, e) {
			s.extensions(Name(e))
		}
		s.complete(e)
		if schema := s.schema(e.Namespace); schema != nil {
			s.require(schema)
		}
	}
}

// part takes what belongs to e, and the partitions of e.
func (s *search) part(e, d *archive.Entry) {
	if !s.whole[e.DumpID] && !remark(d) {
		return
	}
	if s.belongs(d, e) || s.withChildren && inherits(d, e) {
		s.take(d)
	}
	if child, parent, ok := s.attached(d); ok && parent == e.DumpID {
		if partition, ok := s.toc.Find(child); ok {
			s.take(partition)
		}
	}
}

// has reports whether an entry comes along.
func (s *search) has(e *archive.Entry) bool { return s.whole[e.DumpID] || s.needed[e.DumpID] }

// require adds what an entry depends on. A sequence comes with its value: what
// counts by it would begin again otherwise.
func (s *search) require(on *archive.Entry) {
	if on.Desc == "SEQUENCE" {
		s.take(on)
		return
	}
	s.need(on)
}

// requires reports whether e could not be without what it depends on.
func requires(e, on *archive.Entry) bool {
	switch {
	case on.Desc == archive.DescTableData:
		return false
	// A sequence can be without the table that owns it.
	case e.Desc == "SEQUENCE" && !identity(e):
		return !relation(on)
	// An index of a partition can be without the one of the table.
	case e.Desc == "INDEX" || e.Desc == "CONSTRAINT":
		return on.Desc != "INDEX" && on.Desc != "CONSTRAINT"
	}
	return true
}

func (s *search) schema(name string) *archive.Entry {
	for _, e := range s.kinds["SCHEMA"] {
		if name != "" && e.Tag == name {
			return e
		}
	}
	return nil
}

// link adds what joins entries that are all chosen whole, and notes what is
// left out since one of them is not.
func (s *search) link() {
	for i := range s.toc.Entries {
		e := &s.toc.Entries[i]
		if !bound(e) {
			continue
		}
		switch chosen, missing := s.joined(e); {
		case missing == nil:
			s.take(e)
		case chosen && e.Desc == "FK CONSTRAINT" && s.owns(e):
			s.notes = append(s.notes, fmt.Sprintf("foreign key %s is left out, since %s is not restored", Name(e), Name(missing)))
		case chosen && e.Desc == "TABLE ATTACH" && s.whole[e.Dependencies[0]]:
			s.notes = append(s.notes, fmt.Sprintf("%s is a table of its own, since %s, which it is a partition of, is not restored", Name(e), Name(missing)))
		}
	}
	s.grow()
}

// joined reports whether any relation or index that e joins is chosen whole, and
// gives one that is not.
func (s *search) joined(e *archive.Entry) (chosen bool, missing *archive.Entry) {
	ids := e.Dependencies
	if e.Desc == "SEQUENCE OWNED BY" {
		ids = s.withOwner(ids)
	}
	for _, id := range ids {
		on, ok := s.toc.Find(id)
		switch {
		case !ok || !relation(on) && on.Desc != "INDEX" && on.Desc != "CONSTRAINT" && on.Desc != "TRIGGER":
		case s.whole[id]:
			chosen = true
		case missing == nil || relation(on):
			missing = on
		}
	}
	return chosen, missing
}

// withOwner adds what the sequences depend on: their table, which the entry that
// gives them to it does not name.
func (s *search) withOwner(sequences []int) []int {
	ids := slices.Clone(sequences)
	for _, id := range sequences {
		if e, ok := s.toc.Find(id); ok {
			ids = append(ids, e.Dependencies...)
		}
	}
	return ids
}

// owns reports whether the foreign key is of a table that is chosen, not of one
// that it refers to.
func (s *search) owns(key *archive.Entry) bool {
	table := owner(s.toc, key)
	return table != nil && s.whole[table.DumpID]
}

// divided notes the tables that came without the tables that inherit from them.
func (s *search) divided() {
	for i := range s.toc.Entries {
		e := &s.toc.Entries[i]
		if !s.whole[e.DumpID] || !relation(e) {
			continue
		}
		for _, child := range s.children(e) {
			s.notes = append(s.notes, fmt.Sprintf("%s, which inherits from %s, is not restored; --with-children brings such tables", Name(child), Name(e)))
		}
	}
}

// chosen returns the result, in the kinds that are wanted.
func (s *search) chosen(content Content) Chosen {
	c := Chosen{ids: map[int]bool{}, Notes: s.notes}
	unpopulated := map[int]bool{}
	if content == All {
		var notes []string
		unpopulated, notes = s.unpopulated()
		c.Notes = append(c.Notes, notes...)
	}
	for i := range s.toc.Entries {
		e := &s.toc.Entries[i]
		switch {
		case !s.has(e) || fills(e, unpopulated) || content == Schema && s.filled(e) || content == Data && !rows(e):
			continue
		case !s.whole[e.DumpID] && (e.Desc == "TABLE" || e.Desc == "MATERIALIZED VIEW") && content == All:
			c.Notes = append(c.Notes, fmt.Sprintf("%s came without its rows, since only its definition is needed", Name(e)))
		}
		c.ids[e.DumpID] = true
	}
	return c
}
