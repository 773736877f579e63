package temporalx_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/policy/schedule"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// The server returns the times that were set, and its record of pauses decides
// which backups are missed.
func TestBackupSchedules(t *testing.T) {
	t.Parallel()
	c, _ := dial(t)
	reconcile := func(names ...string) {
		_, err := temporalx.Reconcile(t.Context(), c, owner, desire(t, names...))
		require.NoError(t, err)
	}
	states := func(instance string) map[string]schedule.State {
		found, err := temporalx.BackupSchedules(t.Context(), c, instance)
		require.NoError(t, err)
		byID := map[string]schedule.State{}
		for _, s := range found {
			byID[s.ID] = s
		}
		return byID
	}
	reconcile("shop/a", "shop/b", "shop/c")
	require.Eventually(t, func() bool { return len(states("")) == 3 }, time.Minute, 100*time.Millisecond, "a listing may be late")
	require.Len(t, states("shop/a"), 1)
	person := c.ScheduleClient().GetHandle(t.Context(), "backup/shop/b")
	require.NoError(t, person.Pause(t.Context(), client.SchedulePauseOptions{Note: "moving"}))
	before := states("")["backup/shop/c"].Since
	reconcile("shop/a", "shop/b")
	require.NotContains(t, states(""), "backup/shop/c", "nobody wants the backups of what is out of the file")
	reconcile("shop/a", "shop/b", "shop/c")
	require.True(t, states("")["backup/shop/c"].Since.After(before), "nor those of the time when it was")

	a, b := states("")["backup/shop/a"], states("")["backup/shop/b"]
	require.False(t, a.Paused)
	require.True(t, b.Paused)
	want := desire(t, "shop/a")[1]
	require.ElementsMatch(t, want.Times, a.Schedule.Times)
	require.ElementsMatch(t, want.Days, a.Schedule.Days)
	require.Equal(t, want.TimeZone, a.Schedule.TimeZone)
	require.Equal(t, want.Jitter, a.Schedule.Jitter.Std())

	from := time.Now().AddDate(0, 0, -30)
	none, err := schedule.MissedStarts([]schedule.State{a, b}, nil, nil, from, time.Now())
	require.NoError(t, err)
	require.Empty(t, none, "times before there was a schedule are not missed")
	missed, err := schedule.MissedStarts([]schedule.State{b}, nil, nil, from, time.Now().AddDate(0, 0, 3))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(missed), 5)
	for _, m := range missed {
		require.Equal(t, schedule.ReasonPaused, m.Reason)
	}
}
