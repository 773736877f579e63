package instance

import (
	"errors"

	"github.com/pgvault/pgvault/internal/policy"
)

// Evidence defines how long records of drills are locked, where points are.
type Evidence struct {
	// Keep is the time from the storing of a record; the zero value means
	// [DefaultEvidence].
	Keep policy.Duration `json:"keep,omitzero"`
}

// DefaultEvidence is how long records are locked: longer than the five years for which
// financial entities in the European Union keep records.
var DefaultEvidence = policy.Duration{Years: 7}

// Locks returns Keep with its default.
func (e Evidence) Locks() policy.Duration {
	if e.Keep.IsZero() {
		return DefaultEvidence
	}
	return e.Keep
}

// CheckEvidence returns an error unless records are kept for a month to 30 years.
func CheckEvidence(keep policy.Duration) error {
	if days := keep.Years*365 + keep.Months*30 + keep.Days; days < 30 || days > 30*366 {
		return errors.New("records of drills are kept for 30d to 30y")
	}
	return nil
}
