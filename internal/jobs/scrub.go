package jobs

import (
	"fmt"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/policy/scrub"
)

// ScrubSchedule is the ID of the schedule of scrubs.
const ScrubSchedule = "scrub"

// ScrubInput starts a Scrub. Its zero value is valid: the settings are the
// vault's.
type ScrubInput struct {
	// Continued is set by a scrub that continues as new. People leave it out.
	Continued *ScrubContinued `json:"continued,omitempty"`
}

// Check implements [Input].
func (i ScrubInput) Check() error { return nil }

// ScrubContinued is the progress of a scrub's earlier runs and the job that
// started it.
type ScrubContinued struct {
	Job     Ref       `json:"job"`
	Started time.Time `json:"started"`
	// Left are the planned points that are not read yet, oldest reading first.
	Left   []ScrubPoint `json:"left,omitempty"`
	Result ScrubResult  `json:"result"`
}

// ScrubPoint is a point that a scrub reads.
type ScrubPoint struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
	DumpSize int64  `json:"dumpSize"`
}

// ScrubResult is the result of a Scrub.
type ScrubResult struct {
	Readings
	// Coverage is the part of the vault that was read within the time of the
	// vault's settings, at the end of the job.
	Coverage scrub.Coverage `json:"coverage"`
}

// Verdict returns a [failure.VerificationFailed] that names the damaged points,
// or nil if there are none.
func (r *ScrubResult) Verdict() error {
	if r.Damaged == 0 {
		return nil
	}
	return failure.New(failure.VerificationFailed,
		"restore from other recovery points, and take a new one of each instance: pgvault backup INSTANCE. Where the account keeps versions, or there is a copy of the vault, "+
			"write the right bytes back over the damaged blob and run pgvault verify INSTANCE --point ID",
		"%s", r.DamageText())
}

// DamageText names the damaged points and their first damaged parts.
func (r *ScrubResult) DamageText() string {
	return fmt.Sprintf("damaged recovery points: %s", strings.Join(r.damages("pgvault points INSTANCE"), "; "))
}
