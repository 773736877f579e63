package retention

import (
	"time"
)

// Point is one entry of an instance's listing: a recovery point, or what an
// attempt has left that never became one.
type Point struct {
	ID   string    `json:"id"`
	Time time.Time `json:"time"`
	// Committed reports whether there is a manifest.
	Committed bool `json:"committed,omitempty"`
	// Good reports that the manifest's dump is there too, with its length and ETag, or
	// one that was read back.
	Good bool `json:"good,omitempty"`
	// Copied reports that it is there with its length and another ETag, and was not read back.
	Copied bool `json:"copied,omitempty"`
	// Expires is when its rule lets it go; zero for what is not committed.
	Expires time.Time `json:"expires,omitzero"`
	// ArchiveAt is when the dump moves to the archive tier; zero if it never does.
	ArchiveAt time.Time `json:"archiveAt,omitzero"`
	// Archived reports whether the dump is in the archive tier.
	Archived bool `json:"archived,omitempty"`
	// CopyUntil is until when a rehydrated copy is kept; zero if there is none.
	CopyUntil time.Time `json:"copyUntil,omitzero"`
	// StrayCopies reports whether copies exist that no job uses.
	StrayCopies bool `json:"strayCopies,omitempty"`
	// LockedUntil is until when the storage itself refuses to delete it.
	LockedUntil time.Time `json:"lockedUntil,omitzero"`
	// Hidden reports whether the manifest of a point was deleted by another tool,
	// and of which the storage keeps versions. It counts as committed, and not as good.
	Hidden bool `json:"hidden,omitempty"`
	// Deleted is set for a point that is soft-deleted.
	Deleted *Deletion `json:"deleted,omitempty"`
	// Removing reports whether an outright removal has begun.
	Removing bool `json:"removing,omitempty"`
	// HeldBy are the running jobs that hold the point.
	HeldBy []string `json:"heldBy,omitempty"`
	// JobRuns reports whether the job that makes the point still runs.
	JobRuns bool `json:"jobRuns,omitempty"`
	// LastChange is when its newest blob was written.
	LastChange time.Time `json:"lastChange,omitzero"`
}

// Deletion is what a tombstone says.
type Deletion struct {
	// Until is the end of the term in which the point can be brought back;
	// zero if that cannot be read, and then it does not end.
	Until time.Time `json:"until,omitzero"`
	// BySweep reports whether the sweep deleted the point, and not a person.
	BySweep bool `json:"bySweep,omitempty"`
}

// Restorable reports whether a restore can read the point, whether or not its bytes
// were read back.
func (p Point) Restorable() bool { return p.usable() || p.restorable() }

// usable reports whether a restore can read a point.
func (p Point) usable() bool { return p.Committed && p.Good && p.Deleted == nil }

// restorable reports whether a restore can read the point, though nobody knows that its
// bytes are right.
func (p Point) restorable() bool { return p.Committed && p.Copied && p.Deleted == nil }

// Rules are what decisions depend on besides the points.
type Rules struct {
	Now time.Time
	// Grace is how long the remains of a failed attempt are left alone.
	Grace time.Duration
	// SoftDelete lets what has expired be brought back for a term.
	SoftDelete bool
	// RetainForever is an instance whose protection was stopped so.
	RetainForever bool
}

// Reason is why a point is kept or removed.
type Reason string

// The reasons.
const (
	// Kept.
	LastGood   Reason = "last good point"
	LastCopied Reason = "last copied point"
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
	// Removed.
	Expired Reason = "expired"
	Orphan  Reason = "orphan"
	Purged  Reason = "purged"
)

// Decision is what becomes of one point.
type Decision struct {
	Point  Point
	Remove bool
	// Soft reports whether what is to be removed can be brought back for a term.
	Soft bool
	// Archive reports whether the dump of a point that is kept moves to the archive tier.
	Archive bool
	// DropCopies reports whether copies of the dump are to be deleted.
	DropCopies bool
	Reason     Reason
	// Why is the reason in words, with its dates.
	Why string
}

// Plan decides for all points of one instance, in their order.
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
