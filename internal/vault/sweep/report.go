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
	// Soft reports whether what was removed can be brought back for a term.
	Soft bool `json:"soft,omitempty"`
	// Archive reports whether the dump of a point that is kept moved to the archive tier.
	Archive bool `json:"archive,omitempty"`
	// DropCopies reports whether copies of its dump were deleted, which nothing counts on.
	DropCopies bool   `json:"dropCopies,omitempty"`
	Reason     string `json:"reason"`
}

// Count counts decisions.
type Count struct {
	Instances int `json:"instances"`
	Kept      int `json:"kept"`
	Removed   int `json:"removed"`
	// Archived counts dumps that moved to the archive tier, and CopiesDropped
	// points whose copies were deleted. Both are kept points.
	Archived      int `json:"archived,omitempty"`
	CopiesDropped int `json:"copiesDropped,omitempty"`
	// LackLock counts points that are not locked as the vault wants it.
	LackLock int `json:"lackLock,omitempty"`
}

// Add adds another count.
func (c *Count) Add(more Count) {
	c.Instances += more.Instances
	c.Kept += more.Kept
	c.Removed += more.Removed
	c.Archived += more.Archived
	c.CopiesDropped += more.CopiesDropped
	c.LackLock += more.LackLock
}

// Report is everything that a sweep decided over some pages.
type Report struct {
	At     time.Time `json:"at"`
	DryRun bool      `json:"dryRun,omitempty"`
	Count
	Decisions []Decision `json:"decisions"`
	// Lacking names the points that lack a lock, or have one that is too short: as
	// instance and ID.
	Lacking []string `json:"lacking,omitempty"`
	// Leftovers names the databases that restores have left on servers; in the
	// first report of a sweep only.
	Leftovers []string `json:"leftovers,omitempty"`
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
	if d.Archive {
		r.Archived++
	}
	if d.DropCopies {
		r.CopiesDropped++
	}
}

func (r *Report) sort() {
	slices.SortFunc(r.Decisions, func(a, b Decision) int {
		return cmp.Or(cmp.Compare(a.Instance, b.Instance), cmp.Compare(a.Point, b.Point))
	})
}

// Tally counts as the sweep goes. It is safe for concurrent use.
type Tally struct{ instances, points, removed, archived atomic.Int64 }

// Snapshot reads well in a heartbeat.
func (t *Tally) Snapshot() string {
	return fmt.Sprintf("%d instances, %d points looked at, %d removed, %d archived",
		t.instances.Load(), t.points.Load(), t.removed.Load(), t.archived.Load())
}
