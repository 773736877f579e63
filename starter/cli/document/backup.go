package document

import (
	"time"

	"github.com/pgvault/pgvault/internal/jobs"
)

// Backup is the result of a backup.
type Backup struct {
	// DoneBy is the ID of the job that makes the backup, if another job of the same
	// time does. The other fields are then absent.
	DoneBy string `json:"doneBy,omitempty"`
	// Point is the ID of the recovery point.
	Point string `json:"point,omitempty"`
	// Dump is the name of the dump's blob.
	Dump string `json:"dump,omitempty"`
	// DumpBytes is the length of the dump.
	DumpBytes int64 `json:"dumpBytes,omitempty"`
	// SHA256 is the hash of the dump.
	SHA256 string `json:"sha256,omitempty"`
	// Rule is the retention rule of the point.
	Rule string `json:"rule,omitempty"`
	// ArchiveAt is when the dump moves to the archive tier; absent if it never does.
	ArchiveAt time.Time `json:"archiveAt,omitzero"`
	// Expires is until when the point is kept.
	Expires  time.Time `json:"expires,omitzero"`
	Warnings []string  `json:"warnings"`
}

// BackupOf returns the document of a result.
func BackupOf(r jobs.BackupResult) Backup {
	return Backup{
		DoneBy: r.DoneBy, Point: r.Point, Dump: r.Dump, DumpBytes: r.Bytes, SHA256: r.SHA256, Rule: r.Rule,
		ArchiveAt: r.ArchiveAt, Expires: r.Expires, Warnings: r.Warnings,
	}
}

// Deletion is the result of the deletion of a point.
type Deletion struct {
	// Point is the ID of the recovery point.
	Point string `json:"point"`
	// Until is when the point is removed for good; absent if it is gone.
	Until time.Time `json:"until,omitzero"`
}

// DeletionOf returns the document of a result.
func DeletionOf(r jobs.PointResult) Deletion { return Deletion{Point: r.Point, Until: r.Until} }

// Undeletion is the result of the return of a deleted point.
type Undeletion struct {
	// Point is the ID of the recovery point.
	Point string `json:"point"`
	// Expires is until when the point is kept.
	Expires time.Time `json:"expires"`
}

// UndeletionOf returns the document of a result.
func UndeletionOf(r jobs.PointResult) Undeletion { return Undeletion{Point: r.Point, Expires: r.Until} }
