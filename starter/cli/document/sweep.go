package document

import (
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault/sweep"
)

// Sweep is the result of a sweep.
type Sweep struct {
	// DryRun reports whether nothing was changed.
	DryRun    bool `json:"dryRun"`
	Instances int  `json:"instances"`
	// Kept counts the points that stay.
	Kept int `json:"kept"`
	// Removed counts the points that were deleted or removed.
	Removed int `json:"removed"`
	// Archived counts the dumps that moved to the archive tier.
	Archived int `json:"archived"`
	// CopiesDropped counts the points whose rehydrated copies were deleted.
	CopiesDropped int `json:"copiesDropped"`
	// LackLock counts the points that lacked a lock, and locked those of them that
	// were locked.
	LackLock int `json:"lackLock"`
	Locked   int `json:"locked"`
	// NotLocked is why the others were not locked.
	NotLocked string `json:"notLocked,omitempty"`
	// Doubtful counts the points that stay since their signatures do not allow a sweep
	// to remove them.
	Doubtful int `json:"doubtful"`
	// DrillsDropped counts databases of drills that were over.
	DrillsDropped int `json:"drillsDropped"`
	// Leftovers names databases that restores left on servers.
	Leftovers []string `json:"leftovers"`
	// Stopped are instances of which nothing was deleted, since it would have been more
	// than a third of their points. The command fails because of them.
	Stopped   []SweepStop     `json:"stopped"`
	Decisions []SweepDecision `json:"decisions"`
}

// SweepStop is an instance of which a sweep would have deleted too many points.
type SweepStop struct {
	Instance string `json:"instance"`
	// Points counts its points.
	Points int `json:"points"`
	// Doomed counts those that the sweep would have deleted.
	Doomed int `json:"doomed"`
}

// SweepDecision is the decision on one point.
type SweepDecision struct {
	Instance string `json:"instance"`
	// Point is the ID of the recovery point, or of a failed attempt.
	Point  string      `json:"point"`
	Action SweepAction `json:"action"`
	// Archived reports whether the dump of a kept point moved to the archive tier, or
	// would have.
	Archived bool `json:"archived"`
	// CopyDropped reports whether the rehydrated copy of a kept point was deleted, or
	// would have been.
	CopyDropped bool `json:"copyDropped"`
	// Doubtful reports whether the point stays because of its signatures.
	Doubtful bool   `json:"doubtful"`
	Reason   string `json:"reason"`
	// Blobs are the blobs of a failed attempt.
	Blobs []string `json:"blobs"`
}

// SweepAction is what a sweep does with a point.
type SweepAction string

// The actions of a sweep.
const (
	Keep SweepAction = "keep"
	// Delete means that pgvault undelete brings the point back for a while.
	Delete SweepAction = "delete"
	// Remove means that the point is gone for good.
	Remove SweepAction = "remove"
)

// SweepOf returns the document of a result and its report.
func SweepOf(r jobs.SweepResult, decisions []sweep.Decision) Sweep {
	return Sweep{
		DryRun: r.DryRun, Instances: r.Instances, Kept: r.Kept, Removed: r.Removed, Archived: r.Archived,
		CopiesDropped: r.CopiesDropped, LackLock: r.LackLock, Locked: r.Locked, NotLocked: r.NotLocked, Doubtful: r.Doubtful,
		DrillsDropped: r.DrillsDropped, Leftovers: r.Leftovers,
		Stopped:   each(r.Stopped, func(s jobs.SweepStopped) SweepStop { return SweepStop{s.Instance, s.Points, s.Doomed} }),
		Decisions: each(decisions, sweepDecisionOf),
	}
}

func sweepDecisionOf(d sweep.Decision) SweepDecision {
	action := Keep
	switch {
	case d.Remove && d.Soft:
		action = Delete
	case d.Remove:
		action = Remove
	}
	return SweepDecision{
		Instance: d.Instance, Point: d.Point, Action: action, Archived: d.Archive, CopyDropped: d.DropCopies, Doubtful: d.Doubtful,
		Reason: d.Reason, Blobs: d.Blobs,
	}
}
