package grants

import (
	"fmt"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
)

// A finding is stored in a workflow's history, so it names at most this many
// objects and statements, and counts the rest.
const (
	namedInMessage = 10
	namedObjects   = 200
	namedSQL       = 50
)

// Findings returns what fails a dump now, one finding for each kind of object.
func (r Report) Findings() []failure.Finding {
	var findings []failure.Finding
	for _, kind := range []Kind{Database, Schema, Table, Sequence, LargeObject} {
		var names, sql []string
		for _, o := range r.Missing {
			if o.Kind == kind {
				names = append(names, o.String())
				sql = append(sql, r.grant(o)+";")
			}
		}
		if len(names) == 0 {
			continue
		}
		role := r.Role
		if kind == Database {
			role = r.login
		}
		findings = append(findings, failure.Finding{
			Check: "grants", Code: failure.MissingDBPermissions,
			Message: fmt.Sprintf("user %q lacks %s on %s in database %q", role, privilegeOn(kind), enumerate(kind, names), r.Database),
			Objects: firstOf(names, namedObjects),
			Action:  pasteable(sql),
		})
	}
	if f, ok := r.rowSecurityFinding(); ok {
		findings = append(findings, f)
	}
	return findings
}

func (r Report) rowSecurityFinding() (failure.Finding, bool) {
	if len(r.HiddenRows) == 0 {
		return failure.Finding{}, false
	}
	names := make([]string, len(r.HiddenRows))
	for i, h := range r.HiddenRows {
		names[i] = postgres.QuoteIdent(h.Schema) + "." + postgres.QuoteIdent(h.Table)
	}
	return failure.Finding{
		Check: "row security", Code: failure.RowLevelSecurity,
		Message: fmt.Sprintf("row-level security would hide rows from user %q in %s of database %q, and a backup must have all", r.Role, enumerate(Table, names), r.Database),
		Objects: firstOf(names, namedObjects),
		Action:  r.rowSecuritySQL()[0] + ";",
	}, true
}

func privilegeOn(k Kind) string {
	switch k {
	case Database:
		return "CONNECT"
	case Schema:
		return "USAGE"
	}
	return "SELECT"
}

func enumerate(kind Kind, names []string) string {
	listed := strings.Join(firstOf(names, namedInMessage), ", ")
	switch {
	case len(names) == 1:
		return fmt.Sprintf("%s %s", kind, listed)
	case len(names) > namedInMessage:
		return fmt.Sprintf("%d %ss: %s and %d more", len(names), kind, listed, len(names)-namedInMessage)
	}
	return fmt.Sprintf("%d %ss: %s", len(names), kind, listed)
}

func pasteable(sql []string) string {
	text := strings.Join(firstOf(sql, namedSQL), "\n")
	if len(sql) > namedSQL {
		text += fmt.Sprintf("\n-- and %d more: `pgvault grants` prints them all", len(sql)-namedSQL)
	}
	return text
}

func firstOf(list []string, n int) []string {
	if len(list) > n {
		return list[:n]
	}
	return list
}
