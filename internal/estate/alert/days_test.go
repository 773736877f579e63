package alert_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/estate/alert"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/schedule"
	"github.com/pgvault/pgvault/internal/vault"
)

const orders = "shop/orders"

// vaultDays is a vault with one instance, of which a backup is made each night.
type vaultDays struct {
	t     *testing.T
	watch *watch
	in    estate.Input
	// stopped is the time after which nothing is backed up.
	stopped time.Time
	told    []string
}

// newDays returns a vault that begins at a time, with a nightly backup in a zone.
func newDays(t *testing.T, zone string, begin time.Time) *vaultDays {
	t.Helper()
	nightly := policy.Schedule{Times: []policy.TimeOfDay{{Hour: 2, Minute: 30}}, TimeZone: zone}.WithDefaults()
	w := newWatch(t)
	w.now = begin
	return &vaultDays{t: t, watch: w, in: estate.Input{
		Sweep: policy.Schedule{Times: []policy.TimeOfDay{{Hour: 5}}}.WithDefaults(),
		Instances: []estate.Listed{{
			Instance: instance.Instance{Name: orders, Policy: policy.Policy{Name: "nightly", Schedules: []policy.Schedule{nightly}}},
			Since:    begin, Changed: begin, Protection: vault.Protection{State: vault.Protected},
		}},
		Schedules: map[string]estate.Schedule{jobs.SweepSchedule: {}, jobs.BackupSchedule(orders): {}},
	}}
}

// pass lets the watch run every ten minutes for a while.
func (d *vaultDays) pass(span time.Duration) {
	d.t.Helper()
	for end := d.watch.now.Add(span); d.watch.now.Before(end); {
		d.in.Now = d.watch.now
		d.backUp()
		e, err := estate.Compute(d.in)
		require.NoError(d.t, err)
		now := d.watch.now
		for _, text := range texts(d.watch.feed(alert.RunOf(d.watch.nextID(), e, d.watch.receivers))) {
			d.told = append(d.told, now.UTC().Format("Mon 15:04 ")+text)
		}
	}
}

// backUp adds the points whose backups have ended, each after ten minutes.
func (d *vaultDays) backUp() {
	d.t.Helper()
	i := &d.in.Instances[0]
	starts, err := schedule.Starts(i.Instance.Policy.Schedules[0], i.Since, d.in.Now.Add(-10*time.Minute))
	require.NoError(d.t, err)
	i.Points = nil
	for _, at := range starts {
		if !d.stopped.IsZero() && at.After(d.stopped) {
			break
		}
		i.Points = append(i.Points, estate.PointOf(vault.Point{
			Instance: orders, ID: vault.PointID(at, "0a1b2c3d"), Time: at, Committed: true, Good: true, Tier: "Hot",
			Stored: at.Add(10 * time.Minute), Summary: vault.Summary{Taken: at},
		}))
	}
}

var monday = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestNightsOfClockChangesRaiseNoAlert(t *testing.T) {
	t.Parallel()
	for name, day := range map[string]time.Time{
		"back":    time.Date(2026, 10, 22, 12, 0, 0, 0, time.UTC),
		"forward": time.Date(2027, 3, 25, 12, 0, 0, 0, time.UTC),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDays(t, "Europe/Berlin", day)
			d.pass(6 * 24 * time.Hour)
			require.Empty(t, d.told)
			require.GreaterOrEqual(t, len(d.in.Instances[0].Points), 5)
		})
	}
}

// TestAForgottenPauseIsTold: people pause schedules for a while, which is no reason
// for an alert before the objective is exceeded.
func TestAForgottenPauseIsTold(t *testing.T) {
	t.Parallel()
	d := newDays(t, "UTC", monday)
	d.pass(24 * time.Hour) // a backup on Tuesday at 02:40
	d.in.Schedules[jobs.BackupSchedule(orders)] = estate.Schedule{Paused: true, Note: "maintenance"}
	d.stopped = d.watch.now
	d.pass(16 * time.Hour)
	require.Empty(t, d.told)
	d.pass(32 * time.Hour)
	// The gap is a day, the catch-up window six hours, and one and a half of the
	// duration fifteen minutes.
	require.Equal(t, []string{
		"Wed 09:10 raised stale shop/orders", "Wed 09:10 raised not-scheduled shop/orders",
		"Thu 09:10 reminder stale shop/orders", "Thu 09:10 reminder not-scheduled shop/orders",
	}, d.told)
	d.told = nil
	d.in.Schedules[jobs.BackupSchedule(orders)] = estate.Schedule{}
	d.stopped = time.Time{}
	d.pass(time.Hour)
	require.Equal(t, []string{"Thu 12:10 resolved stale shop/orders", "Thu 12:10 resolved not-scheduled shop/orders"}, d.told)
}

func TestASweepThatPausedItselfIsTold(t *testing.T) {
	t.Parallel()
	d := newDays(t, "UTC", monday)
	d.pass(time.Hour)
	d.in.Schedules[jobs.SweepSchedule] = estate.Schedule{Paused: true, Note: "paused due to workflow failure"}
	d.pass(time.Hour)
	require.Equal(t, []string{"Mon 13:10 raised sweep-stopped"}, d.told)
	d.in.Schedules[jobs.SweepSchedule] = estate.Schedule{}
	d.pass(time.Hour)
	require.Equal(t, "Mon 14:10 resolved sweep-stopped", d.told[1])
}

func TestAChangedObjectiveCountsAtTheNextRun(t *testing.T) {
	t.Parallel()
	d := newDays(t, "UTC", monday)
	d.pass(48 * time.Hour)
	d.in.Instances[0].Instance.Freshness = policy.ClockDuration(time.Hour)
	d.pass(time.Hour)
	require.Equal(t, []string{"Wed 12:10 raised stale shop/orders"}, d.told)
	d.in.Instances[0].Instance.Freshness = policy.ClockDuration(48 * time.Hour)
	d.pass(time.Hour)
	require.Equal(t, "Wed 13:10 resolved stale shop/orders", d.told[1])
}

// TestAnOutageOfTheWatchHidesNothing: Temporal was away for two days. The first two
// runs after it tell what is wrong now.
func TestAnOutageOfTheWatchHidesNothing(t *testing.T) {
	t.Parallel()
	d := newDays(t, "UTC", monday)
	d.pass(24 * time.Hour)
	d.stopped = d.watch.now
	d.watch.now = d.watch.now.Add(48 * time.Hour)
	d.pass(time.Hour)
	require.Equal(t, []string{"Thu 12:10 raised stale shop/orders"}, d.told)
}
