package document

import (
	"time"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/scrub"
)

// Readings counts recovery points whose stored bytes were read back.
type Readings struct {
	// Good counts the undamaged points.
	Good int `json:"good"`
	// ReadBytes is the length of the dumps that were read.
	ReadBytes int64 `json:"readBytes"`
	// Archived counts the points whose dumps are in the archive tier and were not read.
	Archived int `json:"archived"`
	// ArchivedPoints are the first of them.
	ArchivedPoints []string `json:"archivedPoints"`
	// Unsigned counts the good points that are not signed.
	Unsigned int `json:"unsigned"`
	// Notes has the reason for the first of them.
	Notes []string `json:"notes"`
	// Gone counts the points that were deleted meanwhile.
	Gone int `json:"gone"`
}

// ReadingsOf returns the document of a result. Damage fails the job, which names it.
func ReadingsOf(r jobs.VerifyResult) Readings { return readingsOf(r.Readings) }

func readingsOf(r jobs.Readings) Readings {
	return Readings{
		Good: r.Good, ReadBytes: r.Bytes, Archived: r.Archived, ArchivedPoints: r.ArchivedPoints, Unsigned: r.Unsigned,
		Notes: r.Notes, Gone: r.Gone,
	}
}

// Scrub is the result of a scrub.
type Scrub struct {
	Readings
	// Coverage is how much of the vault was read in time.
	Coverage Coverage `json:"coverage"`
}

// ScrubOf returns the document of a result.
func ScrubOf(r jobs.ScrubResult) Scrub { return Scrub{readingsOf(r.Readings), coverageOf(r.Coverage)} }

// Coverage is how much of a vault, or of an instance, was read back in time. It leaves
// the archive tier out.
type Coverage struct {
	Points     int   `json:"points"`
	TotalBytes int64 `json:"totalBytes"`
	// ReadPoints counts the points that are not due.
	ReadPoints int `json:"readPoints"`
	// ReadBytes is their length.
	ReadBytes int64 `json:"readBytes"`
	// Never counts the points that were never read.
	Never int `json:"never"`
	// Oldest is the time of the oldest last reading; absent if there is none.
	Oldest time.Time `json:"oldest,omitzero"`
}

func coverageOf(c scrub.Coverage) Coverage {
	return Coverage{Points: c.Points, TotalBytes: c.Bytes, ReadPoints: c.ReadPoints, ReadBytes: c.ReadBytes, Never: c.Never, Oldest: c.Oldest}
}
