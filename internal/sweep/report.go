package sweep

import (
	"cmp"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// Decision is what was decided of one point, and why.
type Decision struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
	// Blobs is set for what is left of a failed attempt, which is no point.
	Blobs  []string `json:"blobs,omitempty"`
	Remove bool     `json:"remove"`
	// Soft tells that what was removed can be brought back for a term.
	Soft   bool   `json:"soft,omitempty"`
	Reason string `json:"reason"`
}

// Count counts decisions.
type Count struct {
	Instances int `json:"instances"`
	Kept      int `json:"kept"`
	Removed   int `json:"removed"`
}

func (c *Count) add(more Count) {
	c.Instances += more.Instances
	c.Kept += more.Kept
	c.Removed += more.Removed
}

// Report is everything that a sweep decided over some pages.
type Report struct {
	At     time.Time `json:"at"`
	DryRun bool      `json:"dryRun,omitempty"`
	Count
	Decisions []Decision `json:"decisions"`
	// Previous names the report of the pages before; empty in the first one.
	Previous string `json:"previous,omitempty"`
}

func (r *Report) add(d Decision) {
	r.Decisions = append(r.Decisions, d)
	if d.Remove {
		r.Removed++
	} else {
		r.Kept++
	}
}

func (r *Report) sort() {
	slices.SortFunc(r.Decisions, func(a, b Decision) int {
		return cmp.Or(cmp.Compare(a.Instance, b.Instance), cmp.Compare(a.Point, b.Point))
	})
}

// Tally counts as the sweep goes. It is safe for concurrent use.
type Tally struct{ instances, points, removed atomic.Int64 }

// Snapshot reads well in a heartbeat.
func (t *Tally) Snapshot() string {
	return fmt.Sprintf("%d instances, %d points looked at, %d removed", t.instances.Load(), t.points.Load(), t.removed.Load())
}
