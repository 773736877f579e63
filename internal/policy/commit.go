package policy

import (
	"cmp"
	"time"
)

// Backup is a backup whose point is being committed.
type Backup struct {
	// Time is the time for which it was scheduled, or at which it was
	// requested.
	Time time.Time
	// Scheduled reports whether a schedule started it.
	Scheduled bool
	// Rule is the requested rule; "" leaves the choice to the policy.
	Rule string
}

// AtCommit returns the policy's decision for a backup's point: by the requested
// rule; by the default rule for a backup on demand without one; and by [Decide]
// for a scheduled backup. counting returns the times of the points that count,
// and is called only if they matter.
func AtCommit(p Policy, b Backup, counting func() ([]time.Time, error)) (Decision, error) {
	name := b.Rule
	if !b.Scheduled {
		name = cmp.Or(name, DefaultRule)
	}
	if name != "" {
		return Named(p, name, b.Time)
	}
	earlier, err := counting()
	if err != nil {
		return Decision{}, err
	}
	return Decide(p, b.Time, earlier)
}
