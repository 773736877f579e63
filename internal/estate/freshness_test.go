package estate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/vault"
)

func TestFreshness(t *testing.T) {
	t.Parallel()
	drop := func(n int) func(*estate.Input) {
		return func(in *estate.Input) { in.Instances[0].Points = in.Instances[0].Points[:10-n] }
	}
	for name, c := range map[string]struct {
		change func(*estate.Input)
		want   estate.Freshness
		kinds  []estate.Kind
	}{
		"each night":                         {func(*estate.Input) {}, estate.Fresh, nil},
		"last night missing":                 {drop(1), estate.Stale, []estate.Kind{estate.KindStale}},
		"last night missing, and it is soon": {func(in *estate.Input) { drop(1)(in); in.Now = tonight(3) }, estate.Late, []estate.Kind{estate.KindLate}},
		"before the next start is due":       {func(in *estate.Input) { drop(1)(in); in.Now = tonight(2).Add(time.Minute) }, estate.Fresh, nil},
		"last night still running": {func(in *estate.Input) {
			drop(1)(in)
			in.Now = tonight(3)
			in.Running = map[string]estate.Running{orders: {Job: jobs.ScheduledID(jobs.BackupSchedule(orders), tonight(2)), Started: tonight(2)}}
		}, estate.Fresh, nil},
		"last night failed": {func(in *estate.Input) {
			drop(1)(in)
			in.Now = tonight(3)
			in.Records = append(in.Records, jobs.Record{
				ID: jobs.ScheduledID(jobs.BackupSchedule(orders), tonight(2)), Operation: jobs.TypeBackup, Instance: orders,
				Outcome: jobs.Failed, Ended: tonight(2).Add(time.Minute), Code: "UserErrorInvalidSecret", Message: "it is wrong",
			})
		}, estate.Fresh, []estate.Kind{estate.KindFailed}},
		"damaged is not good": {func(in *estate.Input) {
			last := &in.Instances[0].Points[9]
			last.Restorable, last.Good, last.Damaged = false, false, true
		}, estate.Stale, []estate.Kind{estate.KindStale, estate.KindDamaged}},
		"never": {func(in *estate.Input) { in.Instances[0].Points = nil }, estate.Never, []estate.Kind{estate.KindNever}},
		"new": {func(in *estate.Input) {
			in.Instances[0].Points, in.Instances[0].Since, in.Instances[0].Changed = nil, now.Add(-time.Hour), now.Add(-time.Hour)
		}, estate.Waiting, nil},
		"stopped": {func(in *estate.Input) {
			in.Instances[0].Points = nil
			in.Instances[0].Protection = vault.Protection{State: vault.RetainForever, At: now.AddDate(0, 0, -5)}
			delete(in.Schedules, jobs.BackupSchedule(orders))
		}, estate.Unwatched, nil},
		"resumed an hour ago": {func(in *estate.Input) {
			drop(5)(in)
			in.Instances[0].Protection = vault.Protection{State: vault.Protected, At: now.Add(-time.Hour)}
		}, estate.Fresh, nil},
		"deleted by a person": {func(in *estate.Input) {
			in.Instances[0].Points[3].Deleted = &vault.Tombstone{At: now.Add(-time.Hour), Identity: "eve"}
		}, estate.Fresh, []estate.Kind{estate.KindDeleted}},
		"deleted by the sweep": {func(in *estate.Input) {
			in.Instances[0].Points[3].Deleted = &vault.Tombstone{At: now.Add(-time.Hour), BySweep: true}
		}, estate.Fresh, nil},
		"an explicit objective": {func(in *estate.Input) { in.Instances[0].Instance.Freshness = policy.ClockDuration(9 * time.Hour) }, estate.Stale, []estate.Kind{estate.KindStale}},
		"the policy's objective": {func(in *estate.Input) {
			drop(1)(in)
			in.Instances[0].Instance.Policy.Freshness = policy.ClockDuration(48 * time.Hour)
		}, estate.Late, []estate.Kind{estate.KindLate}},
		"the instance's goes before": {func(in *estate.Input) {
			in.Instances[0].Instance.Policy.Freshness = policy.ClockDuration(time.Hour)
			in.Instances[0].Instance.Freshness = policy.ClockDuration(48 * time.Hour)
		}, estate.Fresh, nil},
		"paused today":               {pause(0), estate.Fresh, []estate.Kind{estate.KindNotScheduled}},
		"paused and forgotten":       {func(in *estate.Input) { pause(0)(in); drop(2)(in) }, estate.Stale, []estate.Kind{estate.KindStale, estate.KindNotScheduled}},
		"the schedule is gone":       {func(in *estate.Input) { delete(in.Schedules, jobs.BackupSchedule(orders)) }, estate.Fresh, []estate.Kind{estate.KindNotScheduled}},
		"the server cannot be asked": {func(in *estate.Input) { in.Schedules = nil }, estate.Fresh, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := night(10)
			c.change(&in)
			i := one(t, in)
			require.Equal(t, c.want, i.Freshness)
			require.Equal(t, c.kinds, kinds(i.Problems), "%+v", i.Problems)
			for _, p := range i.Problems {
				require.Equal(t, orders, p.Instance)
				require.Contains(t, p.Message, orders)
				require.NotEmpty(t, p.Remedy)
			}
		})
	}
}

