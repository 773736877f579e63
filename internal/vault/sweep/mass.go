package sweep

import (
	"context"
	"slices"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/retention"
)

const (
	// massShare is the part of an instance's restorable points that may go in one
	// sweep: one of three.
	massShare = 3
	// massLeast is how many may go whatever their share.
	massLeast = 3
)

// tooMany reports whether so many points must not go at once. Whoever forges their
// marks makes them expire together.
func tooMany(s jobs.SweepStopped) bool {
	return s.Doomed > massLeast && s.Doomed*massShare > s.Points
}

// mass is what a run knows of the instance that it is at.
type mass struct {
	// points counts the points that a restore can read and those that are to go, and
	// doomed are the latter. A point may be called damaged by a forged mark.
	points int
	doomed []retention.Decision
	// partial reports whether the instance began or ends in another stretch.
	partial bool
}

// doom adds a point that is to go. One that a restore can read is counted already.
func (m *mass) doom(d retention.Decision) {
	m.doomed = append(m.doomed, d)
	if !d.Point.Restorable() {
		m.points++
	}
}

// release deletes the doomed points of the instance, or none of them if they are
// too many.
func (r *run) release(ctx context.Context) error {
	doomed := r.mass.doomed
	r.mass.doomed = nil
	if len(doomed) == 0 {
		return nil
	}
	stopped, err := r.stops(ctx, len(doomed))
	if err != nil {
		return err
	}
	for _, d := range doomed {
		if stopped {
			d = retention.Decision{Point: d.Point, Reason: retention.Mass, Why: "the sweep would remove more than a third of its instance's recovery points at once"}
		}
		r.do(ctx, d, nil)
	}
	return nil
}

// stops reports whether the sweep must not delete points of the instance.
func (r *run) stops(ctx context.Context, doomed int) (bool, error) {
	if slices.Contains(r.sweeper.AllowMass, r.cursor.Instance) {
		return false, nil
	}
	counted := jobs.SweepStopped{Instance: r.cursor.Instance, Points: r.mass.points, Doomed: doomed}
	if r.mass.partial {
		var err error
		if counted, err = r.countMass(ctx); err != nil {
			return false, err
		}
	}
	if !tooMany(counted) {
		return false, nil
	}
	r.note(func(report *Report) { report.Stopped = append(report.Stopped, counted) })
	return true, nil
}

// countMass plans all points of the instance and counts. An instance that a stretch
// ends in is planned once more for that.
func (r *run) countMass(ctx context.Context) (jobs.SweepStopped, error) {
	var all mass
	planner := retention.Planner{Rules: r.planner().Rules}
	count := func(decisions []retention.Decision) {
		for _, d := range decisions {
			if d.Remove && d.Point.Stands() {
				all.doom(d)
			}
		}
	}
	for p, err := range r.sweeper.Vault.EachPoint(ctx, r.cursor.Instance) {
		if err != nil {
			return jobs.SweepStopped{}, err
		}
		point, err := r.sweeper.planned(ctx, p, r.settings)
		if err != nil {
			return jobs.SweepStopped{}, err
		}
		if point.Restorable() {
			all.points++
		}
		count(planner.Add(point))
	}
	count(planner.End())
	return jobs.SweepStopped{Instance: r.cursor.Instance, Points: all.points, Doomed: len(all.doomed)}, nil
}
