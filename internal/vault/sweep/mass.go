package sweep

import (
	"context"
	"slices"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/retention"
)

const (
	// massShare limits a sweep to one in massShare of the restorable points of an
	// instance.
	massShare = 3
	// massLeast is the number of points that a sweep may delete from any instance.
	massLeast = 3
)

// tooMany reports whether a sweep would delete too many points of an instance.
// A forger of their marks makes them expire together.
func tooMany(s jobs.SweepStopped) bool {
	return s.Doomed > massLeast && s.Doomed*massShare > s.Points
}

// mass counts the points of the current instance.
type mass struct {
	// points is the number of points that are restorable or in doomed. A forged
	// mark can make a point seem damaged and therefore not restorable.
	points int
	doomed []retention.Decision
	// partial reports whether other stretches of the sweep contain points of the
	// instance.
	partial bool
}

// doom adds a point to delete. The caller has already counted a restorable
// point.
func (m *mass) doom(d retention.Decision) {
	m.doomed = append(m.doomed, d)
	if !d.Point.Restorable() {
		m.points++
	}
}

// release deletes the doomed points of the instance. If they are too many, it
// deletes none of them.
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

// countMass plans and counts all points of the instance. It repeats the
// planning of points that the current stretch contains.
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
		point, err := r.point(ctx, p)
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
