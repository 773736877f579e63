package temporalx_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/schedule"
	"github.com/pgvault/pgvault/internal/temporalx"
)

const vaultURL = "https://acct.blob.core.windows.net/postgres"

var owner = temporalx.Owner{ID: "first", URL: vaultURL}

// desire returns the schedules of the sweep and of instances.
func desire(t *testing.T, names ...string) []schedule.Desired {
	t.Helper()
	daily := policy.Schedule{
		Times: []policy.TimeOfDay{{Hour: 2, Minute: 30}, {Hour: 22}}, Days: policy.AllDays(),
		TimeZone: "Europe/Berlin", Jitter: policy.ClockDuration(10 * time.Minute), CatchUpWindow: policy.ClockDuration(6 * time.Hour),
	}
	file := &config.File{Vault: instance.VaultSettings{Container: vaultURL, Sweep: instance.Sweep{Schedule: daily}}}
	for _, name := range names {
		file.Instances = append(file.Instances, instance.Instance{Name: name, Database: "d", Policy: policy.Policy{Name: "p", Schedules: []policy.Schedule{daily}}})
	}
	desired, err := schedule.Desire(file.Vault, file.Instances)
	require.NoError(t, err)
	return desired[:len(desired)-1]
}

func TestReconcile(t *testing.T) {
	t.Parallel()
	c, _ := dial(t)
	reconcile := func(desired []schedule.Desired) temporalx.Reconciled {
		t.Helper()
		r, err := temporalx.Reconcile(t.Context(), c, owner, desired)
		require.NoError(t, err)
		return r
	}
	both := desire(t, "shop/a", "shop/b")
	require.Equal(t, []temporalx.Change{
		{Schedule: "sweep", Kind: temporalx.Created},
		{Schedule: "backup/shop/a", Kind: temporalx.Created},
		{Schedule: "backup/shop/b", Kind: temporalx.Created},
	}, reconcile(both).Changes)
	require.Empty(t, reconcile(both).Changes, "a second run changes nothing")

	b := c.ScheduleClient().GetHandle(t.Context(), "backup/shop/b")
	found, err := b.Describe(t.Context())
	require.NoError(t, err)
	require.Equal(t, enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, found.Schedule.Policy.Overlap)
	require.Equal(t, 6*time.Hour, found.Schedule.Policy.CatchupWindow)
	require.False(t, found.Schedule.Policy.PauseOnFailure)
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	for _, next := range found.Info.NextActionTimes {
		at := next.In(berlin)
		require.Contains(t, []string{"02:3", "22:0"}, at.Format("15:04")[:4], "%s", at)
	}

	// Removed from the file: it is paused, even if the listing is outdated.
	var paused temporalx.Reconciled
	require.Eventually(t, func() bool {
		paused = reconcile(desire(t, "shop/a"))
		return len(paused.Changes) > 0
	}, soon, look)
	require.Equal(t, []temporalx.Change{{Schedule: "backup/shop/b", Kind: temporalx.Paused}}, paused.Changes)
	require.Empty(t, reconcile(desire(t, "shop/a")).Changes)
	// Added again: our own pause ends.
	require.Equal(t, []temporalx.Change{{Schedule: "backup/shop/b", Kind: temporalx.Resumed}}, reconcile(both).Changes)
	require.Empty(t, reconcile(both).Changes)
	// A person's pause stays whatever else changes.
	require.NoError(t, b.Pause(t.Context(), client.SchedulePauseOptions{Note: "server moves this week"}))
	changed := desire(t, "shop/a", "shop/b")
	changed[2].Times = changed[2].Times[:1]
	changed[2].Jitter = 0
	r := reconcile(changed)
	require.Equal(t, []temporalx.Change{{Schedule: "backup/shop/b", Kind: temporalx.Updated, Detail: "times, jitter"}}, r.Changes)
	require.Equal(t, map[string]string{"backup/shop/b": "server moves this week"}, r.StillPaused)
	require.Empty(t, reconcile(changed).Changes)
}

