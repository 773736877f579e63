package document

import (
	"time"

	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/proof/chain"
)

// ProofRecord is the document of pgvault proof show.
type ProofRecord struct {
	Proof
	// Anchored reports whether a manifest names this record or a later one.
	Anchored bool `json:"anchored"`
	// Problems say what speaks against the record.
	Problems []ChainProblem `json:"problems"`
	// Previous is the hash of the record before; absent in the first one.
	Previous string `json:"previous,omitempty"`
	// PgvaultVersion is the version that wrote the record.
	PgvaultVersion string        `json:"pgvaultVersion"`
	VaultID        string        `json:"vaultID"`
	Job            RecordJob     `json:"job"`
	Restored       RecordPoint   `json:"restored"`
	Target         RecordTarget  `json:"target"`
	Phases         []RecordPhase `json:"phases"`
	// Failure is why the drill did not come to its end; absent if it did.
	Failure  *RecordFailure `json:"failure,omitempty"`
	Compared Comparison     `json:"compared"`
	Checks   []Check        `json:"checks"`
	AMCheck  AMCheck        `json:"amcheck"`
	// Ignored counts the errors of the restore that lose nothing.
	Ignored int `json:"ignored"`
	// IgnoredErrors are the first of them.
	IgnoredErrors []string `json:"ignoredErrors"`
	// Dropped reports whether the restored database is gone.
	Dropped bool `json:"dropped"`
	// Left is the database that is not.
	Left string `json:"left,omitempty"`
	Outcome
}

// RecordJob is the job of a drill.
type RecordJob struct {
	ID      string  `json:"id"`
	RunID   string  `json:"runID"`
	Trigger Trigger `json:"trigger,omitempty"`
	// Identity is the unverified identity of the client that started the job.
	Identity string `json:"identity,omitempty"`
	// Worker is the Microsoft Entra object ID of the worker.
	Worker string `json:"worker,omitempty"`
	// Host is the worker's machine.
	Host string `json:"host,omitempty"`
}

// RecordPoint is the recovery point that a drill restored.
type RecordPoint struct {
	ID   string    `json:"id"`
	Time time.Time `json:"time"`
	// AgeSeconds is the age of the point when the drill began.
	AgeSeconds     float64 `json:"ageSeconds"`
	ManifestSHA256 string  `json:"manifestSHA256"`
	DumpSHA256     string  `json:"dumpSHA256"`
	DumpBytes      int64   `json:"dumpBytes"`
	// FingerprintsSHA256 is absent for a point without fingerprints.
	FingerprintsSHA256 string `json:"fingerprintsSHA256,omitempty"`
	// KeyID is the key that signed the manifest; absent if none did.
	KeyID string `json:"keyID,omitempty"`
}

// RecordTarget is the server that a drill restored to.
type RecordTarget struct {
	// Server is the host and port.
	Server   string `json:"server"`
	Database string `json:"database"`
	User     string `json:"user,omitempty"`
	// SourceVersion is the version of the dumped server.
	SourceVersion string `json:"sourceVersion"`
	ServerVersion string `json:"serverVersion"`
	// ToolVersion is the version of pg_restore.
	ToolVersion string `json:"toolVersion"`
	// Settings are those under which the rows were read, by name.
	Settings map[string]string `json:"settings"`
}

// RecordPhase is a phase of a drill.
type RecordPhase struct {
	// Name is the name of the phase: "restore", whose duration is the measured time to
	// restore, "compare rows", "compare definitions", "checks", "amcheck" or "drop".
	Name  string    `json:"name"`
	Begin time.Time `json:"begin"`
	// End is absent for a phase that did not come to its end.
	End time.Time `json:"end,omitzero"`
}

