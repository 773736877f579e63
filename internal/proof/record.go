package proof

import "time"

// FormatVersion is the version of the record that this program writes. Readers
// reject higher versions; fields may be added without raising it.
const FormatVersion = 1

// Record is the evidence of one drill. The records of an instance are a chain: each
// has the hash of the one before.
type Record struct {
	FormatVersion  int    `json:"formatVersion"`
	PgvaultVersion string `json:"pgvaultVersion"`
	VaultID        string `json:"vaultID"`
	Instance       string `json:"instance"`
	// Sequence is the number of the record in its chain, from 1.
	Sequence int `json:"sequence"`
	// Previous is the SHA-256 of the previous record, as stored; empty in the first
	// one.
	Previous string `json:"previous,omitempty"`

	Job     Job     `json:"job"`
	Point   Point   `json:"point"`
	Target  Target  `json:"target"`
	Phases  []Phase `json:"phases"`
	Verdict Verdict `json:"verdict"`
	// Failure is why the drill did not get to its end.
	Failure  *Failure `json:"failure,omitempty"`
	Compared Compared `json:"compared"`
	Checks   []Check  `json:"checks,omitempty"`
	AMCheck  AMCheck  `json:"amcheck"`
	// Ignored counts the errors of the restore that lose nothing, and IgnoredErrors
	// has the first of them.
	Ignored       int      `json:"ignored,omitempty"`
	IgnoredErrors []string `json:"ignoredErrors,omitempty"`
	// Dropped reports whether the restored database is gone. If not, Left names it.
	Dropped bool   `json:"dropped"`
	Left    string `json:"left,omitempty"`
	// RecordedAt is when the record was signed.
	RecordedAt time.Time `json:"recordedAt"`
}

// Job is the job that did the drill.
type Job struct {
	WorkflowID string `json:"workflowID"`
	RunID      string `json:"runID"`
	// Trigger is "schedule" or "on-demand".
	Trigger string `json:"trigger"`
	// Identity is the identity that the client starting the job claimed to have.
	Identity string `json:"identity,omitempty"`
	// Worker is the Microsoft Entra object ID of the worker that restored, and Host its
	// machine.
	Worker string `json:"worker,omitempty"`
	Host   string `json:"host,omitempty"`
}

// Point is the recovery point that was restored.
type Point struct {
	ID string `json:"id"`
	// Time is the point's time, and Age its age when the drill began.
	Time time.Time     `json:"time"`
	Age  time.Duration `json:"age"`
	// ManifestSHA256, DumpSHA256 and FingerprintsSHA256 are of the stored blobs.
	ManifestSHA256     string `json:"manifestSHA256"`
	DumpSHA256         string `json:"dumpSHA256"`
	DumpBytes          int64  `json:"dumpBytes"`
	FingerprintsSHA256 string `json:"fingerprintsSHA256,omitempty"`
	// KeyID is the key that signed the manifest; empty if none did.
	KeyID string `json:"keyID,omitempty"`
}

// Target is the server that the point was restored to.
type Target struct {
	// Server is the host and port.
	Server   string `json:"server"`
	Database string `json:"database"`
	User     string `json:"user,omitempty"`
	// SourceVersion, ServerVersion and ToolVersion are the versions of the dumped
	// server, of the target and of pg_restore.
	SourceVersion string `json:"sourceVersion"`
	ServerVersion string `json:"serverVersion"`
	ToolVersion   string `json:"toolVersion"`
	// Settings are those under which the rows were read, by name.
	Settings map[string]string `json:"settings,omitempty"`
}

// The phases of a drill.
const (
	PhaseRestore     = "restore"
	PhaseRows        = "compare rows"
	PhaseDefinitions = "compare definitions"
	PhaseChecks      = "checks"
	PhaseAMCheck     = "amcheck"
	PhaseDrop        = "drop"
)

// Phase is a phase of a drill with its begin and end. That of [PhaseRestore] is the
// measured time to restore.
type Phase struct {
	Name  string    `json:"name"`
	Begin time.Time `json:"begin"`
	End   time.Time `json:"end"`
}

// Failure is the error that ended a drill early.
type Failure struct {
	// Phase is the phase that failed, and Code its failure code.
	Phase   string `json:"phase"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// RestoreTime returns the measured time to restore, and false if the restore did
// not get to its end.
func (r *Record) RestoreTime() (time.Duration, bool) {
	for _, p := range r.Phases {
		if p.Name == PhaseRestore && !p.End.IsZero() {
			return p.End.Sub(p.Begin), true
		}
	}
	return 0, false
}
