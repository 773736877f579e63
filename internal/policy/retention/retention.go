package retention

import (
	"time"
)

// Point is an entry of an instance's listing: a recovery point, or the
// leftovers of a failed attempt.
type Point struct {
	ID   string    `json:"id"`
	Time time.Time `json:"time"`
	// Committed reports whether there is a manifest.
	Committed bool `json:"committed,omitempty"`
	// Good reports whether the manifest's dump exists too, with its length, and
	// either with its ETag or read back successfully.
	Good bool `json:"good,omitempty"`
	// Copied reports whether the dump exists with its length and another ETag,
	// and was not read back.
	Copied bool `json:"copied,omitempty"`
	// Expires is the expiry by its rule; zero for a point that is not
	// committed.
	Expires time.Time `json:"expires,omitzero"`
	// ArchiveAt is the time at which the dump moves to the archive tier; zero
	// if it never does.
	ArchiveAt time.Time `json:"archiveAt,omitzero"`
	// Archived reports whether the dump is in the archive tier.
	Archived bool `json:"archived,omitempty"`
	// CopyUntil is the time until which a rehydrated copy is kept; zero if
	// there is none.
	CopyUntil time.Time `json:"copyUntil,omitzero"`
	// StrayCopies reports whether copies exist that no job uses.
	StrayCopies bool `json:"strayCopies,omitempty"`
	// LockedUntil is the time until which the storage refuses to delete the
	// point.
	LockedUntil time.Time `json:"lockedUntil,omitzero"`
	// Hidden reports whether another tool deleted the manifest and the storage
	// keeps versions of it. Such a point counts as committed and not as good.
	Hidden bool `json:"hidden,omitempty"`
	// Deleted is set for a point that is soft-deleted.
	Deleted *Deletion `json:"deleted,omitempty"`
	// Removing reports whether a purge of a point that was not soft-deleted has
	// begun.
	Removing bool `json:"removing,omitempty"`
	// HeldBy are the running jobs that hold the point.
	HeldBy []string `json:"heldBy,omitempty"`
	// JobRuns reports whether the job that makes the point is running.
	JobRuns bool `json:"jobRuns,omitempty"`
	// LastChange is the time at which its newest blob was written.
	LastChange time.Time `json:"lastChange,omitzero"`
	// Proven reports whether nothing speaks against the point in its newest drill.
	Proven bool `json:"proven,omitempty"`
}

// Deletion is the content of a tombstone.
type Deletion struct {
	// Until is the time until which the point can be undeleted. Zero means that
	// it is unreadable and never ends.
	Until time.Time `json:"until,omitzero"`
	// BySweep reports whether a sweep deleted the point, not a person.
	BySweep bool `json:"bySweep,omitempty"`
}

// Restorable reports whether a restore can read the point, whether or not its bytes
// were read back.
func (p Point) Restorable() bool { return p.usable() || p.restorable() }

// Stands reports whether the point has been deleted by neither a person nor a sweep,
// whatever is said of its state.
func (p Point) Stands() bool { return p.Committed && p.Deleted == nil }

// usable reports whether the point can be restored and is known to be good.
func (p Point) usable() bool { return p.Committed && p.Good && p.Deleted == nil }

// restorable reports whether the point can be restored, but its bytes were not
// verified.
func (p Point) restorable() bool { return p.Committed && p.Copied && p.Deleted == nil }

// Rules are the settings that decisions depend on.
type Rules struct {
	Now time.Time
	// Grace is how long the leftovers of a failed attempt are kept.
	Grace time.Duration
	// SoftDelete reports whether expired points are soft-deleted first.
	SoftDelete bool
	// RetainForever reports whether the instance's protection was stopped in
	// that mode.
	RetainForever bool
	// KeepLastProven reports whether the newest proven point that can be restored is
	// kept.
	KeepLastProven bool
}

// Reason is the reason to keep or remove a point.
type Reason string

// The reasons.
const (
	// Reasons to keep a point.
	LastGood   Reason = "last good point"
	LastCopied Reason = "last copied point"
	LastProven Reason = "last proven point"
	NotYet     Reason = "not expired"
	Held       Reason = "held"
	Running    Reason = "its job runs"
	Young      Reason = "young orphan"
	Damaged    Reason = "damaged"
	NoExpiry   Reason = "no expiry"
	Retained   Reason = "retained for ever"
	Locked     Reason = "locked"
	Deleted    Reason = "soft-deleted"
	Mass       Reason = "mass deletion"
	Signature  Reason = "signature"
	// Reasons to remove a point.
	Expired Reason = "expired"
	Orphan  Reason = "orphan"
	Purged  Reason = "purged"
)

// Decision is the decision on one point.
type Decision struct {
	Point  Point
	Remove bool
	// Soft reports whether the removed point can be undeleted for a term.
	Soft bool
	// Archive reports whether the dump of the kept point moves to the archive
	// tier.
	Archive bool
	// DropCopies reports whether copies of the dump are to be deleted.
	DropCopies bool
	Reason     Reason
	// Why is the reason in words, with its dates.
	Why string
}

// Plan returns the decisions on all points of one instance, in their order.
func (r Rules) Plan(points []Point) []Decision {
	planner := Planner{Rules: r}
	decided := make(map[string]Decision, len(points))
	note := func(some []Decision) {
		for _, d := range some {
			decided[d.Point.ID] = d
		}
	}
	for _, p := range points {
		note(planner.Add(p))
	}
	note(planner.End())
	decisions := make([]Decision, 0, len(points))
	for _, p := range points {
		decisions = append(decisions, decided[p.ID])
	}
	return decisions
}
