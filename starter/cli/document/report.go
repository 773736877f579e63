package document

import (
	"time"

	"github.com/pgvault/pgvault/internal/proof/report"
)

// Report is the document of pgvault proof report.
type Report struct {
	// PgvaultVersion is the version of this program.
	PgvaultVersion string `json:"pgvaultVersion"`
	// Vault is the URL of the container.
	Vault   string `json:"vault"`
	VaultID string `json:"vaultID,omitempty"`
	// Since and at are the beginning and the end of the report.
	Since     time.Time        `json:"since"`
	At        time.Time        `json:"at"`
	Instances []ReportInstance `json:"instances"`
	// Scrub is how much of the vault was read back in time; absent if nothing reads it.
	Scrub *ReportScrub `json:"scrub,omitempty"`
	// Verified reports whether the signatures of the records were checked.
	Verified bool `json:"verified"`
	// Controls say which line of the report supports which control.
	Controls []Control `json:"controls"`
	Outcome
}

// ReportScrub is how much of a vault was read back in time.
type ReportScrub struct {
	// Every is the time within which each point is due, such as "90d" or "6m".
	Every string `json:"every"`
	Coverage
}

// Control says which line of a report supports controls.
type Control struct {
	Line     ReportLine `json:"line"`
	Supports []string   `json:"supports"`
}

// ReportLine is a line of a report.
type ReportLine string

// The lines.
const (
	LineDrills ReportLine = "drills"
	LineTimes  ReportLine = "times"
	LineGaps   ReportLine = "gaps"
	LineScrub  ReportLine = "scrub"
	LineChain  ReportLine = "chain"
)

// ReportInstance sums up the drills of an instance.
type ReportInstance struct {
	Name string `json:"name"`
	// KeepFor is how long a proof counts, such as "90d"; absent without drills.
	KeepFor string `json:"keepFor,omitempty"`
	Proven  int    `json:"proven"`
	Partly  int    `json:"partly"`
	Failed  int    `json:"failed"`
	// LastProof is the newest record in which nothing speaks against the point.
	LastProof time.Time `json:"lastProof,omitzero"`
	// Newest is the verdict of the newest record; absent without records.
	Newest                Verdict       `json:"newest,omitempty"`
	MedianRestoreSeconds  float64       `json:"medianRestoreSeconds,omitempty"`
	LongestRestoreSeconds float64       `json:"longestRestoreSeconds,omitempty"`
	Gaps                  []Gap         `json:"gaps"`
	Drills                []ReportDrill `json:"drills"`
	Chain                 Chain         `json:"chain"`
}

// Gap is a span without a proof that counted.
type Gap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// ReportDrill is a drill of a report.
type ReportDrill struct {
	// Sequence is the number of the record.
	Sequence   int       `json:"sequence"`
	RecordedAt time.Time `json:"recordedAt"`
	Verdict    Verdict   `json:"verdict"`
	// Point is the ID of the recovery point.
	Point string `json:"point"`
	// RestoreSeconds is absent if the restore did not come to its end.
	RestoreSeconds float64 `json:"restoreSeconds,omitempty"`
	Tables         int     `json:"tables"`
	Rows           int64   `json:"rows"`
	// Differences counts the differences.
	Differences int `json:"differences"`
	// NotProven counts what was not compared.
	NotProven int `json:"notProven"`
	// Reason says why the verdict is not "proven".
	Reason string `json:"reason,omitempty"`
	// SHA256 is the hash of the record.
	SHA256 string `json:"sha256"`
	KeyID  string `json:"keyID,omitempty"`
}

// ReportOf returns the document of a report.
func ReportOf(r report.Report) *Report {
	return &Report{
		PgvaultVersion: r.PgvaultVersion, Vault: r.Vault, VaultID: r.VaultID, Since: r.Since, At: r.At,
		Instances: each(r.Instances, reportInstanceOf), Verified: r.Verified,
		Scrub:    maybe(r.Scrub, func(s report.Scrub) ReportScrub { return ReportScrub{s.Every.String(), coverageOf(s.Coverage)} }),
		Controls: each(r.Controls, func(c report.Control) Control { return Control{ReportLine(c.Line), c.Supports} }),
	}
}

func reportInstanceOf(i report.Instance) ReportInstance {
	keep := ""
	if !i.KeepFor.IsZero() {
		keep = i.KeepFor.String()
	}
	return ReportInstance{
		Name: i.Name, KeepFor: keep, Proven: i.Proven, Partly: i.Partly, Failed: i.Failed, LastProof: i.LastProof, Newest: Verdict(i.Newest),
		MedianRestoreSeconds: i.MedianSeconds, LongestRestoreSeconds: i.LongestSeconds,
		Gaps:   each(i.Gaps, func(g report.Gap) Gap { return Gap(g) }),
		Drills: each(i.Drills, reportDrillOf), Chain: ChainOf(i.Chain),
	}
}

func reportDrillOf(d report.Drill) ReportDrill {
	return ReportDrill{
		d.Sequence, d.RecordedAt, Verdict(d.Verdict), d.Point, d.RestoreSeconds, d.Tables, d.Rows, d.Differences, d.NotProven, d.Reason, d.SHA256, d.KeyID,
	}
}
