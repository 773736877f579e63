package document

import (
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
)

// Grants is the document of pgvault grants.
type Grants struct {
	Instance string `json:"instance"`
	// Role is the role that lacks the grants.
	Role string `json:"role"`
	// Statements are the SQL statements, without a semicolon at their end.
	Statements []string `json:"statements"`
	// Applied reports whether they were run.
	Applied bool `json:"applied"`
	// Complete is false if the role lacks more that is unknown or left out, as if it may
	// not connect yet.
	Complete bool `json:"complete"`
	// Findings are those that no grant fixes.
	Findings []Finding `json:"findings"`
	// Restore is what the role of a restore lacks; absent without --restore.
	Restore *RestoreRights `json:"restore,omitempty"`
	Outcome
}

// RestoreRights is what the role of a restore lacks.
type RestoreRights struct {
	// Point is the ID of the recovery point.
	Point string `json:"point"`
	// Runner says where the statements are to be run, and by whom.
	Runner string        `json:"runner,omitempty"`
	Lacks  []RestoreLack `json:"lacks"`
	// More counts the rights that are left out.
	More int `json:"more"`
}

// RestoreLack is a right that the role of a restore lacks.
type RestoreLack struct {
	// Text says what the role lacks, without its subject.
	Text string `json:"text"`
	// Statements give the right. There are none if no statement does.
	Statements []string `json:"statements"`
	// Instead are the ways without the statements.
	Instead []string `json:"instead"`
}

// GrantsOf returns the document of the grants that a role lacks, with the findings that
// no grant fixes.
func GrantsOf(instance string, found jobs.ValidateResult, statements []string) *Grants {
	g := &Grants{Instance: instance, Role: found.Role, Statements: statements, Complete: found.GrantsRead}
	for _, f := range found.Findings {
		if f.Code != failure.MissingDBPermissions {
			g.Findings = append(g.Findings, findingOf(f))
		}
	}
	return g
}

// RestoreGrantsOf returns the document of what the role of a restore lacks.
func RestoreGrantsOf(instance string, r jobs.RestoreRights) *Grants {
	return &Grants{
		Instance: instance, Role: r.Role, Statements: r.Statements(), Complete: r.More == 0,
		Restore: &RestoreRights{r.Point, r.Runner, each(r.Lacks, func(l jobs.RestoreLack) RestoreLack { return RestoreLack{l.Text, l.SQL, l.Instead} }), r.More},
	}
}
