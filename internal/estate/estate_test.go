package estate_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/schedule"
	"github.com/pgvault/pgvault/internal/vault"
)

func startsOf(t *testing.T, s policy.Schedule, from, to time.Time) []time.Time {
	t.Helper()
	starts, err := schedule.Starts(s, from, to)
	require.NoError(t, err)
	return starts
}

func TestAWellEstate(t *testing.T) {
	t.Parallel()
	e := compute(t, night(40))
	require.True(t, e.Well(), "%+v", e.Problems())
	i := e.Instances[0]
	require.Len(t, i.Recent, 30)
	require.Equal(t, i.Recent[29], *i.LastGood)
	require.Equal(t, map[string]estate.Count{"Hot": {Points: 40, Bytes: 40 << 20}}, i.Tiers)
	require.Equal(t, i.Tiers, e.Vault.Tiers)
	require.Equal(t, tonight(2).AddDate(0, 0, 1), i.Next)
	require.Empty(t, i.Missed)
}

func TestTheWorstIsFirst(t *testing.T) {
	t.Parallel()
	in := night(5)
	good := in.Instances[0]
	add := func(name string, change func(*estate.Listed)) {
		l := good
		l.Instance.Name = name
		in.Schedules[jobs.BackupSchedule(name)] = estate.Schedule{}
		change(&l)
		in.Instances = append(in.Instances, l)
	}
	add("z/late", func(l *estate.Listed) {
		l.Points = l.Points[:4]
		l.Instance.Policy.Freshness = policy.ClockDuration(100 * time.Hour)
	})
	add("z/stale", func(l *estate.Listed) { l.Points = l.Points[:2] })
	add("z/never", func(l *estate.Listed) { l.Points = nil })
	add("a/good", func(*estate.Listed) {})
	add("y/never", func(l *estate.Listed) { l.Points = nil })
	var names []string
	e := compute(t, in)
	for _, i := range e.Instances {
		names = append(names, i.Name)
	}
	require.Equal(t, []string{"y/never", "z/never", "z/stale", "z/late", "a/good", orders}, names)
	require.False(t, e.Well())
}

func TestProblemsOfTheVault(t *testing.T) {
	t.Parallel()
	sweep := func(at time.Time, outcome, code string) jobs.Record {
		return jobs.Record{ID: "sweep/1", Operation: jobs.TypeRetentionSweep, Outcome: outcome, Code: code, Message: "said so", Ended: at}
	}
	for name, c := range map[string]struct {
		change func(*estate.Input)
		want   []estate.Kind
	}{
		"well":            {func(*estate.Input) {}, nil},
		"paused by sweep": {func(in *estate.Input) { in.Schedules[jobs.SweepSchedule] = estate.Schedule{Paused: true} }, []estate.Kind{estate.KindSweepStopped}},
		"no schedule":     {func(in *estate.Input) { delete(in.Schedules, jobs.SweepSchedule) }, []estate.Kind{estate.KindSweepStopped}},
		"failed": {func(in *estate.Input) {
			in.Records = append(in.Records, sweep(tonight(6), jobs.Failed, "InternalError"))
		}, []estate.Kind{estate.KindSweepStopped}},
		"failed and repeated": {func(in *estate.Input) {
			in.Records = append(in.Records, sweep(tonight(4), jobs.Failed, "InternalError"))
		}, nil},
		"mass deletion": {func(in *estate.Input) {
			in.Records = append(in.Records, sweep(tonight(6), jobs.Completed, string(failure.MassDeletion)))
		}, []estate.Kind{estate.KindMassDeletion}},
		"no sweep for days":  {func(in *estate.Input) { in.Records[0].Ended = tonight(5).AddDate(0, 0, -3) }, []estate.Kind{estate.KindSweepStopped}},
		"never swept":        {func(in *estate.Input) { in.Records = nil }, nil},
		"weakened":           {func(in *estate.Input) { in.Safety.Shortfall, in.Safety.Remedy = "no versions", "az storage" }, []estate.Kind{estate.KindSafetyWeakened}},
		"trust files differ": {func(in *estate.Input) { in.Trust = map[string][]string{"aa": {"1@a"}, "bb": {"2@b"}} }, []estate.Kind{estate.KindTrustDiffers}},
		"one trust file":     {func(in *estate.Input) { in.Trust = map[string][]string{"aa": {"1@a", "2@b"}} }, nil},
		"no worker":          {func(in *estate.Input) { in.Idle = []string{"prune"} }, []estate.Kind{estate.KindNoWorker}},
		"undelivered":        {func(in *estate.Input) { in.Undelivered = 2 }, []estate.Kind{estate.KindUndelivered}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := night(3)
			c.change(&in)
			e := compute(t, in)
			require.Equal(t, c.want, kinds(e.Vault.Problems), "%+v", e.Vault.Problems)
			require.Equal(t, c.want == nil, e.Well())
			for _, p := range e.Vault.Problems {
				require.NotEmpty(t, p.Message)
				require.NotEmpty(t, p.Remedy)
			}
		})
	}
}

