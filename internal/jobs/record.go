package jobs

import "time"

// Outcomes of a job.
const (
	Completed = "completed"
	Failed    = "failed"
	Cancelled = "cancelled"
)

// Record is the outcome of a job, kept in the vault for longer than Temporal
// keeps closed jobs.
type Record struct {
	ID        string    `json:"id"`
	RunID     string    `json:"runID"`
	Operation string    `json:"operation"`
	Instance  string    `json:"instance,omitempty"`
	Point     string    `json:"point,omitempty"`
	Started   time.Time `json:"started"`
	Ended     time.Time `json:"ended"`
	// Outcome is [Completed], [Failed] or [Cancelled].
	Outcome string `json:"outcome"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// Trigger is the kind of what started the job.
	Trigger  string `json:"trigger,omitempty"`
	Identity string `json:"identity,omitempty"`
	// Reason is the one that the person who started the job gave.
	Reason string `json:"reason,omitempty"`
	// Leftovers are databases that the job left on servers.
	Leftovers []Leftover `json:"leftovers,omitempty"`
}

// Leftover is a database that a restore left behind under the job's own name for
// it.
type Leftover struct {
	// Server is host and port.
	Server   string `json:"server"`
	Database string `json:"database"`
	// Reason says why it is left.
	Reason string `json:"reason"`
}
