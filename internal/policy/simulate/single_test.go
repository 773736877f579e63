package simulate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/simulate"
)

func TestRulesThatHaveNothingToFallBackOn(t *testing.T) {
	t.Parallel()
	const nightly = `["02:30"]`
	month, week, year := policy.CalendarMonth, policy.Week, policy.Year
	for name, c := range map[string]struct {
		times, days, rule string
		want              policy.Period
	}{
		"a day of the week":                                 {nightly, "", "daysOfWeek: [Sun]", week},
		"as the first of the week":                          {nightly, "", "daysOfWeek: [Sun], firstOf: week", week},
		"two days of the week":                              {nightly, "", "daysOfWeek: [Sat, Sun]", ""},
		"two of which one is scheduled":                     {nightly, "days: [Sun]", "daysOfWeek: [Sat, Sun]", week},
		"a day of the week, twice a day":                    {`["02:30", "14:30"]`, "", "daysOfWeek: [Sun]", ""},
		"the first Sunday that succeeds, monthly":           {nightly, "", "daysOfWeek: [Sun], firstOf: month", ""},
		"the last day of the month":                         {nightly, "", "daysOfMonth: [last]", month},
		"the same, the first of the day":                    {nightly, "", "daysOfMonth: [last], firstOf: day", month},
		"two days of the month":                             {nightly, "", "daysOfMonth: [1, last]", ""},
		"the last Friday":                                   {nightly, "", "daysOfWeek: [Fri], weeksOfMonth: [last]", month},
		"a last week":                                       {nightly, "", "weeksOfMonth: [last]", ""},
		"new year's day":                                    {nightly, "", "months: [Jan], daysOfMonth: [1], firstOf: year", year},
		"months":                                            {nightly, "", "months: [Mar], firstOf: month", ""},
		"the first of a period, from a schedule of one day": {nightly, "days: [Sun]", "firstOf: week", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			schedule := "{times: " + c.times + ", timeZone: Europe/Berlin"
			if c.days != "" {
				schedule += ", " + c.days
			}
			file, err := config.Parse([]byte(strings.Join([]string{
				"vault: {container: https://a.blob.core.windows.net/vault}", "instances: {}", "policies:", "  p:", "    schedule: " + schedule + "}",
				"    retention: {Default: 30d, Own: {priority: 30, standard: 2y, " + c.rule + "}}", "",
			}, "\n")))
			require.NoError(t, err)
			got, err := simulate.Singles(file.Policies["p"], time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
			require.NoError(t, err)
			if c.want == "" {
				require.Empty(t, got)
			} else {
				require.Equal(t, []simulate.Single{{Rule: "Own", Period: c.want}}, got)
			}
		})
	}
}

// The policy of RETENTION.md: three backups on working days, one at weekends.
func TestAQuarterEndAtTheWeekend(t *testing.T) {
	t.Parallel()
	file, err := config.Parse([]byte(`vault: {container: https://a.blob.core.windows.net/vault}
instances: {}
policies:
  books:
    schedules:
      - {times: ["23:00"], timeZone: Europe/Berlin}
      - {times: ["11:00", "15:00"], days: [Mon, Tue, Wed, Thu, Fri], timeZone: Europe/Berlin}
    retention:
      Default: 14d
      QuarterEnd: {priority: 5, months: [Mar, Jun, Sep, Dec], daysOfMonth: [last], firstOf: day, standard: 1y, archive: 9y}
`))
	require.NoError(t, err)
	got, err := simulate.Singles(file.Policies["books"], time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	require.Equal(t, []simulate.Single{{Rule: "QuarterEnd", Period: policy.CalendarMonth}}, got)
}
