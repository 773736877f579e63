package jobs

import (
	"encoding/json"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
)

// SweepInput starts a RetentionSweep. Its zero value is valid.
type SweepInput struct {
	// DryRun reports the decisions without removing anything.
	DryRun bool `json:"dryRun,omitempty"`
	// AllowMassDeletion names the instances of which any number of points may be
	// deleted at once.
	AllowMassDeletion []string `json:"allowMassDeletion,omitempty"`
	// Continued is set by a sweep that continues as new. People leave it out.
	Continued *SweepContinued `json:"continued,omitempty"`
}

// Check implements [Input].
func (i SweepInput) Check() error {
	for _, name := range i.AllowMassDeletion {
		if err := CheckInstance(name); err != nil {
			return err
		}
	}
	return nil
}

// SweepContinued is the progress of a sweep's earlier runs and the job that
// started it.
type SweepContinued struct {
	Job      Ref           `json:"job"`
	Started  time.Time     `json:"started"`
	Progress SweepProgress `json:"progress"`
}

// SweepProgress is the progress of a sweep. Its zero value is the beginning.
type SweepProgress struct {
	// Cursor is the beginning of the next stretch, in a form internal to the
	// step.
	Cursor json.RawMessage `json:"cursor,omitempty"`
	// Done is set after the last stretch.
	Done bool `json:"done,omitempty"`
	// Stretch is the number of finished stretches.
	Stretch int `json:"stretch"`
	// LackLock is the number of points of the last stretch that lack a lock.
	LackLock int `json:"lackLock,omitempty"`
	// Drills reports whether drills have begun in the vault.
	Drills bool `json:"drills,omitempty"`
	// Result has the counts so far.
	Result SweepResult `json:"result"`
}

// SweepResult is the result of a RetentionSweep.
type SweepResult struct {
	Instances int `json:"instances"`
	Kept      int `json:"kept"`
	Removed   int `json:"removed"`
	// Archived is the number of dumps that moved to the archive tier.
	Archived int `json:"archived,omitempty"`
	// CopiesDropped is the number of points whose rehydrated copies were
	// deleted.
	CopiesDropped int  `json:"copiesDropped,omitempty"`
	DryRun        bool `json:"dryRun,omitempty"`
	// LackLock is the number of points that lacked the lock required by the
	// vault, and Locked the number of those that were locked. NotLocked is the
	// reason for the others.
	LackLock  int    `json:"lackLock,omitempty"`
	Locked    int    `json:"locked,omitempty"`
	NotLocked string `json:"notLocked,omitempty"`
	// Doubtful is the number of points that the sweep would have removed if their
	// signatures allowed it. The report has the reasons.
	Doubtful int `json:"doubtful,omitempty"`
	// DrillsDropped is the number of databases that were dropped since their drills
	// are over.
	DrillsDropped int `json:"drillsDropped,omitempty"`
	// Leftovers names databases that restores left on servers. Sweeps have no
	// rights to drop them.
	Leftovers []string `json:"leftovers,omitempty"`
	// Stopped are instances of which nothing restorable was deleted, since it would
	// have been more than a third of their points at once; 20 at most.
	Stopped []SweepStopped `json:"stopped,omitempty"`
	// Report is the name of the blob with the decisions of the last stretch and
	// their reasons. It names the report of the stretch before.
	Report string `json:"report"`
}

// SweepStopped is an instance of which a sweep would have deleted too many points
// at once.
type SweepStopped struct {
	Instance string `json:"instance"`
	// Points counts its points that a restore can read or that the sweep would have
	// deleted, and Doomed the latter.
	Points int `json:"points"`
	Doomed int `json:"doomed"`
}

// Refusal returns what a person has to know of the instance, and to do.
func (s SweepStopped) Refusal() *failure.Error {
	return failure.New(failure.MassDeletion,
		"look why they expire together: pgvault points "+s.Instance+"\nif that is right: pgvault sweep --allow-mass-deletion "+s.Instance+"\nif it is so each time, sweep more often",
		"the sweep would delete %d of the %d recovery points of instance %q at once, and has deleted none of them", s.Doomed, s.Points, s.Instance)
}
