package estate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/policy"
)

func TestObjective(t *testing.T) {
	t.Parallel()
	at := func(zone string, catchUp time.Duration, days []policy.Weekday, hours ...int) policy.Schedule {
		s := policy.Schedule{TimeZone: zone, Days: days, CatchUpWindow: policy.ClockDuration(catchUp)}
		for _, h := range hours {
			s.Times = append(s.Times, policy.TimeOfDay{Hour: h, Minute: 30})
		}
		return s.WithDefaults()
	}
	workdays := []policy.Weekday{1, 2, 3, 4, 5}
	for name, c := range map[string]struct {
		schedules []policy.Schedule
		took      time.Duration
		want      time.Duration
	}{
		"daily":                      {[]policy.Schedule{at("UTC", 3*time.Hour, nil, 2)}, 0, 27 * time.Hour},
		"at least two hours more":    {[]policy.Schedule{at("UTC", 10*time.Minute, nil, 2)}, 10 * time.Minute, 26 * time.Hour},
		"long dumps":                 {[]policy.Schedule{at("UTC", time.Hour, nil, 2)}, 4 * time.Hour, 31 * time.Hour},
		"twice a day":                {[]policy.Schedule{at("UTC", 3*time.Hour, nil, 2, 10)}, 0, 19 * time.Hour},
		"on workdays":                {[]policy.Schedule{at("UTC", 3*time.Hour, workdays, 2)}, 0, 75 * time.Hour},
		"on Sundays":                 {[]policy.Schedule{at("UTC", 3*time.Hour, []policy.Weekday{0}, 2)}, 0, 7*24*time.Hour + 3*time.Hour},
		"two schedules":              {[]policy.Schedule{at("UTC", 2*time.Hour, nil, 2), at("UTC", 3*time.Hour, workdays, 14)}, 0, 27 * time.Hour},
		"two schedules in two zones": {[]policy.Schedule{at("UTC", 3*time.Hour, nil, 2), at("Asia/Tokyo", 3*time.Hour, nil, 19)}, 0, 19 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := night(1)
			in.Instances[0].Instance.Policy.Schedules = c.schedules
			in.Instances[0].Points[0].Seconds = c.took.Seconds()
			// The gap of a point made at another time than a start's is no longer.
			require.Equal(t, c.want, one(t, in).Objective.Duration())
			require.Equal(t, "schedule", one(t, in).Objective.From)
		})
	}
}

// TestNoAlarmInTheNightOfAClockChange computes the estate in each quarter of an hour
// of weeks in which clocks change, with a backup at each start that Temporal makes.
func TestNoAlarmInTheNightOfAClockChange(t *testing.T) {
	t.Parallel()
	for _, change := range []time.Time{
		time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC),
	} {
		for _, clock := range []policy.TimeOfDay{{Hour: 1, Minute: 30}, {Hour: 2, Minute: 30}, {Hour: 3}} {
			for _, days := range [][]policy.Weekday{policy.AllDays(), {0}} {
				s := policy.Schedule{Times: []policy.TimeOfDay{clock}, Days: days, TimeZone: "Europe/Berlin", CatchUpWindow: policy.ClockDuration(10 * time.Minute)}
				requireQuiet(t, s, change)
			}
		}
	}
}

func requireQuiet(t *testing.T, s policy.Schedule, around time.Time) {
	t.Helper()
	starts := startsOf(t, s, around.AddDate(0, 0, -22), around.AddDate(0, 0, 22))
	require.NotEmpty(t, starts)
	for at := starts[1].Add(time.Hour); at.Before(starts[len(starts)-1]); at = at.Add(15 * time.Minute) {
		in := night(0)
		in.Now, in.Records = at, nil
		in.Instances[0].Instance.Policy.Schedules = []policy.Schedule{s}
		in.Instances[0].Since, in.Instances[0].Changed = starts[0].Add(-time.Hour), starts[0].Add(-time.Hour)
		for _, start := range starts {
			if start.Add(10 * time.Minute).Before(at) {
				in.Instances[0].Points = append(in.Instances[0].Points, pointAt(start))
			}
		}
		i := one(t, in)
		require.Empty(t, i.Problems, "%s at %s", s.Times[0], at)
		require.Equal(t, estate.Fresh, i.Freshness)
	}
}
