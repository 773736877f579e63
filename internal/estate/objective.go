package estate

import (
	"fmt"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/schedule"
)

// Objective is the age of the newest good point that an instance must not exceed.
type Objective struct {
	Seconds int64
	// From names the origin: "instance", "policy" or "schedule".
	From string
}

// Duration returns the objective as a duration.
func (o Objective) Duration() time.Duration { return time.Duration(o.Seconds) * time.Second }

const (
	// leastSlack is what a derived objective allows beyond the gap of the schedule.
	leastSlack = 2 * time.Hour
	week       = 7 * 24 * time.Hour
	// nextStarts is the span in which each schedule starts at least once, even if a
	// clock change skips the only start of a week.
	nextStarts = 15 * 24 * time.Hour
)

// objective returns the freshness that the instance or its policy demands.
// Otherwise it derives one from the schedule: the longest gap between two starts,
// the catch-up window and one and a half of the longest recent duration, at least
// two hours more than the gap. A gap that a clock change has made longer counts
// while the newest good point is from before it.
func objective(i instance.Instance, last *Backup, recent []Backup, now time.Time) (Objective, error) {
	switch {
	case i.Freshness > 0:
		return Objective{int64(i.Freshness.Std().Seconds()), "instance"}, nil
	case i.Policy.Freshness > 0:
		return Objective{int64(i.Policy.Freshness.Std().Seconds()), "policy"}, nil
	}
	gap, err := longestGap(i.Policy.Schedules, now)
	if err != nil {
		return Objective{}, err
	}
	if last != nil {
		next, err := nextStart(i.Policy.Schedules, last.At)
		if err != nil {
			return Objective{}, err
		}
		gap = max(gap, next.Sub(last.At))
	}
	slack := time.Duration(0)
	for _, s := range i.Policy.Schedules {
		slack = max(slack, s.CatchUpWindow.Std()+s.Jitter.Std())
	}
	slack += longest(recent) * 3 / 2
	return Objective{int64((gap + max(slack, leastSlack)).Seconds()), "schedule"}, nil
}

func longest(recent []Backup) (d time.Duration) {
	for _, b := range recent {
		d = max(d, time.Duration(b.Seconds*float64(time.Second)))
	}
	return d
}

// longestGap returns the longest time between two starts of a week without a clock
// change.
func longestGap(schedules []policy.Schedule, now time.Time) (time.Duration, error) {
	var starts []time.Duration
	for _, s := range schedules {
		zone, err := time.LoadLocation(s.TimeZone)
		if err != nil {
			return 0, fmt.Errorf("time zone of the schedule: %w", err)
		}
		_, offset := now.In(zone).Zone()
		for _, day := range s.Days {
			for _, t := range s.Times {
				at := time.Duration(day)*24*time.Hour + time.Duration(t.Hour)*time.Hour + time.Duration(t.Minute)*time.Minute
				at -= time.Duration(offset) * time.Second
				starts = append(starts, (at+week)%week)
			}
		}
	}
	if len(starts) == 0 {
		return week, nil
	}
	slices.Sort(starts)
	gap := starts[0] + week - starts[len(starts)-1]
	for i := range starts[1:] {
		gap = max(gap, starts[i+1]-starts[i])
	}
	return gap, nil
}

// nextStart returns the earliest start after a time.
func nextStart(schedules []policy.Schedule, after time.Time) (next time.Time, err error) {
	for _, s := range schedules {
		starts, err := schedule.Starts(s, after.Add(time.Second), after.Add(nextStarts))
		if err != nil {
			return next, err
		}
		if len(starts) > 0 && (next.IsZero() || starts[0].Before(next)) {
			next = starts[0]
		}
	}
	if next.IsZero() {
		next = after
	}
	return next, nil
}
