package instance

import (
	"fmt"

	"github.com/pgvault/pgvault/internal/policy"
)

// Scrub defines how often stored points are read back.
type Scrub struct {
	Schedule policy.Schedule `json:"schedule"`
	// Every is the longest time between two readings of a point.
	Every policy.Duration `json:"every"`
	// BytesPerRun bounds the dumps that one run reads. A run reads at least one
	// point.
	BytesPerRun int64 `json:"bytesPerRun"`
}

// Limits of Scrub.BytesPerRun.
const (
	LeastScrubBytes = 1 << 20
	MostScrubBytes  = 1 << 50
)

// CheckScrubEvery returns an error if d is out of bounds for Scrub.Every.
func CheckScrubEvery(d policy.Duration) error {
	return d.CheckWithin(policy.Duration{Days: 1}, policy.Duration{Years: 10})
}

// Validate returns what is wrong with the settings.
func (s Scrub) Validate() error {
	if err := CheckScrubEvery(s.Every); err != nil {
		return fmt.Errorf("every: %w", err)
	}
	if s.BytesPerRun < LeastScrubBytes || s.BytesPerRun > MostScrubBytes {
		return fmt.Errorf("bytesPerRun: %d is not within %d and %d", s.BytesPerRun, int64(LeastScrubBytes), int64(MostScrubBytes))
	}
	return nil
}
