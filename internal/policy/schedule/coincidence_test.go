package schedule_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/schedule"
)

func at(zone string, days []policy.Weekday, times ...policy.TimeOfDay) policy.Schedule {
	return policy.Schedule{Times: times, Days: days, TimeZone: zone}
}

func TestCoincidences(t *testing.T) {
	t.Parallel()
	all := policy.AllDays()
	sunday, monday := []policy.Weekday{policy.Weekday(time.Sunday)}, []policy.Weekday{policy.Weekday(time.Monday)}
	two, three, halfOne := policy.TimeOfDay{Hour: 2}, policy.TimeOfDay{Hour: 3}, policy.TimeOfDay{Hour: 1, Minute: 30}
	for name, c := range map[string]struct {
		schedules []policy.Schedule
		want      []string
	}{
		"one":                       {[]policy.Schedule{at("UTC", all, two, three)}, nil},
		"the same twice":            {[]policy.Schedule{at("UTC", all, two), at("UTC", all, two)}, []string{"1 and 2: 2026-11-27T02:00:00Z"}},
		"apart":                     {[]policy.Schedule{at("UTC", all, two), at("UTC", all, three)}, nil},
		"on one day of the week":    {[]policy.Schedule{at("UTC", all, two), at("UTC", monday, two)}, []string{"1 and 2: 2026-11-30T02:00:00Z"}},
		"on different days":         {[]policy.Schedule{at("UTC", sunday, two), at("UTC", monday, two)}, nil},
		"zones, in winter":          {[]policy.Schedule{at("UTC", all, two), at("Europe/Berlin", all, three)}, []string{"1 and 2: 2026-11-27T02:00:00Z"}},
		"zones, only in summer":     {[]policy.Schedule{at("UTC", all, policy.TimeOfDay{Hour: 1}), at("Europe/Berlin", all, three)}, []string{"1 and 2: 2027-03-28T01:00:00Z"}},
		"days that differ by zone":  {[]policy.Schedule{at("UTC", sunday, policy.TimeOfDay{Hour: 23}), at("Europe/Berlin", monday, policy.TimeOfDay{})}, []string{"1 and 2: 2026-11-29T23:00:00Z"}},
		"in summer, in the west":    {[]policy.Schedule{at("America/New_York", all, halfOne), at("Etc/GMT+5", sunday, policy.TimeOfDay{Hour: 0, Minute: 30})}, []string{"1 and 2: 2027-03-21T05:30:00Z"}},
		"three, of which two pairs": {[]policy.Schedule{at("UTC", sunday, two), at("UTC", monday, two), at("UTC", all, two)}, []string{"1 and 3: 2026-11-29T02:00:00Z", "2 and 3: 2026-11-30T02:00:00Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
			found, err := schedule.Coincidences(c.schedules, from, from.AddDate(1, 0, 0))
			require.NoError(t, err)
			var texts []string
			for _, f := range found {
				texts = append(texts, fmt.Sprintf("%d and %d: %s", f.First, f.Second, f.At.UTC().Format(time.RFC3339)))
			}
			require.Equal(t, c.want, texts)
		})
	}
}
