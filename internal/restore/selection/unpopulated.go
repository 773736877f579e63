package selection

import (
	"fmt"

	"github.com/pgvault/pgvault/internal/archive"
)

// incomplete finds the materialized views that would be computed of tables
// without all of their rows, or of materialized views that stay unpopulated
// themselves.
type incomplete struct {
	*search
	// known are the objects whose rows are missing, by the dump ID of what reads
	// them; nil for none.
	known map[int]*archive.Entry
}

// unpopulated returns the dump IDs of the materialized views that are not to be
// filled, with a note on each that was to be.
func (s *search) unpopulated() (views map[int]bool, notes []string) {
	in := &incomplete{search: s, known: map[int]*archive.Entry{}}
	views = map[int]bool{}
	for _, e := range s.kinds["MATERIALIZED VIEW"] {
		if !s.whole[e.DumpID] {
			continue
		}
		if missing := in.missing(e); missing != nil {
			views[e.DumpID] = true
			notes = append(notes, fmt.Sprintf("%s stays unpopulated, since %s came without all of its rows", Name(e), Name(missing)))
		}
	}
	return views, notes
}

// missing returns an object without all of its rows that an entry reads.
func (in *incomplete) missing(e *archive.Entry) *archive.Entry {
	if found, ok := in.known[e.DumpID]; ok {
		return found
	}
	in.known[e.DumpID] = nil // an archive that lies may have a circle
	found := in.look(e)
	in.known[e.DumpID] = found
	return found
}

func (in *incomplete) look(e *archive.Entry) *archive.Entry {
	switch e.Desc {
	case "TABLE":
		if !in.whole[e.DumpID] || len(in.children(e)) > 0 {
			return e
		}
		return nil
	case "MATERIALIZED VIEW":
		if !in.whole[e.DumpID] {
			return e
		}
	}
	reads := e.Dependencies
	for _, d := range in.dependents[e.DumpID] {
		if in.completes(d, e) {
			reads = append(reads[:len(reads):len(reads)], d.DumpID)
		}
	}
	for _, id := range reads {
		if on, ok := in.toc.Find(id); ok {
			if found := in.missing(on); found != nil {
				return found
			}
		}
	}
	return nil
}

// children returns the tables that inherit from another and are not restored
// with their rows.
func (s *search) children(parent *archive.Entry) (left []*archive.Entry) {
	for _, d := range s.dependents[parent.DumpID] {
		if !s.whole[d.DumpID] && inherits(d, parent) {
			left = append(left, d)
		}
	}
	return left
}