// An instance has one schedule for each schedule of its policy.
func TestReconcileSeveralSchedulesOfAnInstance(t *testing.T) {
	t.Parallel()
	c, _ := dial(t)
	at := func(hours ...int) []schedule.Desired {
		t.Helper()
		file := &config.File{Vault: instance.VaultSettings{Container: vaultURL}}
		several := policy.Policy{Name: "p"}
		for _, hour := range hours {
			several.Schedules = append(several.Schedules, policy.Schedule{
				Times: []policy.TimeOfDay{{Hour: hour}}, Days: policy.AllDays(), TimeZone: "UTC", CatchUpWindow: policy.ClockDuration(time.Hour),
			})
		}
		if hours != nil {
			file.Instances = []instance.Instance{{Name: "shop/a", Database: "d", Policy: several}}
		}
		desired, err := schedule.Desire(file.Vault, file.Instances)
		require.NoError(t, err)
		return desired[1 : len(desired)-1]
	}
	reconcile := func(desired []schedule.Desired) []temporalx.Change {
		t.Helper()
		r, err := temporalx.Reconcile(t.Context(), c, owner, desired)
		require.NoError(t, err)
		return r.Changes
	}
	// A listing may be outdated.
	settled := func(count int, desired []schedule.Desired) (changes []temporalx.Change) {
		t.Helper()
		require.Eventually(t, func() bool {
			changes = append(changes, reconcile(desired)...)
			return len(changes) >= count
		}, soon, look)
		return changes
	}
	require.Equal(t, []temporalx.Change{
		{Schedule: "backup/shop/a", Kind: temporalx.Created},
		{Schedule: "backup/shop/a:2", Kind: temporalx.Created},
		{Schedule: "backup/shop/a:3", Kind: temporalx.Created},
	}, reconcile(at(1, 2, 3)))
	require.Empty(t, reconcile(at(1, 2, 3)))

	require.ElementsMatch(t, []temporalx.Change{
		{Schedule: "backup/shop/a:2", Kind: temporalx.Updated, Detail: "times, job"},
		{Schedule: "backup/shop/a:3", Kind: temporalx.Removed},
	}, settled(2, at(1, 3)), "the third has become the second")
	require.Empty(t, reconcile(at(1, 3)))

	require.ElementsMatch(t, []temporalx.Change{
		{Schedule: "backup/shop/a", Kind: temporalx.Paused}, {Schedule: "backup/shop/a:2", Kind: temporalx.Paused},
	}, settled(2, at()), "an instance that is taken out loses no schedule")
	require.Equal(t, []temporalx.Change{
		{Schedule: "backup/shop/a", Kind: temporalx.Resumed}, {Schedule: "backup/shop/a:2", Kind: temporalx.Resumed},
	}, reconcile(at(1, 3)))
}

func TestReconcilePutsRightWhatSomebodyChanged(t *testing.T) {
	t.Parallel()
	c, _ := dial(t)
	desired := desire(t, "shop/a")
	_, err := temporalx.Reconcile(t.Context(), c, owner, desired)
	require.NoError(t, err)
	handle := c.ScheduleClient().GetHandle(t.Context(), "backup/shop/a")
	require.NoError(t, handle.Update(t.Context(), client.ScheduleUpdateOptions{
		DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			s := in.Description.Schedule
			s.Spec.CronExpressions = []string{"0 12 * * *"}
			s.Policy.CatchupWindow = 365 * 24 * time.Hour
			return &client.ScheduleUpdate{Schedule: &s}, nil
		},
	}))
	r, err := temporalx.Reconcile(t.Context(), c, owner, desired)
	require.NoError(t, err)
	require.Equal(t, []temporalx.Change{{Schedule: "backup/shop/a", Kind: temporalx.Updated, Detail: "times, settings"}}, r.Changes)
	r, err = temporalx.Reconcile(t.Context(), c, owner, desired)
	require.NoError(t, err)
	require.Empty(t, r.Changes)
}

func TestReconcileLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	c, _ := dial(t)
	_, err := c.ScheduleClient().Create(t.Context(), client.ScheduleOptions{
		ID: "somebody-elses", Action: &client.ScheduleWorkflowAction{Workflow: "Other", TaskQueue: "other"},
		Spec: client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: time.Hour}}},
	})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		list, err := c.ScheduleClient().List(t.Context(), client.ScheduleListOptions{})
		return err == nil && list.HasNext()
	}, soon, look)
	_, err = temporalx.Reconcile(t.Context(), c, owner, nil)
	require.NoError(t, err)
	found, err := c.ScheduleClient().GetHandle(t.Context(), "somebody-elses").Describe(t.Context())
	require.NoError(t, err)
	require.False(t, found.Schedule.State.Paused)

	// Two vaults cannot share a namespace.
	_, err = temporalx.Reconcile(t.Context(), c, owner, desire(t))
	require.NoError(t, err)
	_, err = temporalx.Reconcile(t.Context(), c, temporalx.Owner{ID: "second", URL: vaultURL + "2"}, desire(t, "second/a"))
	require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err))
	require.ErrorContains(t, err, vaultURL)
	_, err = c.ScheduleClient().GetHandle(t.Context(), "backup/second/a").Describe(t.Context())
	require.Error(t, err, "nothing of the second was begun")
}

func TestReconcileNamesEachScheduleThatFails(t *testing.T) {
	t.Parallel()
	c, _ := dial(t)
	var names []string
	want := []temporalx.Change{{Schedule: "sweep", Kind: temporalx.Created}}
	for i := range 20 {
		name := fmt.Sprintf("shop/db%02d", i)
		names = append(names, name)
		if i == 3 || i == 17 {
			_, err := c.ScheduleClient().Create(t.Context(), client.ScheduleOptions{
				ID: "backup/" + name, Action: &client.ScheduleWorkflowAction{Workflow: "Other", TaskQueue: "other"},
			})
			require.NoError(t, err)
			continue
		}
		want = append(want, temporalx.Change{Schedule: "backup/" + name, Kind: temporalx.Created})
	}
	r, err := temporalx.Reconcile(t.Context(), c, owner, desire(t, names...))
	require.Regexp(t, `(?s)^schedule backup/shop/db03: .*belongs to somebody else.*\nschedule backup/shop/db17: .*belongs to somebody else`, err.Error())
	require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err))
	require.Equal(t, want, r.Changes, "the others are done, and told in order")
}

// A vault without scrubs has no schedule of them, not even a paused one.
func TestTheScheduleOfScrubsIsRemoved(t *testing.T) {
	t.Parallel()
	c, _ := dial(t)
	reconcile := func(s *instance.Scrub) []temporalx.Change {
		desired, err := schedule.Desire(instance.VaultSettings{
			Container: vaultURL, Scrub: s, Sweep: instance.Sweep{Schedule: policy.Schedule{Times: []policy.TimeOfDay{{Hour: 5}}}.WithDefaults()},
		}, nil)
		require.NoError(t, err)
		r, err := temporalx.Reconcile(t.Context(), c, owner, desired)
		require.NoError(t, err)
		return r.Changes
	}
	settings := instance.Scrub{
		Schedule: policy.Schedule{Times: []policy.TimeOfDay{{Hour: 6}}}.WithDefaults(), Every: policy.Duration{Years: 1}, BytesPerRun: 1 << 30,
	}
	require.Contains(t, reconcile(&settings), temporalx.Change{Schedule: "scrub", Kind: temporalx.Created})
	require.Empty(t, reconcile(&settings))
	settings.Schedule.Times = []policy.TimeOfDay{{Hour: 7}}
	require.Equal(t, []temporalx.Change{{Schedule: "scrub", Kind: temporalx.Updated, Detail: "times"}}, reconcile(&settings))
	require.Eventually(t, func() bool {
		return len(reconcile(nil)) == 1 // a listing may be late
	}, time.Minute, 100*time.Millisecond)
	_, err := c.ScheduleClient().GetHandle(t.Context(), "scrub").Describe(t.Context())
	require.ErrorContains(t, err, "not found")
}
