package selection

import (
	"slices"

	"github.com/pgvault/pgvault/internal/archive"
)

// missingRows finds the materialized views that read tables restored without all
// of their rows, or other materialized views that stay unpopulated.
type missingRows struct {
	*search
	// found are the objects whose rows are missing, or nil, by the dump ID of the
	// entry that reads them.
	found map[int]*archive.Entry
}

// unpopulated returns the dump IDs of the chosen materialized views that cannot
// be populated, and notes each.
func (s *search) unpopulated() (views map[int]bool) {
	in := &missingRows{search: s, found: map[int]*archive.Entry{}}
	views = map[int]bool{}
	for _, e := range s.kinds["MATERIALIZED VIEW"] {
		if !s.whole[e.DumpID] {
			continue
		}
		if missing := in.missing(e); missing != nil {
			views[e.DumpID] = true
			s.note("%s stays unpopulated, since %s is restored without all of its rows", e, missing)
		}
	}
	return views
}

// missing returns an object that e reads and that is restored without all of
// its rows, or nil.
func (in *missingRows) missing(e *archive.Entry) *archive.Entry {
	if found, ok := in.found[e.DumpID]; ok {
		return found
	}
	in.found[e.DumpID] = nil // a damaged archive may have a circle
	found := in.findMissing(e)
	in.found[e.DumpID] = found
	return found
}

// findMissing computes [missingRows.missing].
func (in *missingRows) findMissing(e *archive.Entry) *archive.Entry {
	switch e.Desc {
	case "TABLE":
		if !in.whole[e.DumpID] || len(in.missingChildren(e)) > 0 {
			return e
		}
		return nil
	case "MATERIALIZED VIEW":
		if !in.whole[e.DumpID] {
			return e
		}
	}
	reads := slices.Clone(e.Dependencies)
	for _, d := range in.dependents[e.DumpID] {
		if in.complements(d, e) {
			reads = append(reads, d.DumpID)
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

// missingChildren returns the tables that inherit from parent and are not
// restored whole.
func (s *search) missingChildren(parent *archive.Entry) (left []*archive.Entry) {
	for _, d := range s.dependents[parent.DumpID] {
		if !s.whole[d.DumpID] && s.memo.inherits(d, parent) {
			left = append(left, d)
		}
	}
	return left
}
