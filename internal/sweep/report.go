package sweep

import (
	"fmt"
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
	Reason string   `json:"reason"`
}

// Report is everything a sweep decided.
type Report struct {
	At        time.Time  `json:"at"`
	DryRun    bool       `json:"dryRun,omitempty"`
	Instances int        `json:"instances"`
	Kept      int        `json:"kept"`
	Removed   int        `json:"removed"`
	Decisions []Decision `json:"decisions"`
}

func (r *Report) add(d Decision) {
	r.Decisions = append(r.Decisions, d)
	if d.Remove {
		r.Removed++
	} else {
		r.Kept++
	}
}

// Tally counts as the sweep goes. It is safe for concurrent use.
type Tally struct{ instances, points, removed atomic.Int64 }

// Snapshot reads well in a heartbeat.
func (t *Tally) Snapshot() string {
	return fmt.Sprintf("%d instances, %d points looked at, %d removed", t.instances.Load(), t.points.Load(), t.removed.Load())
}