// TestWhatIsUnseenIsNotWell: a vault that could not be asked everything is not
// reported as well.
func TestWhatIsUnseenIsNotWell(t *testing.T) {
	t.Parallel()
	in := night(3)
	in.Schedules, in.Unseen = nil, []string{"Temporal is away"}
	require.False(t, compute(t, in).Well())
}

// TestAnEstateOfManyInstances shows that the estate of a large vault is computed in
// one pass over its points.
func TestAnEstateOfManyInstances(t *testing.T) {
	t.Parallel()
	in := night(100)
	one := in.Instances[0]
	in.Instances = nil
	for n := range 1000 {
		one.Instance.Name = fmt.Sprintf("shop/%04d", n)
		in.Schedules[jobs.BackupSchedule(one.Instance.Name)] = estate.Schedule{}
		in.Instances = append(in.Instances, one)
	}
	e := compute(t, in)
	require.True(t, e.Well(), "%+v", e.Problems())
	require.Equal(t, estate.Count{Points: 100_000, Bytes: 100_000 << 20}, e.Vault.Tiers["Hot"])
	require.Equal(t, "shop/0000", e.Instances[0].Name)
}

func TestProtectionIsToldWithItsAuthor(t *testing.T) {
	t.Parallel()
	in := night(3)
	stopped := vault.Protection{State: vault.RetainAsPerPolicy, At: now.AddDate(0, 0, -1), Identity: "ann@example.com", Reason: "moved"}
	in.Instances[0].Protection = stopped
	got := one(t, in).Protection
	require.Equal(t, estate.Protection{State: estate.Stopped, Mode: vault.RetainAsPerPolicy, Since: stopped.At, By: stopped.Identity, Reason: "moved"}, got)
}

// TestCalendar counts each day's backups, failures and missed starts.
func TestCalendar(t *testing.T) {
	t.Parallel()
	in := night(3)
	in.Instances[0].Since, in.Instances[0].Changed = now.AddDate(0, 0, -5), now.AddDate(0, 0, -5)
	in.Instances[0].Points[0].Restorable, in.Instances[0].Points[0].Good, in.Instances[0].Points[0].Damaged = false, false, true
	in.Records = append(in.Records, jobs.Record{
		ID: jobs.ScheduledID(jobs.BackupSchedule(orders), tonight(2).AddDate(0, 0, -3)), Operation: jobs.TypeBackup, Instance: orders,
		Outcome: jobs.Failed, Ended: tonight(3).AddDate(0, 0, -3),
	})
	calendar := one(t, in).Calendar
	require.Len(t, calendar, estate.Days)
	require.Equal(t, []estate.Day{
		{Date: "2026-11-23"},
		{Date: "2026-11-24", Missed: 1},
		{Date: "2026-11-25", Failed: 1},
		{Date: "2026-11-26", Damaged: 1},
		{Date: "2026-11-27", Good: 1},
		{Date: "2026-11-28", Good: 1},
	}, calendar[estate.Days-6:])
}
