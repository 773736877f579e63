package estate

import "time"

// FreshnessAt compares the age that the newest good point has at a time with the
// objective. Time before the protection began does not count. A state that is not
// renewed goes stale by it.
func (i Instance) FreshnessAt(now time.Time) Freshness {
	switch {
	case i.Protection.State == Stopped:
		return Unwatched
	case now.Sub(i.ageFrom()) > i.Objective.Duration() && i.LastGood == nil:
		return Never
	case now.Sub(i.ageFrom()) > i.Objective.Duration():
		return Stale
	case i.overdue():
		return Late
	case i.LastGood == nil:
		return Waiting
	}
	return Fresh
}

// Exceeded reports whether the age exceeds the objective.
func (f Freshness) Exceeded() bool { return f == Stale || f == Never }

// ageFrom returns the time from which the age counts.
func (i Instance) ageFrom() time.Time {
	if i.LastGood == nil {
		return i.ProtectedSince
	}
	return latest(i.LastGood.Committed, i.ProtectedSince)
}

// overdue reports whether a start that came after the newest good point was missed
// and no backup runs.
func (i Instance) overdue() bool {
	if len(i.Missed) == 0 || i.Running != nil {
		return false
	}
	return i.LastGood == nil || i.Missed[len(i.Missed)-1].After(i.LastGood.Committed)
}
