package simulate

import "time"

// Result is the result of a simulation.
type Result struct {
	Policy   string
	TimeZone string
	From     time.Time
	To       time.Time
	// Taken and Failed count the scheduled backups.
	Taken  int
	Failed int
	// Rules are ordered by priority, highest first.
	Rules []RuleResult
	Years []YearResult
	// Kept are the points at the end, oldest first.
	Kept []Point

	// All are all points ever taken, and Failures the times of failed backups;
	// for the picture.
	All      []Point
	Failures []time.Time
	// Samples are taken at the end of each week, oldest first.
	Samples []Sample
}

// RuleResult counts the points of one rule.
type RuleResult struct {
	Rule string
	// Keeps is the rule's lifecycle in words.
	Keeps string
	Taken int
	// End counts the points at the end, and Peak the most at any time.
	End  Tiers
	Peak Tiers
}

// Tiers counts points by the tier of their dumps.
type Tiers struct {
	Standard int
	Archive  int
}

// YearResult is the state at the end of a year of the simulation.
type YearResult struct {
	// End is the end of the year.
	End   time.Time
	Taken int
	// DumpBytes is the size of one dump at that time.
	DumpBytes int64
	Points    Tiers
	Bytes     Stored
	// Scrub is what scrubs have read in the year; nil without scrubs.
	Scrub *ScrubResult
}

// ScrubResult is what scrubs have read in a year.
type ScrubResult struct {
	Points int
	Bytes  int64
	// Overdue is the number of points at the end that were due before the last
	// scrub, which had no room for them.
	Overdue int
}

// Stored is the number of bytes in each tier, including soft-deleted points.
type Stored struct {
	Standard int64
	Archive  int64
}

// Sample is the state at one time.
type Sample struct {
	At     time.Time
	Points Tiers
	Bytes  Stored
}

// Point is a recovery point of the simulation.
type Point struct {
	Time time.Time
	Rule string
	// Archived is the time at which its dump moves to the archive tier; zero if
	// never.
	Archived time.Time
	Expires  time.Time
	Bytes    int64
	// Removed is the time at which a sweep removed it; zero for a point that is
	// kept.
	Removed time.Time
	// Purged is the time at which its bytes were deleted.
	Purged time.Time
}

// InArchive reports whether its dump is in the archive tier at the given time.
func (p Point) InArchive(at time.Time) bool { return !p.Archived.IsZero() && !at.Before(p.Archived) }

// Gone reports whether a sweep has removed it at the given time.
func (p Point) Gone(at time.Time) bool { return !p.Removed.IsZero() && !at.Before(p.Removed) }