// TestTheLatestDeletionCounts: the deletions are ordered by point, not by time.
func TestTheLatestDeletionCounts(t *testing.T) {
	t.Parallel()
	in := night(5)
	latest := now.Add(-time.Hour)
	in.Instances[0].Points[1].Deleted = &vault.Tombstone{At: latest, Identity: "eve"}
	in.Instances[0].Points[2].Deleted = &vault.Tombstone{At: now.Add(-9 * time.Hour), Identity: "ann"}
	p := one(t, in).Problems[0]
	require.Equal(t, latest, p.Since)
	require.Contains(t, p.Message, "eve")
}

func pause(n int) func(*estate.Input) {
	return func(in *estate.Input) {
		in.Schedules[jobs.NthBackupSchedule(orders, n)] = estate.Schedule{Paused: true, Note: "maintenance"}
	}
}

// TestThePausedScheduleBecomesAnAlarm: a pause is a warning until the objective has
// passed.
func TestThePausedScheduleBecomesAnAlarm(t *testing.T) {
	t.Parallel()
	in := night(3)
	pause(0)(&in)
	due := one(t, in).LastGood.Committed.Add(one(t, in).Objective.Duration())
	for at, want := range map[time.Time]estate.Severity{due: estate.Warning, due.Add(time.Second): estate.Critical} {
		in.Now = at
		i := one(t, in)
		p := i.Problems[len(i.Problems)-1]
		if want == estate.Critical {
			require.Equal(t, estate.KindStale, i.Problems[0].Kind)
		}
		for _, q := range i.Problems {
			if q.Kind == estate.KindNotScheduled {
				p = q
			}
		}
		require.Equal(t, want, p.Severity, "%s: %+v", at, i.Problems)
		require.Contains(t, p.Message, "maintenance")
	}
}

// TestTheStorageClockCounts: a point whose manifest was stored later than its dump
// claims is as old as the storage says, and a copied one as old as its dump.
func TestTheStorageClockCounts(t *testing.T) {
	t.Parallel()
	ahead := estate.PointOf(vault.Point{Committed: true, Good: true, Stored: now, Summary: vault.Summary{Taken: now.Add(48 * time.Hour)}})
	require.Equal(t, now, ahead.Committed)
	require.Zero(t, ahead.Seconds)
	behind := estate.PointOf(vault.Point{Committed: true, Good: true, Stored: now, Summary: vault.Summary{Taken: now.Add(-time.Hour)}})
	require.Equal(t, now, behind.Committed)
	require.InDelta(t, 3600, behind.Seconds, 0)
	copied := estate.PointOf(vault.Point{Committed: true, Copied: true, Stored: now, Summary: vault.Summary{Taken: now.AddDate(0, -1, 0)}})
	require.Equal(t, now.AddDate(0, -1, 0), copied.Committed)
	require.True(t, copied.Restorable)
}
