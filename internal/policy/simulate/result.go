package simulate

import "time"

// Result is what a simulation found.
type Result struct {
	Policy   string    `json:"policy"`
	TimeZone string    `json:"timeZone"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	// Taken and Failed count the scheduled backups.
	Taken  int `json:"taken"`
	Failed int `json:"failed"`
	// Rules are in the order in which they win.
	Rules []RuleResult `json:"rules"`
	Years []YearResult `json:"years"`
	// Kept are the points that are there at the end, the oldest first.
	Kept []Point `json:"kept"`

	// All are all points that were ever taken, and Failures the times of backups
	// that failed; for the picture.
	All      []Point     `json:"-"`
	Failures []time.Time `json:"-"`
	// Samples are what was kept at the end of each week, oldest first.
	Samples []Sample `json:"-"`
}

// RuleResult is what one rule kept.
type RuleResult struct {
	Rule string `json:"rule"`
	// Keeps is the rule's lifecycle in words.
	Keeps string `json:"keeps"`
	Taken int    `json:"taken"`
	// End are the points at the end, Peak the most there were at once.
	End  Tiers `json:"end"`
	Peak Tiers `json:"peak"`
}

// Tiers count points by the tier that their dumps are in.
type Tiers struct {
	Standard int `json:"standard"`
	Archive  int `json:"archive"`
}

// YearResult is what there was at the end of a year of the simulation.
type YearResult struct {
	// End is when the year was over.
	End   time.Time `json:"end"`
	Taken int       `json:"taken"`
	// DumpBytes is the size of one dump by then.
	DumpBytes int64  `json:"dumpBytes"`
	Points    Tiers  `json:"points"`
	Bytes     Stored `json:"bytes"`
}

// Stored is how much is stored in each tier, with what is soft-deleted.
type Stored struct {
	Standard int64 `json:"standard"`
	Archive  int64 `json:"archive"`
}

// Sample is what was kept at one time.
type Sample struct {
	At     time.Time
	Points Tiers
	Bytes  Stored
}

// Point is a recovery point of the simulation.
type Point struct {
	Time time.Time `json:"time"`
	Rule string    `json:"rule"`
	// Archived is when its dump is moved to archive; zero if never.
	Archived time.Time `json:"archived,omitzero"`
	Expires  time.Time `json:"expires"`
	Bytes    int64     `json:"bytes"`
	// Removed is when a sweep let it go; zero for one that is still there.
	Removed time.Time `json:"removed,omitzero"`
	// Purged is when its bytes were gone.
	Purged time.Time `json:"purged,omitzero"`
}

// InArchive reports whether its dump is in the archive tier at a time.
func (p Point) InArchive(at time.Time) bool { return !p.Archived.IsZero() && !at.Before(p.Archived) }

// Gone reports whether a sweep has removed it by a time.
func (p Point) Gone(at time.Time) bool { return !p.Removed.IsZero() && !at.Before(p.Removed) }
