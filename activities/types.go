package activities

import (
	"time"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/vault"
)

// JobRef names the job that a step belongs to: the workflow that a person
// started, or a schedule, not the child that does its work.
type JobRef struct {
	ID    string `json:"id"`
	RunID string `json:"runID"`
}

// Trigger is what started a job.
type Trigger struct {
	// Kind is "schedule" or "on-demand".
	Kind string `json:"kind"`
	// ScheduleID is set for a schedule.
	ScheduleID string `json:"scheduleID,omitempty"`
	// Identity is what the client claimed to be. Nothing checks it.
	Identity string `json:"identity,omitempty"`
}

// PlanInput asks for a [BackupPlan].
type PlanInput struct {
	Instance      string    `json:"instance"`
	RetentionRule string    `json:"retentionRule"`
	Scheduled     time.Time `json:"scheduled"`
	ScheduleID    string    `json:"scheduleID,omitempty"`
	Job           JobRef    `json:"job"`
	// Unique tells this run's point from another of the same second. A reset keeps it.
	Unique string `json:"unique"`
}

// BackupPlan is all that the steps of one backup agree on. It is decided once,
// so that a policy which changes in mid-job changes nothing of the job.
type BackupPlan struct {
	Instance instance.Instance `json:"instance"`
	// Rule is set where somebody has named one. Otherwise the commit decides.
	Rule string `json:"rule,omitempty"`
	// Expires is set by plans of before commits decided, and no more.
	Expires   time.Time `json:"expires,omitzero"`
	Point     string    `json:"point"`
	Scheduled time.Time `json:"scheduled"`
	Started   time.Time `json:"started"`
	Trigger   Trigger   `json:"trigger"`
	Job       JobRef    `json:"job"`
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
	// Form is the secret's form: "ado.net", "uri", "keyword" or "json".
	Form string `json:"form,omitempty"`
	User string `json:"user,omitempty"`
}

// Validation is everything the checks of a backup found.
type Validation struct {
	// Findings is empty when a backup could start now.
	Findings []failure.Finding `json:"findings"`
	// Role is the database role that backups sign in as; empty if that could not be found out.
	Role string `json:"role,omitempty"`
	// GrantsRead tells that the role's grants could be looked at; without it,
	// no SQL does not mean that nothing is missing.
	GrantsRead bool `json:"grantsRead,omitempty"`
	// MissingSQL gives Role exactly what it lacks.
	MissingSQL []string `json:"missingSQL,omitempty"`
	// ReadAllDataSQL is the server-wide alternative to MissingSQL.
	ReadAllDataSQL []string `json:"readAllDataSQL,omitempty"`
	// Notes are facts worth knowing that stop no backup.
	Notes []string `json:"notes,omitempty"`
}

// JobOutcome is what a job ended with, for its record in the vault.
type JobOutcome struct {
	Job       JobRef    `json:"job"`
	Operation string    `json:"operation"`
	Instance  string    `json:"instance,omitempty"`
	Point     string    `json:"point,omitempty"`
	Started   time.Time `json:"started"`
	Ended     time.Time `json:"ended"`
	// Outcome is "completed", "failed" or "cancelled".
	Outcome string  `json:"outcome"`
	Code    string  `json:"code,omitempty"`
	Message string  `json:"message,omitempty"`
	Trigger Trigger `json:"trigger"`
	// Reason is what a person gave as one.
	Reason string `json:"reason,omitempty"`
	// Leftovers are databases that the job left behind.
	Leftovers []Leftover `json:"leftovers,omitempty"`
}

// Leftover is a database under a job's own name for it, and why it is left.
type Leftover = vault.Leftover
