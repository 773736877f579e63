package vault_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault"
)

const orders = "shop/orders"

func tombstone(until time.Time) vault.Tombstone {
	return vault.Tombstone{At: scheduled, Until: until, Identity: "ada@example.com", Reason: "no need ☺", Job: "delete/1"}
}

func TestADeletedPointCanBeBroughtBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	older, newer := b.point(t, orders, scheduled), b.point(t, orders, scheduled.Add(time.Hour))
	before := b.names(t)
	require.NoError(t, b.SoftDelete(t.Context(), orders, newer.PointID, tombstone(scheduled.AddDate(0, 0, 14))))
	again := tombstone(scheduled.AddDate(0, 0, 99))
	require.NoError(t, b.SoftDelete(t.Context(), orders, newer.PointID, again), "deleting twice is deleting once")

	point, err := b.FindPoint(t.Context(), orders, newer.PointID)
	require.NoError(t, err)
	require.Equal(t, "ada@example.com", point.Deleted.Identity)
	require.Equal(t, "no need ☺", point.Deleted.Reason)
	require.Equal(t, scheduled.AddDate(0, 0, 14), point.Deleted.Until)
	require.True(t, point.Good)
	require.False(t, point.Usable())
	latest, err := b.Latest(t.Context(), orders)
	require.NoError(t, err)
	require.Equal(t, older.PointID, latest.ID, "a deleted point is not the latest")
	_, err = b.GetPoint(t.Context(), orders, newer.PointID)
	require.Equal(t, failure.RecoveryPointDeleted, failure.CodeOf(err))
	require.ErrorContains(t, err, "pgvault undelete shop/orders --point "+newer.PointID)
	require.Equal(t, failure.RecoveryPointDeleted, failure.CodeOf(b.Hold(t.Context(), orders, newer.PointID, "restore/1")))
	require.Len(t, b.names(t), len(before)+1, "a hold that is refused is released")

	require.NoError(t, b.SoftDelete(t.Context(), orders, older.PointID, tombstone(scheduled.AddDate(0, 0, 14))))
	_, err = b.Latest(t.Context(), orders)
	require.Equal(t, failure.RecoveryPointDeleted, failure.CodeOf(err))
	require.ErrorContains(t, err, "pgvault undelete shop/orders --point "+newer.PointID, "the newest of those that can be brought back")
	require.NoError(t, b.Undelete(t.Context(), orders, older.PointID))

	require.NoError(t, b.Undelete(t.Context(), orders, newer.PointID))
	require.NoError(t, b.Undelete(t.Context(), orders, newer.PointID))
	require.Equal(t, before, b.names(t))
	latest, err = b.Latest(t.Context(), orders)
	require.NoError(t, err)
	require.Equal(t, newer.PointID, latest.ID)
}

func TestWhatIsNoPointCannotBeDeleted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := vault.PointID(scheduled, "0a1b2c3d")
	require.Equal(t, failure.RecoveryPointNotFound, failure.CodeOf(b.SoftDelete(t.Context(), orders, id, tombstone(scheduled))))
	require.Empty(t, b.names(t))
	require.Equal(t, failure.RecoveryPointNotFound, failure.CodeOf(b.Undelete(t.Context(), orders, id)))
	b.attempt(t, orders, id, "r-1", "dump")
	before := b.names(t)
	require.Equal(t, failure.RecoveryPointNotFound, failure.CodeOf(b.SoftDelete(t.Context(), orders, id, tombstone(scheduled))))
	require.Equal(t, before, b.names(t))
}

func TestExpiryGivesWayToAHold(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, orders, scheduled)
	require.NoError(t, b.Hold(t.Context(), orders, m.PointID, "restore/1"))
	before := b.names(t)
	stone := tombstone(m.Retention.Expires.AddDate(0, 0, 14))
	stone.At = m.Retention.Expires
	require.ErrorIs(t, b.Pruner(runs(true)).SoftDeleteExpired(t.Context(), orders, m.PointID, stone), vault.ErrHeld)
	require.Equal(t, before, b.names(t))
	require.NoError(t, b.Pruner(runs(false)).SoftDeleteExpired(t.Context(), orders, m.PointID, stone))
	point, err := b.FindPoint(t.Context(), orders, m.PointID)
	require.NoError(t, err)
	require.True(t, point.Deleted.BySweep)
}

