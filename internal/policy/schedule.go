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
	// Jitter delays each start by a random time up to this.
	Jitter ClockDuration `json:"jitter"`
	// CatchUpWindow is how late a job may still start after an outage.
	CatchUpWindow ClockDuration `json:"catchUpWindow"`
}

// DefaultCatchUp is how late a job may still start, unless told otherwise.
const DefaultCatchUp = ClockDuration(6 * time.Hour)

// WithDefaults returns the schedule with every day, UTC and [DefaultCatchUp] where
// it says nothing.
func (s Schedule) WithDefaults() Schedule {
	if len(s.Days) == 0 {
		s.Days = AllDays()
	}
	s.TimeZone = cmp.Or(s.TimeZone, "UTC")
	s.CatchUpWindow = cmp.Or(s.CatchUpWindow, DefaultCatchUp)
	return s
}

// Normal returns the schedule with times and days sorted and without duplicates,
// so that the same schedule in another order is the same value.
func (s Schedule) Normal() Schedule {
	slices.SortFunc(s.Times, func(a, b TimeOfDay) int {
		return cmp.Or(cmp.Compare(a.Hour, b.Hour), cmp.Compare(a.Minute, b.Minute))
	})
	s.Times = slices.Compact(s.Times)
	given := s.Days
	s.Days = slices.DeleteFunc(AllDays(), func(d Weekday) bool { return !slices.Contains(given, d) })
	return s
}

// Meets returns a time at which both schedules start. Schedules in different time
// zones never meet here.
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
