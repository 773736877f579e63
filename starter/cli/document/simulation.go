package document

import (
	"time"

	"github.com/pgvault/pgvault/internal/policy/simulate"
)

// Simulation is the document of pgvault policy simulate.
type Simulation struct {
	Policy   string    `json:"policy"`
	TimeZone string    `json:"timeZone"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	// Taken and failed count the scheduled backups.
	Taken  int `json:"taken"`
	Failed int `json:"failed"`
	// Rules have the highest priority first.
	Rules []SimulatedRule `json:"rules"`
	Years []SimulatedYear `json:"years"`
	// Kept are the points at the end, oldest first.
	Kept []SimulatedPoint `json:"kept"`
	Outcome
}

// SimulatedRule is what a rule keeps.
type SimulatedRule struct {
	Rule string `json:"rule"`
	// Keeps is how long, in words.
	Keeps string `json:"keeps"`
	// Taken counts the points that the rule ever kept.
	Taken int `json:"taken"`
	// End counts the points at the end.
	End TierPoints `json:"end"`
	// Peak counts the most points at any time.
	Peak TierPoints `json:"peak"`
}

// TierPoints counts points by tier.
type TierPoints struct {
	Standard int `json:"standard"`
	Archive  int `json:"archive"`
}

// SimulatedYear is a year of a simulation.
type SimulatedYear struct {
	// End is the end of the year.
	End   time.Time `json:"end"`
	Taken int       `json:"taken"`
	// DumpBytes is the length of one dump at the end.
	DumpBytes int64      `json:"dumpBytes"`
	Points    TierPoints `json:"points"`
	// StandardBytes and archiveBytes are stored at the end.
	StandardBytes int64 `json:"standardBytes"`
	ArchiveBytes  int64 `json:"archiveBytes"`
	// Scrub is what scrubs read in the year; absent without scrubs.
	Scrub *SimulatedScrub `json:"scrub,omitempty"`
}

// SimulatedScrub is what scrubs read in a year.
type SimulatedScrub struct {
	Points    int   `json:"points"`
	ReadBytes int64 `json:"readBytes"`
	// Overdue counts the points that a scrub had no room for.
	Overdue int `json:"overdue"`
}

// SimulatedPoint is a point at the end of a simulation.
type SimulatedPoint struct {
	Time time.Time `json:"time"`
	Rule string    `json:"rule"`
	// ArchiveAt is when its dump moves to the archive tier; absent if it never does.
	ArchiveAt time.Time `json:"archiveAt,omitzero"`
	Expires   time.Time `json:"expires"`
	DumpBytes int64     `json:"dumpBytes"`
}

// SimulationOf returns the document of a simulation.
func SimulationOf(r simulate.Result) *Simulation {
	return &Simulation{
		Policy: r.Policy, TimeZone: r.TimeZone, From: r.From, To: r.To, Taken: r.Taken, Failed: r.Failed,
		Rules: each(r.Rules, func(r simulate.RuleResult) SimulatedRule {
			return SimulatedRule{r.Rule, r.Keeps, r.Taken, TierPoints(r.End), TierPoints(r.Peak)}
		}),
		Years: each(r.Years, func(y simulate.YearResult) SimulatedYear {
			return SimulatedYear{y.End, y.Taken, y.DumpBytes, TierPoints(y.Points), y.Bytes.Standard, y.Bytes.Archive, maybe(y.Scrub, func(s simulate.ScrubResult) SimulatedScrub {
				return SimulatedScrub{s.Points, s.Bytes, s.Overdue}
			})}
		}),
		Kept: each(r.Kept, func(p simulate.Point) SimulatedPoint {
			return SimulatedPoint{p.Time, p.Rule, p.Archived, p.Expires, p.Bytes}
		}),
	}
}
