package simulate

import "time"

// Result is the result of a simulation.
type Result struct {
	Policy   string    `json:"policy"`
	TimeZone string    `json:"timeZone"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	// Taken and Failed count the scheduled backups.
	Taken  int `json:"taken"`
	Failed int `json:"failed"`
	// Rules are ordered by priority, highest first.
	Rules []RuleResult `json:"rules"`
	Years []YearResult `json:"years"`
	// Kept are the points at the end, oldest first.
	Kept []Point `json:"kept"`

	// All are all points ever taken, and Failures the times of failed backups;
	// for the picture.
	All      []Point     `json:"-"`
	Failures []time.Time `json:"-"`
	// Samples are taken at the end of each week, oldest first.
	Samples []Sample `json:"-"`
}

// RuleResult counts the points of one rule.
type RuleResult struct {
	Rule string `json:"rule"`
	// Keeps is the rule's lifecycle in words.
	Keeps string `json:"keeps"`
	Taken int    `json:"taken"`
	// End counts the points at the end, and Peak the most at any time.
	End  Tiers `json:"end"`
	Peak Tiers `json:"peak"`
}

// Tiers counts points by the tier of their dumps.
type Tiers struct {
	Standard int `json:"standard"`
	Archive  int `json:"archive"`
}

// YearResult is the state at the end of a year of the simulation.
type YearResult struct {
	// End is the end of the year.
	End   time.Time `json:"end"`
	Taken int       `json:"taken"`
	// DumpBytes is the size of one dump at that time.
	DumpBytes int64  `json:"dumpBytes"`
	Points    Tiers  `json:"points"`
	Bytes     Stored `json:"bytes"`
	// Scrub is what scrubs have read in the year; nil without scrubs.
	Scrub *ScrubResult `json:"scrub,omitempty"`
}

// ScrubResult is what scrubs have read in a year.
type ScrubResult struct {
	Points int   `json:"points"`
	Bytes  int64 `json:"bytes"`
	// Overdue is the number of points at the end that were due before the last
	// scrub, which had no room for them.
	Overdue int `json:"overdue"`
}

// Stored is the number of bytes in each tier, including soft-deleted points.
type Stored struct {
	Standard int64 `json:"standard"`
	Archive  int64 `json:"archive"`
}

// Sample is the state at one time.
type Sample struct {
	At     time.Time
	Points Tiers
	Bytes  Stored
}

// Point is a recovery point of the simulation.
type Point struct {
	Time time.Time `json:"time"`
	Rule string    `json:"rule"`
	// Archived is the time at which its dump moves to the archive tier; zero if
	// never.
	Archived time.Time `json:"archived,omitzero"`
	Expires  time.Time `json:"expires"`
	Bytes    int64     `json:"bytes"`
	// Removed is the time at which a sweep removed it; zero for a point that is
	// kept.
	Removed time.Time `json:"removed,omitzero"`
	// Purged is the time at which its bytes were deleted.
	Purged time.Time `json:"purged,omitzero"`
}

// InArchive reports whether its dump is in the archive tier at the given time.
func (p Point) InArchive(at time.Time) bool { return !p.Archived.IsZero() && !at.Before(p.Archived) }

// Gone reports whether a sweep has removed it at the given time.
func (p Point) Gone(at time.Time) bool { return !p.Removed.IsZero() && !at.Before(p.Removed) }
