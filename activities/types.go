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

// PlanInput asks for a [BackupPlan].
type PlanInput struct {
	Instance      string    `json:"instance"`
	RetentionRule string    `json:"retentionRule"`
	Scheduled     time.Time `json:"scheduled"`
	ScheduleID    string    `json:"scheduleID,omitempty"`
	Job           jobs.Ref  `json:"job"`
}

// BackupPlan is all that the steps of one backup agree on. It is decided once,
// so that a policy which changes in mid-job changes nothing of the job.
type BackupPlan struct {
	Instance instance.Instance `json:"instance"`
	// Rule is set where somebody has named one. Otherwise the commit decides.
	Rule      string       `json:"rule,omitempty"`
	Point     string       `json:"point"`
	Scheduled time.Time    `json:"scheduled"`
	Started   time.Time    `json:"started"`
	Trigger   jobs.Trigger `json:"trigger"`
	Job       jobs.Ref     `json:"job"`
	// Immutability is the vault's setting when the backup began.
	Immutability instance.Immutability `json:"immutability,omitempty"`
}

// SecretRef says how a step signed in. It never holds the secret.
type SecretRef struct {
	// Kind is "key-vault" or "entra".
	Kind string `json:"kind"`
	// URL and Version name the Key Vault secret.
	URL     string `json:"url,omitempty"`
	Version string `json:"version,omitempty"`
	User    string `json:"user,omitempty"`
}
