package schedule_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/schedule"
)

func starts(t *testing.T, s policy.Schedule, from, to string) []string {
	t.Helper()
	begin, err := time.Parse(time.RFC3339, from)
	require.NoError(t, err)
	end, err := time.Parse(time.RFC3339, to)
	require.NoError(t, err)
	all, err := schedule.Starts(s, begin, end)
	require.NoError(t, err)
	var texts []string
	for _, at := range all {
		texts = append(texts, at.Format(time.RFC3339))
	}
	return texts
}

func TestStarts(t *testing.T) {
	t.Parallel()
	berlin := policy.Schedule{Times: []policy.TimeOfDay{{Hour: 2, Minute: 30}}, Days: policy.AllDays(), TimeZone: "Europe/Berlin"}
	require.Equal(t, []string{"2026-03-28T02:30:00+01:00", "2026-03-30T02:30:00+02:00"},
		starts(t, berlin, "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z"), "there is no 02:30 on 29 March")
	require.Equal(t, []string{"2026-10-25T02:30:00+01:00"},
		starts(t, berlin, "2026-10-25T00:00:00Z", "2026-10-26T00:00:00Z"), "the second of two on 25 October")
	early := berlin
	early.Times = []policy.TimeOfDay{{Hour: 1, Minute: 30}}
	require.Equal(t, []string{"2026-10-25T01:30:00+02:00", "2026-10-25T02:30:00+02:00"},
		starts(t, early, "2026-10-24T22:00:00Z", "2026-10-25T22:00:00Z"), "and one too many in the hour before")
	newYork := policy.Schedule{Times: []policy.TimeOfDay{{Hour: 1, Minute: 30}}, Days: policy.AllDays(), TimeZone: "America/New_York"}
	require.Equal(t, []string{"2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00"},
		starts(t, newYork, "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"), "both on 1 November")
	require.Equal(t, []string{"2026-06-01T02:30:00+02:00"},
		starts(t, berlin, "2026-06-01T00:30:00Z", "2026-06-02T00:30:00Z"), "the beginning counts, the end does not")

	twice := policy.Schedule{
		Times: []policy.TimeOfDay{{Hour: 20}, {Hour: 8}}, Days: []policy.Weekday{policy.Weekday(time.Monday)}, TimeZone: "Pacific/Kiritimati",
	}
	require.Equal(t, []string{"2026-06-01T08:00:00+14:00", "2026-06-01T20:00:00+14:00"},
		starts(t, twice, "2026-05-31T00:00:00Z", "2026-06-05T00:00:00Z"), "Monday there is Sunday and Monday in UTC")

	_, err := schedule.Starts(policy.Schedule{TimeZone: "Nowhere"}, time.Now(), time.Now())
	require.ErrorContains(t, err, "time zone")
}
