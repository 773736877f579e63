package sweep_test

import (
	"context"
	"encoding/json"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/sweep"
)

// tombstoned returns a point's tombstone.
func (b *bundle) tombstone(t *testing.T, id string) *vault.Tombstone {
	t.Helper()
	p, err := b.Vault.FindPoint(t.Context(), instanceName, id)
	require.NoError(t, err)
	return p.Deleted
}

func TestWhatExpiresIsDeletedForATermAndThenPurged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Job = "sweep/1"
	expired, last := b.point(t, 40), b.point(t, 1)
	report := b.sweep(t)
	require.Equal(t, map[string]string{expired: "expired", last: "last good point"}, reasons(report))
	require.Equal(t, []string{expired, last}, b.left(t))
	stone := b.tombstone(t, expired)
	require.True(t, stone.BySweep)
	require.Equal(t, "sweep/1", stone.Job)
	require.WithinDuration(t, time.Now().AddDate(0, 0, 14), stone.Until, time.Hour)
	require.Equal(t, "soft-deleted", reasons(b.sweep(t))[expired])

	b.pass(14 * 24 * time.Hour)
	require.Equal(t, "purged", reasons(b.sweep(t))[expired])
	require.Equal(t, []string{last}, b.left(t))
}

// A person deletes the last good point; a sweep never does, nor does it purge
// the last that it has deleted itself.
func TestTheLastGoodPointOutlivesSweeps(t *testing.T) {
	t.Parallel()
	b := setup(t)
	older, newer := b.point(t, 400), b.point(t, 300)
	past := vault.Tombstone{At: time.Now().AddDate(0, 0, -15), Until: time.Now().AddDate(0, 0, -1), BySweep: true, Job: "sweep/1"}
	require.NoError(t, b.Vault.Vault.Pruner(none).SoftDeleteExpired(t.Context(), instanceName, older, past))
	names := vault.AttemptNames(instanceName, newer, "r-1")
	require.NoError(t, b.Container.Delete(t.Context(), names.Dump), "somebody deletes a dump by other means")
	b.pass(14 * 24 * time.Hour)
	report := b.sweep(t)
	require.Equal(t, "last good point", reasons(report)[older])
	require.Equal(t, []string{older, newer}, b.left(t))

	require.NoError(t, b.Vault.Undelete(t.Context(), instanceName, older))
	past.BySweep = false
	require.NoError(t, b.Vault.SoftDelete(t.Context(), instanceName, older, past))
	b.pass(14 * 24 * time.Hour)
	require.Equal(t, "purged", reasons(b.sweep(t))[older], "but a person's wish is done")
}

// A person who has a point kept for longer while a sweep goes on is heard.
func TestSweepGivesWayToARetentionThatHasJustBecomeLonger(t *testing.T) {
	t.Parallel()
	sweptDuring(t, func(b *bundle, expired string) error {
		return b.Vault.SetRetention(t.Context(), instanceName, expired, vault.Retention{Expires: time.Now().AddDate(1, 0, 0)})
	}, func(found map[string]string, expired, _ string) {
		require.Equal(t, "not expired", found[expired])
	})
}

// sweptDuring sweeps an expired point and the last good one, with soft delete and
// without, while somebody makes a change after the first has been planned. Then
// nothing may be removed. check is given the reasons.
func sweptDuring(t *testing.T, change func(b *bundle, expired string) error, check func(found map[string]string, expired, last string)) {
	t.Helper()
	for _, hard := range []bool{false, true} {
		b := setup(t)
		if hard {
			b.hard(t)
		}
		expired, last := b.point(t, 40), b.point(t, 1)
		// It is asked when the walk comes by the last point.
		b.Vault.JobRuns = func(context.Context, string) (bool, error) { return false, change(b, expired) }
		require.NoError(t, b.Vault.Hold(t.Context(), instanceName, last, "restore/last"))
		report := b.sweep(t)
		check(reasons(report), expired, last)
		require.Zero(t, report.Removed)
		p, err := b.Vault.GetPoint(t.Context(), instanceName, expired)
		require.NoError(t, err)
		require.True(t, p.Usable())
	}
}

func TestRetainForeverKeepsWhatHasExpired(t *testing.T) {
	t.Parallel()
	b := setup(t)
	expired, last := b.point(t, 40), b.point(t, 1)
	require.NoError(t, b.Vault.SetProtection(t.Context(), instanceName, vault.Protection{State: vault.RetainForever}))
	require.Equal(t, map[string]string{expired: "retained for ever", last: "last good point"}, reasons(b.sweep(t)))
	require.NoError(t, b.Vault.SetProtection(t.Context(), instanceName, vault.Protection{State: vault.RetainAsPerPolicy}))
	require.Equal(t, map[string]string{expired: "expired", last: "last good point"}, reasons(b.sweep(t)))
}

