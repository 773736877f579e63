package jobs

import "github.com/pgvault/pgvault/internal/failure"

// ValidateInput starts a Validate.
type ValidateInput struct {
	Instance string `json:"instance"`
}

// Check implements [Input].
func (i ValidateInput) Check() error { return CheckInstance(i.Instance) }

// ValidateResult has the findings of the checks of a backup.
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
}
