package retention

import (
	"fmt"
	"time"
)

// Point is one entry of an instance's listing: a recovery point, or what an
// attempt has left that never became one.
type Point struct {
	ID   string
	Time time.Time
	// Committed tells that there is a manifest.
	Committed bool
	// Good tells that the manifest's dump is there too, with its length and ETag.
	Good bool
	// Expires is the manifest's; zero for what is not committed.
	Expires time.Time
	// HeldBy are the running jobs that hold the point.
	HeldBy []string
	// JobRuns tells that the job that makes the point still runs.
	JobRuns bool
	// LastChange is when its newest blob was written.
	LastChange time.Time
}

// Reason is why a point is kept or removed.
type Reason string

// The reasons.
const (
	// Kept.
	LastGood Reason = "last good point"
	NotYet   Reason = "not expired"
	Held     Reason = "held"
	Running  Reason = "its job runs"
	Young    Reason = "young orphan"
	Damaged  Reason = "damaged"
	NoExpiry Reason = "no expiry"
	// Removed.
	Expired Reason = "expired"
	Orphan  Reason = "orphan"
)

// Decision is what becomes of one point.
type Decision struct {
	Point  Point
	Remove bool
	Reason Reason
	// Why is the reason in words, with its dates.
	Why string
}

// Plan decides for all points of one instance. An attempt that never became a
// point goes once its job is closed and nothing of it has changed for the grace
// period. A damaged point, one whose dump is not the one its manifest names,
// goes when it expires, like any other; until then, and as long as its instance
// has no good one, it is kept to be looked at.
func Plan(points []Point, now time.Time, grace time.Duration) []Decision {
	last := lastGood(points)
	decisions := make([]Decision, 0, len(points))
	for _, p := range points {
		decisions = append(decisions, decide(p, last, now, grace))
	}
	return decisions
}

func decide(p Point, last string, now time.Time, grace time.Duration) Decision {
	keep := func(r Reason, why string, args ...any) Decision {
		return Decision{Point: p, Reason: r, Why: fmt.Sprintf(why, args...)}
	}
	switch {
	case len(p.HeldBy) > 0:
		return keep(Held, "held by job %s", p.HeldBy[0])
	case !p.Committed:
		return decideOrphan(p, now, grace)
	case p.ID == last:
		return keep(LastGood, "the last good recovery point of its instance is never removed by retention")
	case p.Expires.IsZero():
		return keep(NoExpiry, "its manifest names no expiry")
	case last == "":
		return keep(Damaged, "its dump is missing or not the one that its manifest names, and its instance has no good point")
	case now.Before(p.Expires) && !p.Good:
		return keep(Damaged, "its dump is missing or not the one that its manifest names; expires %s", day(p.Expires))
	case now.Before(p.Expires):
		return keep(NotYet, "expires %s", day(p.Expires))
	}
	return Decision{Point: p, Remove: true, Reason: Expired, Why: "expired " + day(p.Expires)}
}

func decideOrphan(p Point, now time.Time, grace time.Duration) Decision {
	switch age := now.Sub(p.LastChange); {
	case p.JobRuns:
		return Decision{Point: p, Reason: Running, Why: "the job that makes it is running"}
	case age < grace:
		return Decision{Point: p, Reason: Young, Why: fmt.Sprintf("left by an attempt %s ago, within the grace of %s", age.Round(time.Minute), grace)}
	default:
		return Decision{Point: p, Remove: true, Reason: Orphan, Why: fmt.Sprintf("left by an attempt that ended without a recovery point, %s", day(p.LastChange))}
	}
}

// lastGood is the ID of the newest good point; "" if there is none.
func lastGood(points []Point) string {
	var id string
	var newest time.Time
	for _, p := range points {
		if p.Good && p.Committed && (id == "" || p.Time.After(newest) || p.Time.Equal(newest) && p.ID > id) {
			id, newest = p.ID, p.Time
		}
	}
	return id
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// ClockTolerance is how far the sweep's clock and the storage's may be apart.
const ClockTolerance = 5 * time.Minute

// ClocksAgree tells whether a sweep may trust its clock.
func ClocksAgree(local, storage time.Time) bool {
	return local.Sub(storage).Abs() <= ClockTolerance
}
