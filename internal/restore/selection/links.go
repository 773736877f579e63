package selection

import "github.com/pgvault/pgvault/internal/archive"

// ends are the relations and indexes that a link joins.
type ends struct {
	// chosen reports whether one of them is restored whole.
	chosen bool
	// missing is one that is not, or nil.
	missing *archive.Entry
}

// linkEnds returns the ends of a link. SEQUENCE OWNED BY does not depend on the
// owning table, and its sequences do.
func (s *search) linkEnds(e *archive.Entry) ends {
	all := s.endsOf(e)
	if e.Desc != "SEQUENCE OWNED BY" {
		return all
	}
	for _, id := range e.Dependencies {
		sequence, ok := s.toc.Find(id)
		if !ok {
			continue
		}
		of, known := s.memo.ends[sequence]
		if !known {
			of = s.endsOf(sequence)
			s.memo.ends[sequence] = of
		}
		all.chosen = all.chosen || of.chosen
		if of.missing != nil && (all.missing == nil || isRelation(of.missing)) {
			all.missing = of.missing
		}
	}
	return all
}

// endsOf returns the relations and indexes that e depends on.
func (s *search) endsOf(e *archive.Entry) (found ends) {
	for _, id := range e.Dependencies {
		on, ok := s.toc.Find(id)
		switch {
		case !ok || !isRelation(on) && on.Desc != "INDEX" && on.Desc != "CONSTRAINT" && on.Desc != "TRIGGER":
		case s.whole[id]:
			found.chosen = true
		case found.missing == nil || isRelation(on):
			found.missing = on
		}
	}
	return found
}
