package policy

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Schedule is a set of times on days of the week.
type Schedule struct {
	Times    []TimeOfDay `json:"times"`
	Days     []Weekday   `json:"days"`
	TimeZone string      `json:"timeZone"`
	// Jitter is the maximum random delay of a start.
	Jitter ClockDuration `json:"jitter"`
	// CatchUpWindow is how late a job may start after an outage.
	CatchUpWindow ClockDuration `json:"catchUpWindow"`
}

// DefaultCatchUp is the default of CatchUpWindow.
const DefaultCatchUp = ClockDuration(6 * time.Hour)

// WithDefaults returns the schedule with defaults for empty fields: every day,
// UTC and [DefaultCatchUp].
func (s Schedule) WithDefaults() Schedule {
	if len(s.Days) == 0 {
		s.Days = AllDays()
	}
	s.TimeZone = cmp.Or(s.TimeZone, "UTC")
	s.CatchUpWindow = cmp.Or(s.CatchUpWindow, DefaultCatchUp)
	return s
}

// Normal returns the schedule with sorted times and days without duplicates, so
// that equal schedules are equal values.
func (s Schedule) Normal() Schedule {
	slices.SortFunc(s.Times, func(a, b TimeOfDay) int {
		return cmp.Or(cmp.Compare(a.Hour, b.Hour), cmp.Compare(a.Minute, b.Minute))
	})
	s.Times = slices.Compact(s.Times)
	given := s.Days
	s.Days = slices.DeleteFunc(AllDays(), func(d Weekday) bool { return !slices.Contains(given, d) })
	return s
}

// Meets returns a time of day at which both schedules start. It returns false
// for schedules in different time zones.
func (s Schedule) Meets(other Schedule) (string, bool) {
	if s.TimeZone != other.TimeZone {
		return "", false
	}
	for _, t := range s.Times {
		for _, day := range s.Days {
			if slices.Contains(other.Times, t) && slices.Contains(other.Days, day) {
				return fmt.Sprintf("%s on %s", t, day), true
			}
		}
	}
	return "", false
}
