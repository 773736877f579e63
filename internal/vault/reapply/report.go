package reapply

import "time"

// Report lists the changes of a reapplied policy. It is stored as a blob of the
// vault.
type Report struct {
	At       time.Time `json:"at"`
	Instance string    `json:"instance"`
	Policy   string    `json:"policy"`
	DryRun   bool      `json:"dryRun,omitempty"`
	Changes  []Change  `json:"changes"`
}

// Count returns the number of points that are kept longer and shorter than
// before.
func (r Report) Count() (longer, shorter int) {
	for _, change := range r.Changes {
		switch {
		case change.Longer():
			longer++
		case change.To.Expires.Before(change.From.Expires):
			shorter++
		}
	}
	return longer, shorter
}
