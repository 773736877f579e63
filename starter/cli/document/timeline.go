package document

import "time"

// Timeline is the document of pgvault jobs show.
type Timeline struct {
	// Events are in the order of time.
	Events []Event `json:"events"`
	Outcome
}

// Replayed is the document of pgvault replay.
type Replayed struct {
	// Events are in the order of time.
	Events []Event `json:"events"`
	// Same reports whether this version does the same as the history.
	Same bool `json:"same"`
	Outcome
}

// Event is an event of a job.
type Event struct {
	At time.Time `json:"at"`
	// SinceStartSeconds is the time since the start of the job.
	SinceStartSeconds float64   `json:"sinceStartSeconds"`
	Kind              EventKind `json:"kind"`
	// Name is the name of the step, the ID of the child job, or the type of the job.
	Name  string     `json:"name,omitempty"`
	State EventState `json:"state"`
	// TookSeconds is the duration of a step.
	TookSeconds float64 `json:"tookSeconds,omitempty"`
	// Attempt is the number of the attempt with which a step ended.
	Attempt int32 `json:"attempt,omitempty"`
	// Error is why a step or a job failed.
	Error string `json:"error,omitempty"`
	// Text is the event in words.
	Text string `json:"text"`
}

// EventKind is what an event is about.
type EventKind string

// The kinds of events.
const (
	EventJob   EventKind = "job"
	EventStep  EventKind = "step"
	EventChild EventKind = "child"
)

// EventState is the state that begins with an event.
type EventState string

// EventStateOf returns the state for words such as "timed out".
func EventStateOf(words string) EventState { return EventState(hyphenated(words)) }

// The states.
const (
	EventStarted   EventState = "started"
	EventCompleted EventState = "completed"
	EventFailed    EventState = "failed"
	EventTimedOut  EventState = "timed-out"
	EventCancelled EventState = "cancelled"
	// EventCancelling means that somebody asked to cancel the job.
	EventCancelling EventState = "cancelling"
	EventTerminated EventState = "terminated"
)
