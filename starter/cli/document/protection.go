package document

import (
	"time"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault/reapply"
)

// Protection is the result of a stop or a resumption of the protection.
type Protection struct {
	State ProtectionState `json:"state"`
	// Before is the state before the job.
	Before ProtectionState `json:"before"`
	// DeletedPoints counts the points that were deleted.
	DeletedPoints int `json:"deletedPoints"`
	// Until is until when they can be undeleted; absent if none can.
	Until time.Time `json:"until,omitzero"`
}

// ProtectionState is the state of the protection of an instance.
type ProtectionState string

// The states of protection.
const (
	Protected     ProtectionState = "protected"
	RetainForever ProtectionState = "stopped-retain-forever"
	// RetainAsPerPolicy means that points expire by their rules, except the last good
	// one.
	RetainAsPerPolicy ProtectionState = "stopped-retain-as-per-policy"
	DataDeleted       ProtectionState = "stopped-data-deleted"
)

// ProtectionOf returns the document of a result.
func ProtectionOf(r jobs.ProtectionResult) Protection {
	return Protection{
		State: ProtectionState(hyphenated(r.State)), Before: ProtectionState(hyphenated(r.Before)), DeletedPoints: r.Deleted, Until: r.Until,
	}
}

// Reapply is the result of the reapplication of a policy.
type Reapply struct {
	Policy string `json:"policy"`
	// DryRun reports whether nothing was changed.
	DryRun bool `json:"dryRun"`
	// Longer and shorter count the points that are kept longer and shorter than before.
	Longer  int               `json:"longer"`
	Shorter int               `json:"shorter"`
	Changes []RetentionChange `json:"changes"`
}

// RetentionChange is the change of the retention of a point.
type RetentionChange struct {
	// Point is the ID of the recovery point.
	Point string    `json:"point"`
	From  Retention `json:"from"`
	To    Retention `json:"to"`
	// Note is why the new retention is not the policy's; absent if it is.
	Note string `json:"note,omitempty"`
}

// Retention is how long a point is kept.
type Retention struct {
	Policy string `json:"policy"`
	Rule   string `json:"rule"`
	// ArchiveAt is when the dump moves to the archive tier; absent if it never does.
	ArchiveAt time.Time `json:"archiveAt,omitzero"`
	// Expires is until when the point is kept; absent if that cannot be read.
	Expires time.Time `json:"expires,omitzero"`
}

// ReapplyOf returns the document of a report.
func ReapplyOf(r reapply.Report) Reapply {
	longer, shorter := r.Count()
	return Reapply{Policy: r.Policy, DryRun: r.DryRun, Longer: longer, Shorter: shorter, Changes: each(r.Changes, changeOf)}
}

func changeOf(c reapply.Change) RetentionChange {
	return RetentionChange{
		Point: c.Point, Note: c.Note,
		From: Retention{Policy: c.From.Policy, Rule: c.From.Rule, ArchiveAt: c.From.ArchiveAt, Expires: c.From.Expires},
		To:   Retention{Policy: c.To.Policy, Rule: c.To.Rule, ArchiveAt: c.To.ArchiveAt, Expires: c.To.Expires},
	}
}
