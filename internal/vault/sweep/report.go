package sweep

import (
	"cmp"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/pgvault/pgvault/internal/jobs"
)

// Decision is the decision on one point, with its reason.
type Decision struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
	// Blobs is set for the leftovers of a failed attempt, which are not a
	// point.
	Blobs  []string `json:"blobs,omitempty"`
	Remove bool     `json:"remove"`
	// Soft reports whether the removed point can be undeleted for a term.
	Soft bool `json:"soft,omitempty"`
	// Archive reports whether the dump of a kept point moved to the archive
	// tier.
	Archive bool `json:"archive,omitempty"`
	// DropCopies reports whether unused copies of the dump were deleted.
	DropCopies bool `json:"dropCopies,omitempty"`
	// Doubtful reports whether the point would have been removed if its signatures
	// allowed it.
	Doubtful bool   `json:"doubtful,omitempty"`
	Reason   string `json:"reason"`
}

// Count counts decisions.
type Count struct {
	Instances int `json:"instances"`
	Kept      int `json:"kept"`
	Removed   int `json:"removed"`
	// Archived counts dumps that moved to the archive tier, and CopiesDropped
	// points whose copies were deleted. Both count kept points.
	Archived      int `json:"archived,omitempty"`
	CopiesDropped int `json:"copiesDropped,omitempty"`
	// LackLock counts points that lack the lock that the vault's settings
	// require.
	LackLock int `json:"lackLock,omitempty"`
	// Doubtful counts kept points that would have been removed if their signatures
	// allowed it.
	Doubtful int `json:"doubtful,omitempty"`
}

// Add adds the numbers of more to c.
func (c *Count) Add(more Count) {
	c.Instances += more.Instances
	c.Kept += more.Kept
	c.Removed += more.Removed
	c.Archived += more.Archived
	c.CopiesDropped += more.CopiesDropped
	c.LackLock += more.LackLock
	c.Doubtful += more.Doubtful
}

// Report lists the decisions of a sweep over some pages.
type Report struct {
	At     time.Time `json:"at"`
	DryRun bool      `json:"dryRun,omitempty"`
	Count
	Decisions []Decision `json:"decisions"`
	// Lacking names the points whose lock is missing or too short, as instance
	// and ID.
	Lacking []string `json:"lacking,omitempty"`
	// Stopped are the instances at which the sweep stopped before a mass deletion.
	Stopped []jobs.SweepStopped `json:"stopped,omitempty"`
	// Leftovers names the databases that restores have left on servers. It is
	// set in a sweep's first report only.
	Leftovers []string `json:"leftovers,omitempty"`
	// Previous names the report of the preceding pages; empty in the first
	// report.
	Previous string `json:"previous,omitempty"`
	// Drilled reports whether drills have begun in the vault. The stored report does not
	// say so.
	Drilled bool `json:"-"`
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
	if d.Doubtful {
		r.Doubtful++
	}
}

func (r *Report) sort() {
	slices.SortFunc(r.Decisions, func(a, b Decision) int {
		return cmp.Or(cmp.Compare(a.Instance, b.Instance), cmp.Compare(a.Point, b.Point))
	})
}

// Tally counts during a sweep. It is safe for concurrent use.
type Tally struct{ instances, points, removed, archived atomic.Int64 }

// Snapshot returns the counts as a line of text, for heartbeats.
func (t *Tally) Snapshot() string {
	return fmt.Sprintf("%d instances, %d points looked at, %d removed, %d archived",
		t.instances.Load(), t.points.Load(), t.removed.Load(), t.archived.Load())
}
