package scrub

import (
	"cmp"
	"container/heap"
	"slices"
)

// Room is what a run may read.
type Room struct {
	// Bytes is the number of bytes of the whole run, and Read the number of those
	// that it has read already. A run that has read nothing gets one point of any
	// size, since a point that is larger than Bytes would never be read otherwise.
	Bytes, Read int64
	// Points is the greatest number of points in a plan.
	Points int
}

// Plan is what a run reads next.
type Plan struct {
	// Points are the points with the oldest last readings, oldest first.
	Points []Point
	// Coverage is that of all points.
	Coverage Coverage
}

// Planner plans a run from the points of a listing.
type Planner struct {
	rules  Rules
	room   Room
	chosen newestFirst
	bytes  int64
	// dropped is the oldest due point that is not chosen. No newer one is chosen,
	// or small points would keep a large one from ever being read.
	dropped  *Point
	coverage Coverage
}

// NewPlanner returns a planner that has seen no points.
func NewPlanner(r Rules, room Room) *Planner {
	return &Planner{rules: r, room: room, chosen: newestFirst{rules: r}}
}

// Add considers a point.
func (p *Planner) Add(point Point) {
	p.coverage.Add(p.rules, point)
	if !p.rules.Due(point) || p.dropped != nil && p.rules.compare(point, *p.dropped) > 0 {
		return
	}
	heap.Push(&p.chosen, point)
	p.bytes += point.Bytes
	for len(p.chosen.points) > 0 && !p.fits() {
		newest := heap.Pop(&p.chosen).(Point)
		p.bytes -= newest.Bytes
		p.dropped = &newest
	}
}

// fits reports whether the run has room for the chosen points.
func (p *Planner) fits() bool {
	if len(p.chosen.points) == 1 && p.room.Read == 0 {
		return true
	}
	return len(p.chosen.points) <= p.room.Points && p.bytes <= p.room.Bytes-p.room.Read
}

// Plan returns the plan for the points added so far.
func (p *Planner) Plan() Plan {
	points := slices.Clone(p.chosen.points)
	slices.SortFunc(points, p.rules.compare)
	return Plan{Points: points, Coverage: p.coverage}
}

// compare orders points by their last readings, oldest first.
func (r Rules) compare(a, b Point) int {
	return cmp.Or(r.lastRead(a).Compare(r.lastRead(b)), cmp.Compare(a.Instance, b.Instance), cmp.Compare(a.ID, b.ID))
}

// newestFirst is a heap of points, with the newest last reading on top.
type newestFirst struct {
	rules  Rules
	points []Point
}

func (h *newestFirst) Len() int           { return len(h.points) }
func (h *newestFirst) Less(i, j int) bool { return h.rules.compare(h.points[i], h.points[j]) > 0 }
func (h *newestFirst) Swap(i, j int)      { h.points[i], h.points[j] = h.points[j], h.points[i] }
func (h *newestFirst) Push(point any)     { h.points = append(h.points, point.(Point)) }
func (h *newestFirst) Pop() any {
	last := h.points[len(h.points)-1]
	h.points = h.points[:len(h.points)-1]
	return last
}
