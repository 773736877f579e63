package document

import (
	"time"

	"github.com/pgvault/pgvault/internal/jobs"
)

// Restore is the result of a restore.
type Restore struct {
	// Point is the ID of the recovery point.
	Point string `json:"point"`
	// Database is the restored database; absent after a restore as files.
	Database string `json:"database,omitempty"`
	// Server is the host of the restored database.
	Server string `json:"server,omitempty"`
	// RowsOnly reports whether the database existed and got rows only.
	RowsOnly bool `json:"rowsOnly"`
	// Tables are the tables that were restored into a database that existed, as SQL.
	Tables []string `json:"tables"`
	// Verified is what was compared with the dump; absent without --verify.
	Verified *Verified `json:"verified,omitempty"`
	// Container is the URL of the container with the files; absent after a restore as
	// database.
	Container string   `json:"container,omitempty"`
	Files     []string `json:"files"`
	// CopyUntil is until when the rehydrated copy of the dump is kept; absent if none
	// was made.
	CopyUntil time.Time `json:"copyUntil,omitzero"`
	// Ignored are the errors that lose nothing.
	Ignored []string `json:"ignored"`
	Notes   []string `json:"notes"`
}

// Verdict is what a comparison with a dump says.
type Verdict string

// The verdicts.
const (
	Proven Verdict = "proven"
	// Partly means that nothing differs, and that something was left out or could not
	// be compared.
	Partly Verdict = "partly"
	// NotProven means that the drill failed or that something differs.
	NotProven Verdict = "failed"
)

// Verified counts what was compared with a dump and found equal.
type Verified struct {
	Verdict      Verdict `json:"verdict"`
	Tables       int     `json:"tables"`
	Rows         int64   `json:"rows"`
	Sequences    int     `json:"sequences"`
	LargeObjects int     `json:"largeObjects"`
	Unproven
}

// Unproven is what was left out of a comparison.
type Unproven struct {
	// NotProven says what could not be compared, and why.
	NotProven []string `json:"notProven"`
	// MoreNotProven counts those that notProven leaves out.
	MoreNotProven int `json:"moreNotProven"`
}

// RestoreOf returns the document of a result.
func RestoreOf(r jobs.RestoreResult) Restore {
	return Restore{
		Point: r.Point, Database: r.Database, Server: r.Server, RowsOnly: r.RowsOnly, Tables: r.Tables, Verified: maybe(r.Verified, verifiedOf),
		Container: r.Container, Files: r.Files, CopyUntil: r.CopyUntil, Ignored: r.Ignored, Notes: r.Notes,
	}
}

func verifiedOf(v jobs.Verified) Verified {
	return Verified{
		Verdict: Verdict(v.Verdict), Tables: v.Tables, Rows: v.Rows, Sequences: v.Sequences, LargeObjects: v.LargeObjects,
		Unproven: Unproven{v.NotProven, v.MoreNotProven},
	}
}

// Rerun is the document of a job that was continued.
type Rerun struct {
	Job Job `json:"job"`
	// Step is the first step that is repeated.
	Step string `json:"step"`
	// Kept are the steps whose results are kept.
	Kept []string `json:"kept"`
	// Backup is the result of a backup; absent without --wait.
	Backup *Backup `json:"backup,omitempty"`
	// Restore is the result of a restore; absent without --wait.
	Restore *Restore `json:"restore,omitempty"`
	Outcome
}

// Drill is the result of a drill.
type Drill struct {
	// Point is the ID of the recovery point.
	Point   string  `json:"point"`
	Verdict Verdict `json:"verdict"`
	// Server is the scratch server's host and port.
	Server string `json:"server"`
	// Record is the name of the blob with the record.
	Record string `json:"record,omitempty"`
	// RestoreSeconds is the measured time to restore.
	RestoreSeconds float64 `json:"restoreSeconds"`
	Unproven
}

// DrillOf returns the document of a result.
func DrillOf(r jobs.DrillResult) Drill {
	return Drill{
		Point: r.Point, Verdict: Verdict(r.Verdict), Server: r.Server, Record: r.Record, RestoreSeconds: r.RestoreTime.Seconds(),
		Unproven: Unproven{r.NotProven, r.MoreNotProven},
	}
}
