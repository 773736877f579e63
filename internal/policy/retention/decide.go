package retention

import (
	"fmt"
	"time"
)

func keep(p Point, r Reason, why string, args ...any) Decision {
	return Decision{Point: p, Reason: r, Why: fmt.Sprintf(why, args...)}
}

// decide decides a point that is not its instance's last good one. The
// leftovers of a failed attempt are removed after the job is closed and nothing
// of them has changed for the grace period. A damaged point, whose dump is not
// the one in its manifest, is removed when it expires.
func (r Rules) decide(p Point) Decision {
	switch {
	case len(p.HeldBy) > 0:
		return keep(p, Held, "held by job %s", p.HeldBy[0])
	case !p.Committed:
		return r.decideOrphan(p)
	case p.Deleted != nil:
		return r.decideDeleted(p)
	case r.RetainForever:
		return keep(p, Retained, "protection was stopped and its points are retained for ever")
	case p.Expires.IsZero():
		return keep(p, NoExpiry, "its manifest names no expiry")
	case r.Now.Before(p.Expires) && p.Hidden:
		return keep(p, Damaged, "deleted by other means than pgvault; the storage has versions of it, which stay until it expires %s", day(p.Expires))
	case r.Now.Before(p.Expires) && !p.Good && !p.Copied:
		return keep(p, Damaged, "a part of it is missing or not what its manifest names; expires %s", day(p.Expires))
	case r.Now.Before(p.Expires):
		return keep(p, NotYet, "expires %s", day(p.Expires))
	case (!r.SoftDelete || p.Hidden) && r.Now.Before(p.LockedUntil):
		return keep(p, Locked, "expired %s, and locked until %s", day(p.Expires), day(p.LockedUntil))
	}
	return Decision{Point: p, Remove: true, Soft: r.SoftDelete && !p.Hidden, Reason: Expired, Why: "expired " + day(p.Expires)}
}

// decideLast decides the last good point.
func (r Rules) decideLast(p Point) Decision {
	if len(p.HeldBy) > 0 {
		return keep(p, Held, "held by job %s", p.HeldBy[0])
	}
	if p.Deleted != nil {
		return keep(p, LastGood, "a sweep has deleted it, but its instance has no other good recovery point: `pgvault undelete` brings it back")
	}
	return keep(p, LastGood, "the last good recovery point of its instance is never removed by retention")
}

// decideLastCopied decides the newest copied point of an instance without a
// good point.
func (r Rules) decideLastCopied(p Point) Decision {
	const why = "no point of its instance is known to be good, and it is the newest that was copied and not verified"
	switch {
	case len(p.HeldBy) > 0:
		return keep(p, Held, "held by job %s", p.HeldBy[0])
	case p.Deleted != nil:
		return keep(p, LastCopied, "a sweep has deleted it, but "+why+": `pgvault undelete` brings it back")
	}
	return keep(p, LastCopied, why+": `pgvault verify` reads it")
}

func (r Rules) decideDeleted(p Point) Decision {
	d := p.Deleted
	switch {
	case r.Now.Before(p.LockedUntil):
		return keep(p, Locked, "soft-deleted, and locked until %s", day(p.LockedUntil))
	case d.Until.IsZero():
		return keep(p, Deleted, "its tombstone does not say until when it can be brought back")
	case r.Now.Before(d.Until):
		return keep(p, Deleted, "can be brought back until %s", day(d.Until))
	}
	return Decision{Point: p, Remove: true, Reason: Purged, Why: "could be brought back until " + day(d.Until)}
}

func (r Rules) decideOrphan(p Point) Decision {
	switch age := r.Now.Sub(p.LastChange); {
	case r.Now.Before(p.LockedUntil):
		return keep(p, Locked, "left by an attempt, and locked until %s by somebody else", day(p.LockedUntil))
	case p.JobRuns:
		return keep(p, Running, "the job that makes it is running")
	case age < r.Grace:
		return keep(p, Young, "left by an attempt %s ago, within the grace of %s", age.Round(time.Minute), r.Grace)
	default:
		return Decision{Point: p, Remove: true, Reason: Orphan, Why: "left by an attempt that ended without a recovery point, " + day(p.LastChange)}
	}
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
