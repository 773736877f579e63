package workflows

import (
	"time"

	"github.com/pgvault/pgvault/activities"
)

// BackupInput is what starts a [Backup].
type BackupInput struct {
	// Instance is the backup instance's name, such as "shop/orders".
	Instance string `json:"instance"`
	// RetentionRule names a rule of the instance's policy. Empty means "Default" for
	// a backup on demand; for a scheduled one the policy decides.
	RetentionRule string `json:"retentionRule,omitempty"`
}

// BackupResult tells what a [Backup] made.
type BackupResult struct {
	Instance string `json:"instance"`
	// DoneBy is the job of another schedule that does the work, since both have the
	// same time. The other fields are then empty.
	DoneBy string `json:"doneBy,omitempty"`
	Point  string `json:"point,omitempty"`
	Dump   string `json:"dump,omitempty"`
	Bytes  int64  `json:"bytes,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	// Rule is the retention rule that the point falls under.
	Rule string `json:"rule,omitempty"`
	// ArchiveAt is when its dump moves to the archive tier; absent if it never does.
	ArchiveAt time.Time `json:"archiveAt,omitzero"`
	Expires   time.Time `json:"expires,omitzero"`
	Warnings  []string  `json:"warnings,omitempty"`
}

// RestoreInput is what starts a [Restore].
type RestoreInput struct {
	Instance string `json:"instance"`
	// Point is a recovery point's ID; empty means the latest that can be restored.
	Point  string                   `json:"point,omitempty"`
	Target activities.RestoreTarget `json:"target"`
	// Rehydration says how a dump in the archive tier is made readable. Other
	// points do without.
	Rehydration *activities.Rehydration `json:"rehydration,omitempty"`
}

// rehydration is what the input says, or the defaults.
func (i RestoreInput) rehydration() activities.Rehydration {
	if i.Rehydration == nil {
		return activities.Rehydration{}.WithDefaults()
	}
	return i.Rehydration.WithDefaults()
}

// RestoreResult tells what a [Restore] made: a database or files.
type RestoreResult struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
	// Database and Server are set after a restore as database.
	Database string `json:"database,omitempty"`
	Server   string `json:"server,omitempty"`
	// RowsOnly tells that the database was there before, and got rows alone.
	RowsOnly bool `json:"rowsOnly,omitempty"`
	// Container and Files are set after a restore as files.
	Container string   `json:"container,omitempty"`
	Files     []string `json:"files,omitempty"`
	// CopyUntil is how long the copy is kept that was rehydrated for it; absent if none was.
	CopyUntil time.Time `json:"copyUntil,omitzero"`
	// Ignored are the known-harmless errors and what could not be carried over, each with its reason.
	Ignored []string `json:"ignored,omitempty"`
	// Notes say what came along with the tables and schemas that were chosen, and what could not.
	Notes []string `json:"notes,omitempty"`
}

// SweepInput is what starts a [RetentionSweep].
type SweepInput struct {
	// DryRun decides and reports, and removes nothing.
	DryRun bool `json:"dryRun,omitempty"`
	// Continued is set by a sweep that goes on as a new run. People leave it out.
	Continued *SweepContinued `json:"continued,omitempty"`
}

// SweepContinued is how far the runs of a sweep before have come, and the job
// that began it.
type SweepContinued struct {
	Job      activities.JobRef        `json:"job"`
	Started  time.Time                `json:"started"`
	Progress activities.SweepProgress `json:"progress"`
}

// SweepResult counts what a [RetentionSweep] decided.
type SweepResult = activities.SweepResult

// DeletePointInput is what starts a [DeletePoint].
type DeletePointInput struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
	// Reason is kept in the tombstone and in the job's record.
	Reason string `json:"reason,omitempty"`
}

// UndeletePointInput is what starts an [UndeletePoint].
type UndeletePointInput struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
	Reason   string `json:"reason,omitempty"`
	// Keep is how long the point is kept from now on at least, such as "30d";
	// empty means 14 days.
	Keep string `json:"keep,omitempty"`
}

// StopMode is what becomes of the points of an instance whose protection is stopped.
type StopMode string

// The modes, Azure Backup's own.
const (
	ModeRetainForever     StopMode = "retain-forever"
	ModeRetainAsPerPolicy StopMode = "retain-as-per-policy"
	ModeDeleteData        StopMode = "delete-data"
)

// StopProtectionInput is what starts a [StopProtection].
type StopProtectionInput struct {
	Instance string `json:"instance"`
	// Mode is "retain-forever", "retain-as-per-policy" or "delete-data".
	Mode StopMode `json:"mode"`
	// Confirm is the instance's name once more, for "delete-data".
	Confirm string `json:"confirm,omitempty"`
	// Reason is kept beside the instance and in the job's record.
	Reason string `json:"reason,omitempty"`
}

// ResumeProtectionInput is what starts a [ResumeProtection].
type ResumeProtectionInput struct {
	Instance string `json:"instance"`
	Reason   string `json:"reason,omitempty"`
}

// ProtectionResult tells the state of an instance's protection.
type ProtectionResult struct {
	Instance string `json:"instance"`
	State    string `json:"state"`
	// Before is the state that it took the place of.
	Before string `json:"before"`
	// Deleted counts the points that were deleted with it.
	Deleted int `json:"deleted,omitempty"`
	// Until is how long these can be brought back; absent if they are gone for good.
	Until time.Time `json:"until,omitzero"`
}

// ReapplyPolicyInput is what starts a [ReapplyPolicy].
type ReapplyPolicyInput struct {
	Instance string `json:"instance"`
	// DryRun reports each change, and makes none.
	DryRun bool   `json:"dryRun,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// ReapplyPolicyResult counts what a [ReapplyPolicy] has changed.
type ReapplyPolicyResult = activities.ReapplyResult

// PointResult tells what has become of a point that was deleted or brought back.
type PointResult struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
	// Until is how long a deleted point can be brought back, or one that was
	// brought back is kept; absent if the point is gone for good.
	Until time.Time `json:"until,omitzero"`
}

