package jobs

import "github.com/pgvault/pgvault/internal/vault/manifest"

// Ref identifies the job that a step belongs to: the workflow started by a
// person or a schedule, not the child that does its work.
type Ref struct {
	ID    string `json:"id"`
	RunID string `json:"runID"`
}

// Kinds of triggers.
const (
	TriggerSchedule = manifest.TriggerSchedule
	TriggerOnDemand = manifest.TriggerOnDemand
)

// Trigger is what started a job.
type Trigger struct {
	// Kind is [TriggerSchedule] or [TriggerOnDemand].
	Kind string `json:"kind"`
	// ScheduleID is empty for a job on demand.
	ScheduleID string `json:"scheduleID,omitempty"`
	// Identity is the unverified identity that the client claimed.
	Identity string `json:"identity,omitempty"`
}
