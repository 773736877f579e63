package jobs

import "time"

// The outcomes of a job.
const (
	Completed = "completed"
	Failed    = "failed"
	Cancelled = "cancelled"
)

// Record is the outcome of a job. The vault keeps it for longer than Temporal
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
	// Trigger is the kind of the job's trigger.
	Trigger  string `json:"trigger,omitempty"`
	Identity string `json:"identity,omitempty"`
	// Reason is the reason given by the person who started the job.
	Reason string `json:"reason,omitempty"`
	// Leftovers are databases that the job left on servers.
	Leftovers []Leftover `json:"leftovers,omitempty"`
}

// Leftover is a database that a restore left behind under its temporary name.
type Leftover struct {
	// Server is the host and port.
	Server   string `json:"server"`
	Database string `json:"database"`
	// Reason is why it was left.
	Reason string `json:"reason"`
}
