package document

import (
	"time"

	"github.com/pgvault/pgvault/internal/estate"
)

// Status is the document of pgvault status.
type Status struct {
	// Well reports whether the exit status is 0.
	Well bool `json:"well"`
	// At is the time of the state, by the storage's clock.
	At time.Time `json:"at"`
	// Container is the URL of the vault's container.
	Container string      `json:"container"`
	Vault     VaultStatus `json:"vault"`
	// Instances are sorted: those with the worst problems first, then by name.
	Instances []InstanceStatus `json:"instances"`
	Outcome
}

// VaultStatus is the state of a vault.
type VaultStatus struct {
	Sweep  SweepStatus  `json:"sweep"`
	Safety SafetyStatus `json:"safety"`
	// Tiers counts the points by access tier. A tier that is unknown is "unknown".
	Tiers map[string]Count `json:"tiers"`
	// Scrub is the part of the points that was read back in time; absent without
	// scrubs.
	Scrub *Coverage `json:"scrub,omitempty"`
	// RolesWithoutWorker are the roles that no worker has.
	RolesWithoutWorker []string `json:"rolesWithoutWorker"`
	// TrustFiles are the workers by the SHA-256 of their trust file.
	TrustFiles map[string][]string `json:"trustFiles"`
	// Undelivered counts notifications that were given up.
	Undelivered int `json:"undelivered"`
	// Unseen says what could not be seen, and why.
	Unseen []string `json:"unseen"`
	// Problems are the worst first.
	Problems []Problem `json:"problems"`
}

// SweepStatus is the state of the sweeps.
type SweepStatus struct {
	// Scheduled reports whether sweeps are started.
	Scheduled bool `json:"scheduled"`
	// Note is why they are not.
	Note        string      `json:"note,omitempty"`
	Next        time.Time   `json:"next,omitzero"`
	LastSuccess time.Time   `json:"lastSuccess,omitzero"`
	LastFailure *JobFailure `json:"lastFailure,omitempty"`
	// MassDeletion says at which instances the last sweep stopped.
	MassDeletion string `json:"massDeletion,omitempty"`
}

// SafetyStatus is what the storage account keeps of what others delete.
type SafetyStatus struct {
	// Versions reports whether it keeps earlier versions of blobs.
	Versions bool `json:"versions"`
	// SoftDeleteDays is 0 without soft delete.
	SoftDeleteDays int `json:"softDeleteDays"`
	// SoftDeleteUnseen reports whether the identity may not see it.
	SoftDeleteUnseen bool `json:"softDeleteUnseen"`
	// Shortfall says what is missing; absent if nothing is.
	Shortfall string `json:"shortfall,omitempty"`
	Remedy    string `json:"remedy,omitempty"`
}

// Count counts points.
type Count struct {
	Points    int   `json:"points"`
	DumpBytes int64 `json:"dumpBytes"`
}

// Problem is something that is wrong, or that a person should know.
type Problem struct {
	Kind     ProblemKind `json:"kind"`
	Severity Severity    `json:"severity"`
	// Instance is absent for a problem of the vault.
	Instance string `json:"instance,omitempty"`
	// Since is absent if it is unknown.
	Since time.Time `json:"since,omitzero"`
	// Code is the code of a failed job.
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
	Remedy  string `json:"remedy,omitempty"`
}

// ProblemKind is the kind of a problem.
type ProblemKind string

// The kinds of problems.
const (
	// ProblemNever means that an instance has no good point and should have one.
	ProblemNever ProblemKind = "never"
	// ProblemStale means that the newest good point is too old.
	ProblemStale          ProblemKind = "stale"
	ProblemDamaged        ProblemKind = "damaged"
	ProblemDrillFailed    ProblemKind = "drill-failed"
	ProblemProofStale     ProblemKind = "proof-stale"
	ProblemNotScheduled   ProblemKind = "not-scheduled"
	ProblemFailed         ProblemKind = "failed"
	ProblemMassDeletion   ProblemKind = "mass-deletion"
	ProblemSweepStopped   ProblemKind = "sweep-stopped"
	ProblemSafetyWeakened ProblemKind = "safety-weakened"
	ProblemTrustDiffers   ProblemKind = "trust-differs"
	ProblemWatchBlind     ProblemKind = "watch-blind"
	ProblemDeleted        ProblemKind = "deleted"
	ProblemLate           ProblemKind = "late"
	ProblemNoWorker       ProblemKind = "no-worker"
	ProblemUndelivered    ProblemKind = "undelivered"
)

// Severity is how bad a problem is.
type Severity string

// The severities.
const (
	Critical Severity = "critical"
	Warning  Severity = "warning"
	// Info is for changes that a person has made.
	Info Severity = "info"
)

// JobFailure is a failed job.
type JobFailure struct {
	// Job is the ID of the job.
	Job string    `json:"job"`
	At  time.Time `json:"at"`
	// Code is one of the codes in docs/FAILURES.md.
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

// StatusOf returns the document of an estate.
func StatusOf(e estate.Estate) *Status {
	return &Status{Well: e.Well(), At: e.At, Container: e.Container, Vault: vaultStatusOf(e.Vault), Instances: each(e.Instances, instanceStatusOf)}
}

func vaultStatusOf(v estate.Vault) VaultStatus {
	return VaultStatus{
		Sweep: SweepStatus{
			v.Sweep.Scheduled, v.Sweep.Note, v.Sweep.Next, v.Sweep.LastSuccess, maybe(v.Sweep.LastFailure, jobFailureOf), v.Sweep.MassDeletion,
		},
		Safety: SafetyStatus(v.Safety), Tiers: tiersOf(v.Tiers), Scrub: maybe(v.Scrub, coverageOf), RolesWithoutWorker: v.Idle,
		TrustFiles: v.Trust, Undelivered: v.Undelivered, Unseen: v.Unseen, Problems: each(v.Problems, problemOf),
	}
}

func tiersOf(all map[string]estate.Count) map[string]Count {
	counts := map[string]Count{}
	for tier, c := range all {
		name := string(tierOf(tier))
		counts[name] = Count{counts[name].Points + c.Points, counts[name].DumpBytes + c.Bytes}
	}
	return counts
}

func problemOf(p estate.Problem) Problem {
	return Problem{ProblemKind(p.Kind), Severity(p.Severity), p.Instance, p.Since, p.Code, p.Message, p.Remedy}
}

func jobFailureOf(f estate.Failure) JobFailure { return JobFailure(f) }
