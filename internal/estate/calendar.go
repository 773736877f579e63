package estate

import "time"

// Day is what became of an instance's backups on a day in UTC.
type Day struct {
	// Date is the day, as in 2026-11-28.
	Date string
	// Good and Damaged count the points made for the day, Failed the jobs that ended
	// on it, and Missed the starts at which no job ran.
	Good    int
	Damaged int
	Failed  int
	Missed  int
}

// calendar returns the last [Days], oldest first.
func calendar(i Instance, all []Point, now time.Time) []Day {
	days := make([]Day, Days)
	today := now.UTC().Truncate(24 * time.Hour)
	for n := range days {
		days[n].Date = today.AddDate(0, 0, n-Days+1).Format(time.DateOnly)
	}
	count := func(at time.Time, of func(*Day) *int) {
		n := int(at.UTC().Truncate(24*time.Hour).Sub(today).Hours()/24) + Days - 1
		if n >= 0 && n < Days {
			*of(&days[n])++
		}
	}
	for n := range all {
		switch p := &all[n]; {
		case p.Damaged:
			count(p.At, func(d *Day) *int { return &d.Damaged })
		case p.Good || p.Deleted != nil:
			count(p.At, func(d *Day) *int { return &d.Good })
		}
	}
	for _, f := range i.Failures {
		count(f.At, func(d *Day) *int { return &d.Failed })
	}
	for _, at := range i.Missed {
		count(at, func(d *Day) *int { return &d.Missed })
	}
	return days
}
