package retention

// Planner decides the points of one instance. It takes them in any order. If
// they are ordered oldest first, it keeps almost none of them waiting.
type Planner struct {
	Rules Rules
	State State
}

// State is the state of a planner between two pages of a listing.
type State struct {
	// Last is the newest usable point so far.
	Last *Point `json:"last,omitempty"`
	// LastCopied is the newest copied point if there is no usable one so far.
	LastCopied *Point `json:"lastCopied,omitempty"`
	// Waiting are points that may be removed only if there is a usable one.
	Waiting []Point `json:"waiting,omitempty"`
	// Proven is the newest proven point so far, and ProvenWaits reports whether it
	// may be removed only if there is a newer one.
	Proven      *Point `json:"proven,omitempty"`
	ProvenWaits bool   `json:"provenWaits,omitempty"`
}

func (p *Planner) add(point Point) []Decision {
	switch {
	case point.usable() && newest(p.State.Last, &point):
		freed := append(present(p.State.Last, p.State.LastCopied), p.State.Waiting...)
		p.State.Last, p.State.LastCopied, p.State.Waiting = &point, nil, nil
		return p.decideAll(freed)
	case p.State.Last == nil && point.restorable() && newest(p.State.LastCopied, &point):
		freed := append(present(p.State.LastCopied), p.takeCopied()...)
		p.State.LastCopied = &point
		return p.decideAll(freed)
	case p.State.Last == nil && p.needsGood(&point):
		p.State.Waiting = append(p.State.Waiting, point)
		return nil
	}
	return []Decision{p.Rules.decide(point)}
}

// takeCopied returns the waiting copied points, since there is a better one
// now.
func (p *Planner) takeCopied() (taken []Point) {
	var left []Point
	for _, point := range p.State.Waiting {
		if point.Copied {
			taken = append(taken, point)
		} else {
			left = append(left, point)
		}
	}
	p.State.Waiting = left
	return taken
}

func (p *Planner) end() []Decision {
	waiting, last, copied := p.State.Waiting, p.State.Last, p.State.LastCopied
	if last != nil {
		return []Decision{p.Rules.decideLast(*last)}
	}
	rescued := newestOf(waiting, func(p *Point) bool { return p.Good })
	decisions := make([]Decision, 0, len(waiting)+1)
	rescuedCopy := ""
	switch {
	case copied != nil:
		decisions = append(decisions, p.Rules.decideLastCopied(*copied))
	case rescued == "":
		rescuedCopy = newestOf(waiting, func(p *Point) bool { return p.Copied })
	}
	for _, point := range waiting {
		switch {
		case point.ID == rescued:
			decisions = append(decisions, p.Rules.decideLast(point))
		case point.ID == rescuedCopy:
			decisions = append(decisions, p.Rules.decideLastCopied(point))
		case point.Copied, point.Deleted != nil && rescued != "":
			decisions = append(decisions, p.Rules.decide(point))
		default:
			decisions = append(decisions, keep(point, Damaged,
				"a part of it is missing or not what its manifest names, and its instance has no good point"))
		}
	}
	return decisions
}

// newest reports whether point is newer than last; last may be nil.
func newest(last, point *Point) bool { return last == nil || newer(point, last) }

// present returns the points that are not nil.
func present(points ...*Point) (those []Point) {
	for _, p := range points {
		if p != nil {
			those = append(those, *p)
		}
	}
	return those
}

// needsGood reports whether a point may be removed only if its instance has a
// good one. A point deleted by a person is always purged.
func (p *Planner) needsGood(point *Point) bool {
	if point.restorable() {
		return false // it is not the newest copied point and is removed when it expires
	}
	byRule := point.Deleted == nil || point.Deleted.BySweep
	return point.Committed && byRule && p.Rules.decide(*point).Remove
}

func (p *Planner) decideAll(points []Point) []Decision {
	decisions := make([]Decision, 0, len(points))
	for _, point := range points {
		decisions = append(decisions, p.Rules.decide(point))
	}
	return decisions
}

// newestOf returns the ID of the newest point for which so is true, or "" if
// there is none.
func newestOf(points []Point, match func(*Point) bool) string {
	var found *Point
	for _, p := range points {
		if match(&p) && newest(found, &p) {
			found = &p
		}
	}
	if found == nil {
		return ""
	}
	return found.ID
}

func newer(a, b *Point) bool {
	return a.Time.After(b.Time) || a.Time.Equal(b.Time) && a.ID > b.ID
}
