package jobs

import "github.com/pgvault/pgvault/internal/progress"

// ProgressSignal is the name of the signal that a long step sends to its own
// workflow, which cannot see heartbeats.
const ProgressSignal = "progress"

// StepProgress is the content of a [ProgressSignal].
type StepProgress struct {
	progress.Snapshot
	// Step is the activity's type.
	Step string `json:"step"`
	// RunID is the run of the step: a reset passes the signals of the earlier
	// run to the new one.
	RunID   string `json:"runID"`
	Attempt int32  `json:"attempt"`
	// Failed says which attempt has failed and why, if another one follows.
	Failed string `json:"failed,omitempty"`
}
