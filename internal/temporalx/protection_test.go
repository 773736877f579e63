package temporalx_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/temporalx"
)

// A stopped instance's schedule stays paused by any apply, and a person's own
// pause is not ended.
func TestStoppedSchedules(t *testing.T) {
	t.Parallel()
	c, _ := dial(t)
	desired := desire(t, "a", "b", "c")
	_, err := temporalx.Reconcile(t.Context(), c, owner, desired)
	require.NoError(t, err)
	paused := func(id string) bool {
		found, err := c.ScheduleClient().GetHandle(t.Context(), id).Describe(t.Context())
		require.NoError(t, err)
		return found.Schedule.State.Paused
	}
	require.NoError(t, c.ScheduleClient().GetHandle(t.Context(), "backup/b").Pause(t.Context(), client.SchedulePauseOptions{Note: "moving"}))
	ids := []string{"backup/a", "backup/b", "backup/none"}
	for range 2 {
		require.NoError(t, temporalx.StopSchedules(t.Context(), c, ids))
		require.True(t, paused("backup/a"))
	}
	desired[1].Stopped, desired[3].Stopped = true, true
	done, err := temporalx.Reconcile(t.Context(), c, owner, desired)
	require.NoError(t, err)
	require.Equal(t, []temporalx.Change{{Schedule: "backup/c", Kind: temporalx.Paused, Detail: "its instance's protection is stopped"}}, done.Changes)
	require.Equal(t, map[string]string{"backup/b": "moving"}, done.StillPaused)
	require.True(t, paused("backup/a"))

	require.NoError(t, temporalx.ResumeSchedules(t.Context(), c, ids))
	require.False(t, paused("backup/a"))
	require.True(t, paused("backup/b"), "a person's pause is theirs to end")
	desired[1].Stopped, desired[3].Stopped = false, false
	done, err = temporalx.Reconcile(t.Context(), c, owner, desired)
	require.NoError(t, err)
	require.Equal(t, []temporalx.Change{{Schedule: "backup/c", Kind: temporalx.Resumed}}, done.Changes, "a job that resumed and did not come to this")

	// The schedule is created again, as after the loss of the Temporal server.
	require.NoError(t, c.ScheduleClient().GetHandle(t.Context(), "backup/a").Delete(t.Context()))
	desired[1].Stopped = true
	_, err = temporalx.Reconcile(t.Context(), c, owner, desired)
	require.NoError(t, err)
	require.True(t, paused("backup/a"))
}
