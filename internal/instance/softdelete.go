package instance

import (
	"cmp"
	"time"
)

// Limits of the soft-delete term in days, Azure Backup's own.
const (
	LeastSoftDelete = 14
	MostSoftDelete  = 180
)

// SoftDelete says how long what is deleted can be brought back. Its zero value
// is the default: 14 days.
type SoftDelete struct {
	Off  bool `json:"off,omitempty"`
	Days int  `json:"days,omitempty"`
	// AlwaysOn can be set and never be taken back.
	AlwaysOn bool `json:"alwaysOn,omitempty"`
}

// Term is how long what is deleted now can be brought back; 0 if not at all.
func (s SoftDelete) Term() time.Duration {
	if s.Off {
		return 0
	}
	return time.Duration(cmp.Or(s.Days, LeastSoftDelete)) * 24 * time.Hour
}

// Weakens reports whether by withdraws what s promises permanently.
func (s SoftDelete) Weakens(by SoftDelete) bool { return s.AlwaysOn && (by.Off || !by.AlwaysOn) }