// VerifyInput is what starts a [Verify].
type VerifyInput struct {
	Instance string `json:"instance"`
	// Point is a recovery point's ID; empty means the latest that can be restored.
	Point string `json:"point,omitempty"`
	// All reads every point that is not deleted, the newest first.
	All bool `json:"all,omitempty"`
	// Continued is set by a verification that goes on as a new run. People leave it out.
	Continued *VerifyContinued `json:"continued,omitempty"`
}

// VerifyContinued is how far the runs of a verification before have come, and
// the job that began it.
type VerifyContinued struct {
	Job     activities.JobRef `json:"job"`
	Started time.Time         `json:"started"`
	// Before is the last point that was read, Total the number of all.
	Before string       `json:"before"`
	Total  int          `json:"total"`
	Result VerifyResult `json:"result"`
}

// VerifyResult lists what a [Verify] has read.
type VerifyResult struct {
	Instance string `json:"instance"`
	// Good counts the points that are what was stored, and Bytes their dumps'.
	Good  int   `json:"good"`
	Bytes int64 `json:"bytes"`
	// Damaged counts the points that are not; DamagedPoints lists the first of them.
	Damaged       int            `json:"damaged,omitempty"`
	DamagedPoints []DamagedPoint `json:"damagedPoints,omitempty"`
	// Archived counts the points in the archive tier, which were not read;
	// ArchivedPoints lists the first of them.
	Archived       int      `json:"archived,omitempty"`
	ArchivedPoints []string `json:"archivedPoints,omitempty"`
	// Gone counts the points that were deleted meanwhile.
	Gone int `json:"gone,omitempty"`
}

// DamagedPoint is a point that is not what was stored.
type DamagedPoint struct {
	Point string `json:"point"`
	activities.VerifiedPoint
}

// ValidateInput is what starts a [Validate].
type ValidateInput struct {
	Instance string `json:"instance"`
}

// ValidateResult is everything the checks of a backup found.
type ValidateResult = activities.Validation
