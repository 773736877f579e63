package policy

import (
	"cmp"
	"time"
)

// Backup is one whose point is being committed.
type Backup struct {
	// Time is when it was scheduled, or asked for.
	Time time.Time
	// Scheduled reports whether a schedule started it.
	Scheduled bool
	// Rule is the one that was named; "" leaves it to the policy.
	Rule string
}

// AtCommit returns a backup's point what its policy has for it: what the named
// rule says, on demand the default one where none is, and otherwise what
// [Decide] does beside the points that count. Counting gives these, and is
// called only where they matter.
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