// What the rules take is looked at once more, after the mark is written.
func TestExpiryGivesWayToALongerRetention(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, orders, scheduled)
	before := b.names(t)
	expired := m.Retention.Expires
	stone := tombstone(expired.AddDate(0, 0, 14))
	stone.At = expired.Add(-time.Second)
	require.ErrorIs(t, b.Pruner(runs(false)).SoftDeleteExpired(t.Context(), orders, m.PointID, stone), vault.ErrKept)
	require.ErrorIs(t, b.Pruner(runs(false)).PurgeExpired(t.Context(), orders, m.PointID, stone.At), vault.ErrKept)
	require.Equal(t, before, b.names(t))

	_, err := b.container.Put(t.Context(), "instances/"+orders+"/points/"+m.PointID+"/retention.json", []byte("{}"), nil)
	require.NoError(t, err)
	require.ErrorIs(t, b.Pruner(runs(false)).PurgeExpired(t.Context(), orders, m.PointID, expired), vault.ErrKept, "what cannot be read lets nothing go")
	require.NoError(t, b.SetRetention(t.Context(), orders, m.PointID, vault.Retention{Expires: expired}))
	require.NoError(t, b.Pruner(runs(false)).PurgeExpired(t.Context(), orders, m.PointID, expired))
	require.Empty(t, b.names(t))
}

func TestPurgeOnlyAfterTheTerm(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, orders, scheduled)
	before := b.names(t)
	end := scheduled.AddDate(0, 0, 14)
	require.ErrorIs(t, b.Pruner(runs(false)).PurgeDeleted(t.Context(), orders, m.PointID, end, 0), vault.ErrWanted, "it was never deleted")
	require.NoError(t, b.SoftDelete(t.Context(), orders, m.PointID, tombstone(end)))
	require.ErrorIs(t, b.Pruner(runs(false)).PurgeDeleted(t.Context(), orders, m.PointID, end.Add(-time.Second), 0), vault.ErrWanted)
	require.NoError(t, b.Undelete(t.Context(), orders, m.PointID))
	require.ErrorIs(t, b.Pruner(runs(false)).PurgeDeleted(t.Context(), orders, m.PointID, end, 0), vault.ErrWanted, "it was brought back")
	require.Equal(t, before, b.names(t))
	require.NoError(t, b.SoftDelete(t.Context(), orders, m.PointID, tombstone(end)))
	require.NoError(t, b.Pruner(runs(false)).PurgeDeleted(t.Context(), orders, m.PointID, end, 0))
	require.Empty(t, b.names(t))
	require.NoError(t, b.Pruner(runs(false)).PurgeDeleted(t.Context(), orders, m.PointID, end, 0), "it may be repeated")
}

func TestATombstoneThatCannotBeReadDoesNotEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, orders, scheduled)
	mark := "instances/" + orders + "/points/" + m.PointID + "/tombstone.json"
	_, err := b.container.Put(t.Context(), mark, []byte("{}"), nil)
	require.NoError(t, err)
	require.ErrorIs(t, b.Pruner(runs(false)).PurgeDeleted(t.Context(), orders, m.PointID, scheduled.AddDate(100, 0, 0), 0), vault.ErrWanted)
	_, err = b.GetPoint(t.Context(), orders, m.PointID)
	require.Equal(t, failure.RecoveryPointDeleted, failure.CodeOf(err))
	require.ErrorContains(t, err, "it can be brought back at any time")
	require.NotContains(t, err.Error(), "0001")
	require.NoError(t, b.Undelete(t.Context(), orders, m.PointID))
}

// A purge that crashes after each of its steps in turn: it cannot be turned
// back, nothing looks good, and another sweep finishes it.
func TestAPurgeThatHasBegunGoesOn(t *testing.T) {
	t.Parallel()
	end := scheduled.AddDate(0, 0, 14)
	for step := range 6 {
		t.Run(fmt.Sprint(step), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			m := b.point(t, orders, scheduled)
			require.NoError(t, b.SoftDelete(t.Context(), orders, m.PointID, tombstone(end)))
			restart := b.crash(step)
			err := b.Pruner(runs(false)).PurgeDeleted(t.Context(), orders, m.PointID, end, 0)
			restart()
			if err == nil {
				require.Empty(t, b.names(t))
				return
			}
			require.Equal(t, failure.RecoveryPointNotFound, failure.CodeOf(b.Undelete(t.Context(), orders, m.PointID)))
			require.Equal(t, failure.RecoveryPointNotFound, failure.CodeOf(b.Hold(t.Context(), orders, m.PointID, "restore/1")))
			_, err = b.Latest(t.Context(), orders)
			require.Equal(t, failure.RecoveryPointNotFound, failure.CodeOf(err))
			require.NoError(t, b.Pruner(runs(false)).PurgeDeleted(t.Context(), orders, m.PointID, end, 0))
			points, err := b.ListPoints(t.Context(), orders)
			require.NoError(t, err)
			for _, p := range points {
				require.False(t, p.Committed, "what is left is an orphan")
				require.NoError(t, b.Pruner(runs(false)).DeleteOrphan(t.Context(), orders, p.ID, time.Now(), 0))
			}
			require.Empty(t, b.names(t))
		})
	}
}
