package schedule_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/policy/schedule"
)

func at(zone string, days []config.Weekday, times ...config.TimeOfDay) config.Schedule {
	return config.Schedule{Times: times, Days: days, TimeZone: zone}
}

func TestCoincidences(t *testing.T) {
	t.Parallel()
	all := config.AllDays()
	sunday, monday := []config.Weekday{config.Weekday(time.Sunday)}, []config.Weekday{config.Weekday(time.Monday)}
	two, three, halfOne := config.TimeOfDay{Hour: 2}, config.TimeOfDay{Hour: 3}, config.TimeOfDay{Hour: 1, Minute: 30}
	for name, c := range map[string]struct {
		schedules []config.Schedule
		want      []string
	}{
		"one":                       {[]config.Schedule{at("UTC", all, two, three)}, nil},
		"the same twice":            {[]config.Schedule{at("UTC", all, two), at("UTC", all, two)}, []string{"1 and 2: 2026-11-27T02:00:00Z"}},
		"apart":                     {[]config.Schedule{at("UTC", all, two), at("UTC", all, three)}, nil},
		"on one day of the week":    {[]config.Schedule{at("UTC", all, two), at("UTC", monday, two)}, []string{"1 and 2: 2026-11-30T02:00:00Z"}},
		"on different days":         {[]config.Schedule{at("UTC", sunday, two), at("UTC", monday, two)}, nil},
		"zones, in winter":          {[]config.Schedule{at("UTC", all, two), at("Europe/Berlin", all, three)}, []string{"1 and 2: 2026-11-27T02:00:00Z"}},
		"zones, only in summer":     {[]config.Schedule{at("UTC", all, config.TimeOfDay{Hour: 1}), at("Europe/Berlin", all, three)}, []string{"1 and 2: 2027-03-28T01:00:00Z"}},
		"days that differ by zone":  {[]config.Schedule{at("UTC", sunday, config.TimeOfDay{Hour: 23}), at("Europe/Berlin", monday, config.TimeOfDay{})}, []string{"1 and 2: 2026-11-29T23:00:00Z"}},
		"in summer, in the west":    {[]config.Schedule{at("America/New_York", all, halfOne), at("Etc/GMT+5", sunday, config.TimeOfDay{Hour: 0, Minute: 30})}, []string{"1 and 2: 2027-03-21T05:30:00Z"}},
		"three, of which two pairs": {[]config.Schedule{at("UTC", sunday, two), at("UTC", monday, two), at("UTC", all, two)}, []string{"1 and 3: 2026-11-29T02:00:00Z", "2 and 3: 2026-11-30T02:00:00Z"}},
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
