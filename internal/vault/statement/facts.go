package statement

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// Step says which step of which backup makes a statement.
type Step struct {
	Place
	// Run is the run ID of the workflow that does the work.
	Run string `json:"runID"`
	// Attempt is the attempt of the step.
	Attempt  int32     `json:"attempt"`
	SignedAt time.Time `json:"signedAt"`
}

// Validation is the statement of the checks before a backup.
type Validation struct {
	Step
	// Notes are the findings that did not prevent the backup.
	Notes []string `json:"notes,omitempty"`
}

// Dump is the statement of a dump. It is stored before the blob is committed, so
// it names no ETag.
type Dump struct {
	Step
	ScheduledTime time.Time         `json:"scheduledTime"`
	StartedAt     time.Time         `json:"startedAt"`
	Job           manifest.Job      `json:"job"`
	Server        manifest.Server   `json:"server"`
	SignIn        manifest.SignIn   `json:"signIn"`
	Database      manifest.Database `json:"database"`
	Tool          manifest.Tool     `json:"tool"`
	Dump          manifest.Dump     `json:"dump"`
	// Fingerprints are those of the dumped rows.
	Fingerprints manifest.Fingerprints `json:"fingerprints,omitzero"`
	Warnings     []string              `json:"warnings,omitempty"`
}

// Roles is the statement of a stored roles file.
type Roles struct {
	Step
	Roles    manifest.Roles `json:"roles"`
	Warnings []string       `json:"warnings,omitempty"`
}

// Verification is the statement of a dump that was read back whole.
type Verification struct {
	Step
	// DumpStatement is the SHA-256 of the statement of the dump, as stored.
	DumpStatement string `json:"dumpStatement"`
	// Bytes is the number of bytes read back, SHA256 their hash, and ETag the
	// one of the blob that they were read from.
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	ETag   string `json:"etag"`
	// ArchiveVersion and Compression are those of the archive's header.
	ArchiveVersion string       `json:"archiveVersion"`
	Compression    string       `json:"compression"`
	TOC            manifest.TOC `json:"toc"`
}

// Retention is the statement of a change of a point's retention.
type Retention struct {
	Place
	Expires time.Time `json:"expires"`
	// ArchiveAt is when the dump moves to the archive tier; absent if it never
	// does.
	ArchiveAt time.Time `json:"archiveAt,omitzero"`
	Policy    string    `json:"policy"`
	Rule      string    `json:"rule"`
	Job       string    `json:"job"`
	SignedAt  time.Time `json:"signedAt"`
}

// OfStep is a statement of a step.
type OfStep interface{ step() Step }

func (s Step) step() Step { return s }

// Read decodes the payload of a step's statement. It returns an [ErrInvalid] if
// the statement is of another place. A point belongs to one run, so that its
// place names the run.
func Read[T OfStep](e Envelope, place Place) (T, error) {
	var t T
	if err := json.Unmarshal(e.Payload, &t); err != nil {
		return t, fmt.Errorf("%w: its payload cannot be read: %w", ErrInvalid, err)
	}
	return t, t.step().Check(place)
}
