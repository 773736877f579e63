package jobs

import "github.com/pgvault/pgvault/internal/failure"

// ValidateInput starts a Validate.
type ValidateInput struct {
	Instance string `json:"instance"`
	// Target asks for the rights that a restore to it needs, in place of the checks
	// of a backup; nil asks for those.
	Target *RestoreTarget `json:"target,omitempty"`
	// Point is the recovery point of that restore; "" means the latest.
	Point string `json:"point,omitempty"`
}

// Check implements [Input].
func (i ValidateInput) Check() error {
	if i.Target == nil {
		if i.Point != "" {
			return failure.New(failure.InvalidInput, "give target too, or leave out point", "the job's input: a backup has no recovery point to check")
		}
		return CheckInstance(i.Instance)
	}
	if i.Target.Server == nil {
		return failure.New(failure.InvalidInput, "give target.server with target.database", "the job's input: only a restore to a server needs rights there")
	}
	return RestoreInput{Instance: i.Instance, Point: i.Point, Target: *i.Target}.Check()
}

// ValidateResult has the findings of the checks of a backup, or the rights that a
// restore lacks.
type ValidateResult struct {
	// Findings is empty if a backup could start now.
	Findings []failure.Finding `json:"findings"`
	// Role is the database role of backups; empty if it is unknown.
	Role string `json:"role,omitempty"`
	// GrantsRead reports whether the role's grants could be read. If not, an empty
	// MissingSQL does not mean that the role has all grants.
	GrantsRead bool `json:"grantsRead,omitempty"`
	// MissingSQL grants Role exactly the missing privileges.
	MissingSQL []string `json:"missingSQL,omitempty"`
	// ReadAllDataSQL is the alternative to MissingSQL for the whole server.
	ReadAllDataSQL []string `json:"readAllDataSQL,omitempty"`
	// Notes are facts that do not prevent a backup.
	Notes []string `json:"notes,omitempty"`
	// Restore is what a restore's role lacks; nil for the checks of a backup.
	Restore *RestoreRights `json:"restore,omitempty"`
}

// RestoreRights is what the role of a restore lacks.
type RestoreRights struct {
	// Point is the recovery point.
	Point string `json:"point"`
	// Role is the role whose rights count.
	Role string `json:"role"`
	// Runner says where the statements are to be run, and by whom.
	Runner string `json:"runner,omitempty"`
	// Lacks is empty if the role lacks nothing.
	Lacks []RestoreLack `json:"lacks,omitempty"`
	// More counts the lacks that are left out, since there are too many.
	More int `json:"more,omitempty"`
}

// RestoreLack is one right that a role lacks.
type RestoreLack struct {
	// Text says what the role lacks, without its subject: "may not create databases".
	Text string `json:"text"`
	// SQL are the statements that give it, without semicolons; none if no statement
	// does.
	SQL []string `json:"sql,omitempty"`
	// Instead are the ways without the statements.
	Instead []string `json:"instead,omitempty"`
}

// Statements returns the distinct statements of all lacks, in order.
func (r RestoreRights) Statements() []string {
	return distinct(r.Lacks, func(l RestoreLack) []string { return l.SQL })
}

// Instead returns the distinct ways without the statements.
func (r RestoreRights) Instead() []string {
	return distinct(r.Lacks, func(l RestoreLack) []string { return l.Instead })
}

func distinct(lacks []RestoreLack, of func(RestoreLack) []string) (all []string) {
	seen := map[string]bool{}
	for _, l := range lacks {
		for _, text := range of(l) {
			if !seen[text] {
				seen[text] = true
				all = append(all, text)
			}
		}
	}
	return all
}
