package schedule

import (
	"fmt"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/policy"
)

// Starts returns the times in [from, to) at which Temporal starts the jobs of a
// schedule, earliest first and without jitter. It takes clock changes into
// account. A time that a change skips is left out. When an hour repeats, there
// may be two starts an hour apart (see onClock), or one less than returned here
// if several times lie within these hours.
func Starts(s policy.Schedule, from, to time.Time) ([]time.Time, error) {
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("time zone of the schedule: %w", err)
	}
	var starts []time.Time
	year, month, day := from.In(zone).Date()
	for date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC); date.Before(to.AddDate(0, 0, 2)); date = date.AddDate(0, 0, 1) {
		if !slices.Contains(s.Days, policy.Weekday(date.Weekday())) {
			continue
		}
		for _, t := range s.Times {
			for _, at := range onClock(date, t, zone) {
				if !at.Before(from) && at.Before(to) {
					starts = append(starts, at)
				}
			}
		}
	}
	slices.SortFunc(starts, time.Time.Compare)
	return slices.Compact(starts), nil
}

// onClock returns the times at which Temporal starts jobs of a time of day on a
// date. When an hour repeats, time.Date returns its first occurrence west of
// Greenwich and its second in the east. Temporal also starts a job an hour
// after one whose own hour seems to last two. That is the repeated hour itself
// in the west, and the hour before it in the east.
func onClock(date time.Time, t policy.TimeOfDay, zone *time.Location) []time.Time {
	at := func(hour, minute int) time.Time {
		return time.Date(date.Year(), date.Month(), date.Day(), hour, minute, 0, 0, zone)
	}
	one := at(t.Hour, t.Minute)
	switch {
	case one.Hour() != t.Hour:
		return nil
	case at(t.Hour+1, 0).Sub(at(t.Hour, 0)) > time.Hour:
		return []time.Time{one, one.Add(time.Hour)}
	}
	return []time.Time{one}
}

// repeated reports whether a start is the second one of a time of day, an hour
// after the first.
func repeated(at time.Time) bool {
	before := at.Add(-time.Hour)
	date := time.Date(before.Year(), before.Month(), before.Day(), 0, 0, 0, 0, time.UTC)
	starts := onClock(date, policy.TimeOfDay{Hour: before.Hour(), Minute: before.Minute()}, at.Location())
	return len(starts) == 2 && starts[0].Equal(before)
}
