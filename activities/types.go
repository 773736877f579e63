package activities

import (
	"time"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
)

// InstanceRef names a backup instance.
type InstanceRef struct {
	Instance string `json:"instance"`
}

// PlanInput is a request for a [BackupPlan].
type PlanInput struct {
	Instance      string    `json:"instance"`
	RetentionRule string    `json:"retentionRule"`
	Scheduled     time.Time `json:"scheduled"`
	ScheduleID    string    `json:"scheduleID,omitempty"`
	Job           jobs.Ref  `json:"job"`
}

// BackupPlan is what the steps of a backup have in common. It is decided once,
// so that a change of the policy does not affect a running job.
type BackupPlan struct {
	Instance instance.Instance `json:"instance"`
	// Rule is the rule requested for the point; if it is empty, the commit
	// decides.
	Rule      string       `json:"rule,omitempty"`
	Point     string       `json:"point"`
	Scheduled time.Time    `json:"scheduled"`
	Started   time.Time    `json:"started"`
	Trigger   jobs.Trigger `json:"trigger"`
	Job       jobs.Ref     `json:"job"`
	// Immutability is the vault's setting at the start of the backup.
	Immutability instance.Immutability `json:"immutability,omitempty"`
}

// SignedIn says how a step signed in, and which worker did it.
type SignedIn struct {
	SignIn jobs.SignIn `json:"signIn"`
	By     jobs.Worker `json:"by,omitzero"`
}
