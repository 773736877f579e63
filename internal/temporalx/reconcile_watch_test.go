package temporalx_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy/schedule"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// TestReconcileOfTheWatch: a schedule with an interval is created, kept and put
// right.
func TestReconcileOfTheWatch(t *testing.T) {
	t.Parallel()
	c, _ := dial(t)
	desired, err := schedule.Desire(instance.VaultSettings{Container: vaultURL}, nil)
	require.NoError(t, err)
	watch := desired[1:]
	reconcile := func() temporalx.Reconciled {
		t.Helper()
		r, err := temporalx.Reconcile(t.Context(), c, owner, watch)
		require.NoError(t, err)
		return r
	}
	require.Equal(t, []temporalx.Change{{Schedule: "watch", Kind: temporalx.Created}}, reconcile().Changes)
	require.Empty(t, reconcile().Changes)
	handle := c.ScheduleClient().GetHandle(t.Context(), "watch")
	found, err := handle.Describe(t.Context())
	require.NoError(t, err)
	require.Equal(t, enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, found.Schedule.Policy.Overlap)
	require.Equal(t, 10*time.Minute, found.Schedule.Policy.CatchupWindow)
	next := found.Info.NextActionTimes
	require.Equal(t, 10*time.Minute, next[1].Sub(next[0]))

	require.NoError(t, handle.Update(t.Context(), client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		s := in.Description.Schedule
		s.Spec = &client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: time.Hour}}}
		return &client.ScheduleUpdate{Schedule: &s}, nil
	}}))
	require.Equal(t, []temporalx.Change{{Schedule: "watch", Kind: temporalx.Updated, Detail: "times"}}, reconcile().Changes)
	require.Empty(t, reconcile().Changes)

	require.NoError(t, handle.Pause(t.Context(), client.SchedulePauseOptions{Note: "too many alerts"}))
	require.Equal(t, map[string]string{"watch": "too many alerts"}, reconcile().StillPaused)
}
