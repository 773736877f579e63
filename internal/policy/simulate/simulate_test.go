package simulate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/simulate"
)

// options returns a simulation of Azure's own example for ten years: Sunday,
// Wednesday and Friday at 22:00 UTC, three months, and the first of a month six
// months and then 24 in archive.
func options(t *testing.T) simulate.Options {
	t.Helper()
	monthly, ok := policy.BuiltIn("Monthly", policy.Lifecycle{Standard: policy.Duration{Months: 6}, Archive: policy.Duration{Months: 24}})
	require.True(t, ok)
	byDefault, ok := policy.BuiltIn(policy.DefaultRule, policy.Lifecycle{Standard: policy.Duration{Months: 3}})
	require.True(t, ok)
	return simulate.Options{
		Policy: policy.Policy{
			Name: "example", TimeZone: "UTC", WeekStart: policy.Weekday(time.Monday),
			Schedules: []policy.Schedule{{
				Times: []policy.TimeOfDay{{Hour: 22}}, TimeZone: "UTC",
				Days: []policy.Weekday{policy.Weekday(time.Wednesday), policy.Weekday(time.Friday), policy.Weekday(time.Sunday)},
			}},
			Rules: []policy.Rule{monthly, byDefault},
		},
		Sweep: policy.Schedule{Times: []policy.TimeOfDay{{Hour: 5}}, Days: policy.AllDays(), TimeZone: "UTC"},
		From:  time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Years: 10, Size: 1000,
	}
}

func run(t *testing.T, o simulate.Options) simulate.Result {
	t.Helper()
	r, err := simulate.Run(o)
	require.NoError(t, err)
	return r
}

// The expected numbers were counted on a calendar.
func TestTenYearsOfTheExample(t *testing.T) {
	t.Parallel()
	r := run(t, options(t))
	require.Equal(t, "2036-01-01 00:00:00 +0000 UTC", r.To.String())
	require.Equal(t, 1565, r.Taken) // 521 Sundays, 522 Wednesdays and 522 Fridays
	require.Zero(t, r.Failed)

	monthly, byDefault := r.Rules[0], r.Rules[1]
	require.Equal(t, "6m, then 24m in archive", monthly.Keeps)
	require.Equal(t, 120, monthly.Taken)
	require.Equal(t, simulate.Tiers{Standard: 6, Archive: 24}, monthly.End, "July to December, and two years before")
	require.Equal(t, simulate.Tiers{Standard: 36}, byDefault.End, "13 a month from October on, without the first ones")

	first := r.Kept[0]
	require.Equal(t, time.Date(2033, 7, 1, 22, 0, 0, 0, time.UTC), first.Time.UTC())
	require.Equal(t, time.Date(2034, 1, 1, 22, 0, 0, 0, time.UTC), first.Archived.UTC())
	require.Equal(t, time.Date(2036, 1, 1, 22, 0, 0, 0, time.UTC), first.Expires.UTC(), "30 months in all")

	last := r.Years[9]
	require.Equal(t, simulate.Tiers{Standard: 42, Archive: 24}, last.Points)
	require.Equal(t, simulate.Stored{Standard: 42_000, Archive: 24_000}, last.Bytes)
	require.Len(t, r.Kept, 66)
	require.Len(t, r.All, 1565)
}

func TestSoftDeletedPointsAreStillStored(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Years, o.SoftDelete = 2, 14*24*time.Hour
	with := run(t, o)
	o.SoftDelete = 0
	without := run(t, o)
	require.Equal(t, without.Years[1].Points, with.Years[1].Points)
	require.Equal(t, without.Years[1].Bytes.Standard+6000, with.Years[1].Bytes.Standard, "three dumps a week, for two weeks")
}

func TestDumpsGrow(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Years, o.Growth = 3, 1
	r := run(t, o)
	require.InDelta(t, 2000, r.Years[0].DumpBytes, 10)
	require.InDelta(t, 8000, r.Years[2].DumpBytes, 10)
	require.Less(t, r.All[0].Bytes, r.All[100].Bytes)
}

func TestFailures(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Failures, o.Seed = 0.1, 7
	some := run(t, o)
	require.Equal(t, 1565, some.Taken+some.Failed)
	require.InDelta(t, 156, some.Failed, 40)
	require.Len(t, some.Failures, some.Failed)
	require.Equal(t, some, run(t, o), "the same seed fails the same ones")
	require.Equal(t, 120, some.Rules[0].Taken, "the next one is the first of its month")
	o.Seed = 8
	require.NotEqual(t, some.Failures, run(t, o).Failures)

	o.Failures = 1
	none := run(t, o)
	require.Zero(t, none.Taken)
	require.Empty(t, none.Kept)
	require.Equal(t, simulate.Tiers{}, none.Years[9].Points)
}
