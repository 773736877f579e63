package vault

import (
	"context"
	"math"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/scrub"
)

// ToScrub returns the point as a scrub plans it, and false if scrubs do not read
// it: its dump is missing or in the archive tier, or the point is deleted. A
// listing shows a missing dump without a reading.
func (p Point) ToScrub() (scrub.Point, bool) {
	dump, there := p.listedDump()
	if !there || !p.Committed || p.Removing || p.Deleted != nil || p.Archived() {
		return scrub.Point{}, false
	}
	// No job could be asked to read a stranger's folder of another name.
	if jobs.CheckPoint(p.Instance, p.ID) != nil {
		return scrub.Point{}, false
	}
	point := scrub.Point{Instance: p.Instance, ID: p.ID, Bytes: dump.Size}
	// The bytes of a copied vault were read before they were copied.
	if !p.Copied {
		point.Stored = p.Stored
	}
	if p.Verification != nil {
		point.Read = p.Verification.At
	}
	return point, true
}

// PlanScrub plans a run of a scrub over all points of the vault. It reads listing
// pages only.
func (v *Vault) PlanScrub(ctx context.Context, rules scrub.Rules, room scrub.Room) (scrub.Plan, error) {
	planner := scrub.NewPlanner(rules, room)
	_, err := v.Walk(ctx, Cursor{}, math.MaxInt, 0, func(e Entry) error {
		if point, ok := e.Point.ToScrub(); ok {
			planner.Add(point)
		}
		return nil
	})
	return planner.Plan(), err
}
