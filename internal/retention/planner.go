package retention

// Planner decides for the points of one instance, which it is given in any
// order, best the oldest first: then it waits with hardly any of them.
type Planner struct {
	Rules Rules
	State State
}

// State is what a planner keeps between two pages of a listing.
type State struct {
	// Last is the newest usable point so far.
	Last *Point `json:"last,omitempty"`
	// Waiting are points that may go only if there is a usable one.
	Waiting []Point `json:"waiting,omitempty"`
}

func (p *Planner) add(point Point) []Decision {
	switch {
	case point.usable() && p.newest(&point):
		var freed []Point
		if p.State.Last != nil {
			freed = append(freed, *p.State.Last)
		}
		freed = append(freed, p.State.Waiting...)
		p.State.Last, p.State.Waiting = &point, nil
		return p.decideAll(freed)
	case p.State.Last == nil && p.needsGood(&point):
		p.State.Waiting = append(p.State.Waiting, point)
		return nil
	}
	return []Decision{p.Rules.decide(point)}
}

func (p *Planner) end() []Decision {
	waiting, last := p.State.Waiting, p.State.Last
	p.State = State{}
	if last != nil {
		return []Decision{p.Rules.decideLast(*last)}
	}
	rescued := newestGood(waiting)
	decisions := make([]Decision, 0, len(waiting))
	for _, point := range waiting {
		switch {
		case point.ID == rescued:
			decisions = append(decisions, p.Rules.decideLast(point))
		case point.Deleted != nil && rescued != "":
			decisions = append(decisions, p.Rules.decide(point))
		default:
			decisions = append(decisions, keep(point, Damaged,
				"its dump is missing or not the one that its manifest names, and its instance has no good point"))
		}
	}
	return decisions
}

func (p *Planner) newest(point *Point) bool {
	return p.State.Last == nil || newer(point, p.State.Last)
}

// needsGood tells a point that goes, but only while its instance has a good
// one. What a person has deleted goes whatever else there is.
func (p *Planner) needsGood(point *Point) bool {
	byRule := point.Deleted == nil || point.Deleted.BySweep && !point.Deleted.Purging
	return point.Committed && byRule && p.Rules.decide(*point).Remove
}

func (p *Planner) decideAll(points []Point) []Decision {
	decisions := make([]Decision, 0, len(points))
	for _, point := range points {
		decisions = append(decisions, p.Rules.decide(point))
	}
	return decisions
}

func newestGood(points []Point) string {
	var found *Point
	for _, p := range points {
		if p.Good && (found == nil || newer(&p, found)) {
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
