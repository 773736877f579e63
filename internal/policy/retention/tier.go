package retention

import "time"

// leastArchived is the remaining lifetime from which it is worth moving a dump
// to the archive tier. Azure charges at least 180 days there, and a restore
// waits for hours.
const leastArchived = 30 * 24 * time.Hour

// Add adds a point and returns the decisions that are possible now.
func (p *Planner) Add(point Point) []Decision { return p.Rules.tiers(p.proven(p.add(point))) }

// End returns the decisions on the waiting points. The newest usable point
// stays, and so does the newest proven one if the rules say so. If there is no
// usable one, the newest good point deleted by a sweep is not purged, and
// damaged points are kept for inspection.
func (p *Planner) End() []Decision {
	decisions := append(p.proven(p.end()), p.lastProven()...)
	p.State = State{}
	return p.Rules.tiers(decisions)
}

// tiers decides about the tiers of kept dumps and about rehydrated copies.
func (r Rules) tiers(decisions []Decision) []Decision {
	for i := range decisions {
		d := &decisions[i]
		p := &d.Point
		if d.Remove || p.Removing || len(p.HeldBy) > 0 {
			continue
		}
		d.DropCopies = p.StrayCopies || !p.CopyUntil.IsZero() && !r.Now.Before(p.CopyUntil)
		switch {
		case !r.archives(p):
		case p.usable():
			d.Archive = true
			d.Why += "; its dump moves to the archive tier, as of " + day(p.ArchiveAt)
		default: // it could not be read back there
			d.Why += "; its dump moves to the archive tier once `pgvault verify` has found it good"
		}
	}
	return decisions
}

// archives reports whether a point's dump must move to the archive tier. The
// last good point is no exception, since it can be restored from there. A dump
// that expires soon, or has expired, does not move.
func (r Rules) archives(p *Point) bool {
	due := !p.ArchiveAt.IsZero() && !r.Now.Before(p.ArchiveAt) && p.ArchiveAt.Before(p.Expires)
	return due && (p.usable() || p.restorable()) && !p.Archived && (r.RetainForever || p.Expires.Sub(r.Now) >= leastArchived)
}