// RecordFailure is the error that ended a drill early.
type RecordFailure struct {
	// Phase is the phase that failed.
	Phase   string `json:"phase"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Comparison is the outcome of comparing a restored database with a dump.
type Comparison struct {
	Tables       int   `json:"tables"`
	Rows         int64 `json:"rows"`
	Sequences    int   `json:"sequences"`
	LargeObjects int   `json:"largeObjects"`
	Definitions  int   `json:"definitions"`
	// PerTable has the first 1000 tables, differing ones first.
	PerTable []TableRows `json:"perTable"`
	// Differences are the first 100.
	Differences []Difference `json:"differences"`
	// MoreDifferences counts those that are left out.
	MoreDifferences int `json:"moreDifferences"`
	Unproven
}

// TableRows is a table whose rows were compared.
type TableRows struct {
	// Name is the name with the schema.
	Name string `json:"name"`
	// ExpectedRows is the number of rows in the dump.
	ExpectedRows int64 `json:"expectedRows"`
	// FoundRows is the number of rows in the restored database.
	FoundRows int64 `json:"foundRows"`
	// Equal reports whether the rows have the same fingerprint.
	Equal bool `json:"equal"`
}

// Difference is an object that differs from what was dumped.
type Difference struct {
	// Kind is the kind of object in words, such as "table" or "large object".
	Kind   string `json:"kind"`
	Object string `json:"object"`
	// What says in words what differs.
	What string `json:"what"`
	// Expected and found are counts, fingerprints or names, never data.
	Expected string `json:"expected,omitempty"`
	Found    string `json:"found,omitempty"`
}

// Check is the outcome of a check of a restored database.
type Check struct {
	Name    string       `json:"name"`
	Outcome CheckOutcome `json:"outcome"`
	// SQLState is that of the error, if the server refused the statement.
	SQLState string `json:"sqlState,omitempty"`
	// Reason is why there is no boolean.
	Reason         string  `json:"reason,omitempty"`
	ElapsedSeconds float64 `json:"elapsedSeconds"`
}

// CheckOutcome is the outcome of a check.
type CheckOutcome string

// The outcomes.
const (
	CheckPassed CheckOutcome = "passed"
	// CheckFailed means that the statement returned false or null.
	CheckFailed CheckOutcome = "failed"
	// CheckError means that the statement returned no boolean.
	CheckError CheckOutcome = "error"
)

// AMCheck is the outcome of amcheck.
type AMCheck struct {
	Indexes int `json:"indexes"`
	Tables  int `json:"tables"`
	Corrupt int `json:"corrupt"`
	// Names are the first corrupt relations.
	Names []string `json:"names"`
	// Skipped counts the relations that were not checked.
	Skipped int `json:"skipped"`
	// Reasons say why.
	Reasons []string `json:"reasons"`
	// Unavailable is why nothing was checked; absent if something was.
	Unavailable string `json:"unavailable,omitempty"`
}

// ProofRecordOf returns the document of a record and of what was found about it.
func ProofRecordOf(r chain.Record, found chain.Result) *ProofRecord {
	var problems []ChainProblem
	for _, p := range found.Problems {
		if p.Sequence == r.Sequence {
			problems = append(problems, chainProblemOf(p))
		}
	}
	return &ProofRecord{
		Proof: ProofOf(r), Anchored: r.Sequence <= found.Anchored, Problems: problems, Previous: r.Previous,
		PgvaultVersion: r.PgvaultVersion, VaultID: r.VaultID,
		Job: RecordJob{r.Job.WorkflowID, r.Job.RunID, TriggerOf(r.Job.Trigger), r.Job.Identity, r.Job.Worker, r.Job.Host},
		Restored: RecordPoint{
			ID: r.Point.ID, Time: r.Point.Time, AgeSeconds: r.Point.Age.Seconds(), ManifestSHA256: r.Point.ManifestSHA256,
			DumpSHA256: r.Point.DumpSHA256, DumpBytes: r.Point.DumpBytes, FingerprintsSHA256: r.Point.FingerprintsSHA256, KeyID: r.Point.KeyID,
		},
		Target: RecordTarget(r.Target), Phases: each(r.Phases, func(p proof.Phase) RecordPhase { return RecordPhase(p) }),
		Failure:  maybe(r.Failure, func(f proof.Failure) RecordFailure { return RecordFailure(f) }),
		Compared: comparisonOf(r.Compared), Checks: each(r.Checks, checkOf), AMCheck: AMCheck(r.AMCheck),
		Ignored: r.Ignored, IgnoredErrors: r.IgnoredErrors, Dropped: r.Dropped, Left: r.Left,
	}
}

func comparisonOf(c proof.Compared) Comparison {
	return Comparison{
		Tables: c.Tables, Rows: c.Rows, Sequences: c.Sequences, LargeObjects: c.LargeObjects, Definitions: c.Definitions,
		PerTable: each(c.PerTable, func(t proof.Table) TableRows {
			return TableRows{t.Name, t.Expected.Count, t.Found.Count, t.Expected == t.Found}
		}),
		Differences:     each(c.Differences, func(d proof.Difference) Difference { return Difference(d) }),
		MoreDifferences: c.MoreDifferences, Unproven: Unproven{c.NotProven, c.MoreNotProven},
	}
}

func checkOf(c proof.Check) Check {
	return Check{c.Name, CheckOutcome(c.Outcome), c.SQLState, c.Reason, c.Elapsed.Seconds()}
}