// A stop that is recorded while a sweep goes on is heard before the next removal.
func TestSweepGivesWayToAStopThatHasJustCome(t *testing.T) {
	t.Parallel()
	sweptDuring(t, func(b *bundle, _ string) error {
		return b.Vault.SetProtection(t.Context(), instanceName, vault.Protection{State: vault.RetainForever})
	}, func(found map[string]string, expired, last string) {
		require.Equal(t, map[string]string{expired: "retained for ever", last: "last good point"}, found)
	})
}

// A stop between two stretches holds for the rest of the instance, and so for its plan.
func TestASweepHearsOfAStopBetweenItsStretches(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, age := range []int{80, 70, 60, 50, 1} {
		b.point(t, age)
	}
	b.PageSize = 5 // the instance, and a point
	_, cursor, err := b.Plan(t.Context(), sweep.Cursor{}, 2, &sweep.Tally{})
	require.NoError(t, err)
	require.Equal(t, instanceName, cursor.Instance)
	require.False(t, cursor.Walk.Done)
	require.NoError(t, b.Vault.SetProtection(t.Context(), instanceName, vault.Protection{State: vault.RetainForever}))
	report, _, err := b.Plan(t.Context(), cursor, math.MaxInt, &sweep.Tally{})
	require.NoError(t, err)
	require.NotEmpty(t, report.Decisions)
	require.Zero(t, report.Removed)
}

// However short the pages and the stretches, and whatever instance they cut, a
// sweep decides the same; in between its state is JSON.
func TestSweepInStretchesDecidesTheSame(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, name := range []string{"shop", "shop/zoo"} {
		_, err := b.Vault.PutInstance(t.Context(), instance.Instance{Name: name})
		require.NoError(t, err)
	}
	for _, age := range []int{70, 60, 50, 40, 5, 1} {
		b.point(t, age)
	}
	whole, _, err := b.Plan(t.Context(), sweep.Cursor{}, math.MaxInt, &sweep.Tally{})
	require.NoError(t, err)
	require.Len(t, whole.Decisions, 6)
	for _, size := range []int32{1, 2, 3, 7} {
		b.PageSize = size
		var cursor sweep.Cursor
		var decided []sweep.Decision
		for !cursor.Walk.Done {
			report, next, err := b.Plan(t.Context(), cursor, 2, &sweep.Tally{})
			require.NoError(t, err)
			decided = append(decided, report.Decisions...)
			kept, err := json.Marshal(next)
			require.NoError(t, err)
			require.Less(t, len(kept), 3000)
			cursor = sweep.Cursor{}
			require.NoError(t, json.Unmarshal(kept, &cursor))
		}
		require.ElementsMatch(t, whole.Decisions, decided)
		require.Equal(t, whole.Count, cursor.Count)
	}
}

// A sweep that is stopped at any moment leaves nothing that looks good and is
// not, and the next one does the rest.
func TestSweepCanBeStoppedAtAnyMoment(t *testing.T) {
	t.Parallel()
	for moment := range 8 {
		b := setup(t)
		b.hard(t)
		for _, age := range []int{80, 70, 60} {
			held := b.point(t, age)
			require.NoError(t, b.Vault.Hold(t.Context(), instanceName, held, "restore/of-yore"))
		}
		last := b.point(t, 1)
		ctx, cancel := context.WithCancel(t.Context())
		asked := 0
		var mu sync.Mutex
		running := b.Vault.JobRuns
		b.Vault.JobRuns = func(ctx context.Context, id string) (bool, error) {
			mu.Lock()
			defer mu.Unlock()
			if asked++; asked > moment {
				cancel()
			}
			return running(ctx, id)
		}
		_, next, err := b.Sweep(ctx, sweep.Cursor{}, math.MaxInt, &sweep.Tally{})
		cancel()
		if err != nil {
			require.Equal(t, sweep.Cursor{}, next, "it is begun again from where it stood")
		}
		points, err := b.Vault.ListPoints(t.Context(), instanceName)
		require.NoError(t, err)
		for _, p := range points {
			require.False(t, p.Committed && !p.Good && !p.Removing, "a manifest without its dump: %+v", p)
		}
		b.sweep(t)
		b.settings(t, instance.VaultSettings{SoftDelete: instance.SoftDelete{Off: true}}) // no grace for what the stop has left
		b.sweep(t)
		require.Equal(t, []string{last}, b.left(t))
	}
}
