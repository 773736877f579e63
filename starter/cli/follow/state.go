package follow

import (
	"strings"

	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// State is the state of a running job.
type State struct {
	temporalx.Progress
	// Moved is set for steps that move bytes; Text for others that report.
	Moved *progress.Snapshot
	Text  string
	// Away reports whether the Temporal server does not answer, so that nothing is
	// known.
	Away bool
}

// Of returns the state that the server reports.
func Of(found temporalx.Progress) State {
	s := State{Progress: found}
	var moved progress.Snapshot
	switch {
	case found.Phase != "":
	case found.Heartbeat(&moved) && moved.Phase != "":
		s.Moved = &moved
	default:
		// Steps without bytes report a sentence, or nothing.
		_ = found.Heartbeat(&s.Text)
	}
	return s
}

// Measure describes the step's progress: "1.2 GiB of 4.0 GiB, 41.0 MiB/s".
func (s State) Measure() string {
	switch {
	case s.Moved == nil:
		return s.Text
	case s.Moved.Rate == "":
		return s.Moved.Done
	}
	return s.Moved.Done + ", " + s.Moved.Rate
}

// between reports whether the job is between two steps.
func (s State) between() bool {
	return s.Step == "" && s.Phase == "" && !s.Away && s.Stage != temporalx.StageNoWorker
}

// Words splits the name of a type into words: "RestoreDatabase" is "restore
// database".
func Words(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}
