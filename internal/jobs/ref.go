package jobs

import "github.com/pgvault/pgvault/internal/vault/manifest"

// Ref names the job that a step belongs to: the workflow that a person or a
// schedule started, not the child that does its work.
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
	// Identity is what the client claimed to be. Nothing checks it.
	Identity string `json:"identity,omitempty"`
}
