package proof

import "time"

// The outcomes of a check.
const (
	CheckPassed = "passed"
	// CheckFailed means that the statement returned false or null.
	CheckFailed = "failed"
	// CheckError means that the statement returned no boolean.
	CheckError = "error"
)

// Check is the outcome of a check of the restored database.
type Check struct {
	Name string `json:"name"`
	// Outcome is [CheckPassed], [CheckFailed] or [CheckError].
	Outcome string `json:"outcome"`
	// SQLState is that of the error, if the server refused the statement. Its message
	// may contain data and is not kept.
	SQLState string `json:"sqlState,omitempty"`
	// Reason says why there is no boolean, in our words.
	Reason  string        `json:"reason,omitempty"`
	Elapsed time.Duration `json:"elapsed"`
}

// AMCheck is the outcome of amcheck, PostgreSQL's extension that looks for corrupt
// indexes and tables.
type AMCheck struct {
	// Indexes and Tables count what was checked, and Corrupt what is corrupt.
	Indexes int `json:"indexes"`
	Tables  int `json:"tables"`
	Corrupt int `json:"corrupt"`
	// Names names the first corrupt relations.
	Names []string `json:"names,omitempty"`
	// Skipped counts relations that could not be checked, and Reasons says why, with
	// the number of them for each reason.
	Skipped int      `json:"skipped,omitempty"`
	Reasons []string `json:"reasons,omitempty"`
	// Unavailable says why nothing was checked; empty if it was.
	Unavailable string `json:"unavailable,omitempty"`
}

// NotProven returns what amcheck did not prove, for [Compared.Omit].
func (a AMCheck) NotProven() []string {
	var texts []string
	if a.Unavailable != "" {
		texts = append(texts, "amcheck: "+a.Unavailable)
	}
	for _, reason := range a.Reasons {
		texts = append(texts, "amcheck: "+reason)
	}
	return texts
}
