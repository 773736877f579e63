package simulate

import "time"

// dayEnds counts the points of each rule.
func (s *simulation) dayEnds(at time.Time) error {
	for _, r := range s.rules {
		r.End = Tiers{}
	}
	for _, i := range s.stored {
		if p := s.points[i]; !p.Gone(at) {
			s.rules[p.Rule].End.add(p.InArchive(at))
		}
	}
	for _, r := range s.rules {
		r.Peak.Standard = max(r.Peak.Standard, r.End.Standard)
		r.Peak.Archive = max(r.Peak.Archive, r.End.Archive)
	}
	return nil
}

func (t *Tiers) add(archived bool) {
	if archived {
		t.Archive++
	} else {
		t.Standard++
	}
}

func (s *simulation) weekEnds(at time.Time) error {
	s.result.Samples = append(s.result.Samples, s.sample(at))
	return nil
}

// sample returns the number of points and the bytes stored, including
// soft-deleted points.
func (s *simulation) sample(at time.Time) Sample {
	sample := Sample{At: at}
	for _, i := range s.stored {
		p := s.points[i]
		if !p.Gone(at) {
			sample.Points.add(p.InArchive(at))
		}
		if p.InArchive(at) {
			sample.Bytes.Archive += p.Bytes
		} else {
			sample.Bytes.Standard += p.Bytes
		}
	}
	return sample
}

func (s *simulation) yearEnds(at time.Time) error {
	sample := s.sample(at)
	year := YearResult{End: at, Taken: s.result.Taken, DumpBytes: s.dumpBytes(at), Points: sample.Points, Bytes: sample.Bytes}
	for _, before := range s.result.Years {
		year.Taken -= before.Taken
	}
	if s.Scrub != nil {
		read := s.scrubbed
		year.Scrub, s.scrubbed = &read, ScrubResult{Overdue: read.Overdue}
	}
	s.result.Years = append(s.result.Years, year)
	return nil
}

func (s *simulation) end() Result {
	for _, rule := range s.Policy.Rules {
		s.result.Rules = append(s.result.Rules, *s.rules[rule.Name])
	}
	s.result.All = s.points
	for _, p := range s.points {
		if !p.Gone(s.result.To) {
			s.result.Kept = append(s.result.Kept, p)
		}
	}
	return s.result
}
