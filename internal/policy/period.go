package policy

import (
	"time"

	"github.com/pgvault/pgvault/internal/config"
)

// period is one day, week, month or year of a rule's, by the date it begins.
type period struct {
	rule  string
	year  int
	month time.Month
	day   int
}

func (r *Replay) period(rule config.Rule, local time.Time) period {
	year, month, day := local.Date()
	switch rule.FirstOf {
	case config.Year:
		month, day = time.January, 1
	case config.CalendarMonth:
		day = 1
	case config.Week:
		since := (int(local.Weekday()) - int(r.policy.WeekStart) + 7) % 7
		year, month, day = time.Date(year, month, day-since, 0, 0, 0, 0, time.UTC).Date()
	}
	return period{rule: rule.Name, year: year, month: month, day: day}
}
