package jobs

import "time"

// WatchSchedule is the ID of the schedule of the watch.
const WatchSchedule = "watch"

// WatchInterval is the time between two runs of the watch.
const WatchInterval = 10 * time.Minute

// AlertsID returns the workflow ID of the alerts of a vault. At most one workflow
// has it at a time.
func AlertsID(vaultID string) string { return "alerts/" + vaultID }

// FoundSignal is the signal by which the watch tells what it has found.
const FoundSignal = "found"

// WatchInput starts a Watch. It has no fields.
type WatchInput struct{}

// Check implements [Input].
func (WatchInput) Check() error { return nil }

// WatchResult is the result of a Watch.
type WatchResult struct {
	// Instances is the number of instances, and Problems counts what is wrong by
	// kind of problem.
	Instances int            `json:"instances"`
	Problems  map[string]int `json:"problems,omitempty"`
	// Unseen are the parts of the estate that could not be read.
	Unseen []string `json:"unseen,omitempty"`
}
