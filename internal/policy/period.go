package policy

import (
	"time"
)

// Date is a calendar date.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// Begins returns the date on which the year, month or week of a local time
// begins. For any other period it returns the time's own date.
func Begins(p Period, weekStart Weekday, local time.Time) Date {
	year, month, day := local.Date()
	switch p {
	case Year:
		month, day = time.January, 1
	case CalendarMonth:
		day = 1
	case Week:
		since := (int(local.Weekday()) - int(weekStart) + 7) % 7
		year, month, day = time.Date(year, month, day-since, 0, 0, 0, 0, time.UTC).Date()
	}
	return Date{Year: year, Month: month, Day: day}
}

// period is one day, week, month or year of a rule.
type period struct {
	rule   string
	begins Date
}

func (r *Replay) period(rule Rule, local time.Time) period {
	return period{rule: rule.Name, begins: Begins(rule.FirstOf, r.policy.WeekStart, local)}
}
