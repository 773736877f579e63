package instance

import (
	"cmp"
	"time"
)

// Limits of the soft-delete term in days, as in Azure Backup.
const (
	LeastSoftDelete = 14
	MostSoftDelete  = 180
)

// SoftDelete defines how long deleted points can be undeleted. Its zero value
// is the default: 14 days.
type SoftDelete struct {
	Off  bool `json:"off,omitempty"`
	Days int  `json:"days,omitempty"`
	// AlwaysOn makes soft delete permanent: it cannot be unset.
	AlwaysOn bool `json:"alwaysOn,omitempty"`
}

// Term returns how long a point deleted now can be undeleted; 0 means that it
// cannot.
func (s SoftDelete) Term() time.Duration {
	if s.Off {
		return 0
	}
	return time.Duration(cmp.Or(s.Days, LeastSoftDelete)) * 24 * time.Hour
}

// Weakens reports whether the change from s to by withdraws a permanent
// promise.
func (s SoftDelete) Weakens(by SoftDelete) bool { return s.AlwaysOn && (by.Off || !by.AlwaysOn) }
