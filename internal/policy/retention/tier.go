package retention

import "time"

// leastArchived is how long a dump must have to live for its move to the
// archive tier to be worth it: the storage charges for half a year there
// whatever happens, and a restore waits for hours.
const leastArchived = 30 * 24 * time.Hour

// Add takes the next point, and gives what can be decided now.
func (p *Planner) Add(point Point) []Decision { return p.Rules.tiers(p.add(point)) }

// End returns what was waited with. The newest usable point stays; where there is
// none, the newest good one that a sweep has deleted is not purged, and damaged
// points are kept to be looked at.
func (p *Planner) End() []Decision { return p.Rules.tiers(p.end()) }

// tiers decides what becomes of the dumps of points that are kept, and of the
// copies that restores have had made of archived ones.
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
		default: // nobody could read it back there
			d.Why += "; its dump moves to the archive tier once `pgvault verify` has found it good"
		}
	}
	return decisions
}

// archives reports whether a point's dump is to move to the archive tier. The last
// good point's is like any other: it can be restored from there. One that
// expires soon is not, nor is one that has expired and may go any day.
func (r Rules) archives(p *Point) bool {
	due := !p.ArchiveAt.IsZero() && !r.Now.Before(p.ArchiveAt) && p.ArchiveAt.Before(p.Expires)
	return due && (p.usable() || p.restorable()) && !p.Archived && (r.RetainForever || p.Expires.Sub(r.Now) >= leastArchived)
}
