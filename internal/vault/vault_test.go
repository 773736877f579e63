package vault_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

func TestPointIDSortsByTime(t *testing.T) {
	t.Parallel()
	local := time.Date(2026, 11, 24, 4, 0, 0, 0, time.FixedZone("", 7200))
	id := vault.PointID(local, "01a20be6-0f75-7aee-b5b4-1bd30a1b2c3d")
	require.Equal(t, "20261124T020000Z-0a1b2c3d", id)
	require.NotEqual(t, id, vault.PointID(local, "01a20be6-0f75-7aee-b5b4-1bd30a1b2c3e"), "two runs of the same second")
	at, err := vault.ParsePointTime(id)
	require.NoError(t, err)
	require.Equal(t, scheduled, at)
	require.Less(t, id, vault.PointID(scheduled.Add(time.Second), "00000000"))
	_, err = vault.ParsePointTime("manifest.json")
	require.Error(t, err)
}

func TestInstancesAndSettings(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.GetSettings(t.Context())
	require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err))
	_, err = b.GetInstance(t.Context(), "shop/orders")
	require.Equal(t, failure.InstanceNotFound, failure.CodeOf(err))
	require.ErrorContains(t, err, "shop/orders")

	want := instance.Instance{Name: "shop/orders", Server: instance.Server{Host: "db", Port: 5432}, Database: "orders"}
	for _, changed := range []bool{true, false} {
		got, err := b.PutInstance(t.Context(), want)
		require.NoError(t, err)
		require.Equal(t, changed, got, "writing the same again changes nothing")
	}
	_, err = b.PutInstance(t.Context(), instance.Instance{Name: "shop"})
	require.NoError(t, err)
	got, err := b.GetInstance(t.Context(), "shop/orders")
	require.NoError(t, err)
	require.Equal(t, want.Server, got.Server)
	b.point(t, "shop/orders", scheduled)
	names, err := b.ListInstances(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"shop", "shop/orders"}, names)
}

func TestListingAloneTellsGoodPoints(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.point(t, "shop/orders", scheduled)
	b.attempt(t, "shop/orders", vault.PointID(scheduled.Add(time.Hour), "0a1b2c3d"), "r-1", "orphan")
	damaged, copied := b.point(t, "shop/orders", scheduled.Add(2*time.Hour)), b.point(t, "shop/orders", scheduled.Add(3*time.Hour))
	_, err := b.container.Put(t.Context(), damaged.Dump.Blob, []byte("another length"), nil)
	require.NoError(t, err)
	_, err = b.container.Put(t.Context(), copied.Dump.Blob, []byte("dump of "+scheduled.Add(3*time.Hour).String()), nil)
	require.NoError(t, err, "the same bytes, but another blob than the one that was verified")

	points, err := b.ListPoints(t.Context(), "shop/orders")
	require.NoError(t, err)
	require.Len(t, points, 4)
	require.True(t, points[0].Good)
	require.False(t, points[0].Copied)
	require.Equal(t, vault.Summary{
		Expires: first.Retention.Expires, ArchiveAt: first.Retention.ArchiveAt, Rule: "Default", Policy: "nightly", Database: first.Database.Name, ServerVersion: "15.18",
		Trigger: "schedule", Job: first.Job.WorkflowID, DumpBlob: first.Dump.Blob, DumpSize: first.Dump.Size, DumpETag: first.Dump.ETag, SHA256: first.Dump.SHA256, BlocksSHA256: first.Dump.BlocksSHA256,
		RolesBlob: first.Roles.Blob, Taken: first.Dump.StartedAt,
	}, points[0].Summary)
	require.False(t, points[1].Committed)
	require.Equal(t, []string{"backup-run/shop/orders"}, points[1].Works)
	require.True(t, points[2].Committed)
	require.False(t, points[2].Good || points[2].Copied)
	require.True(t, points[3].Committed && points[3].Copied)
	require.False(t, points[3].Good)

	latest, err := b.Latest(t.Context(), "shop/orders")
	require.NoError(t, err)
	require.Equal(t, copied.PointID, latest.ID, "the newest that can be restored")
	content, err := b.read(t, copied, vault.Source{})
	require.NoError(t, err, "bytes that are checked may be read from any blob")
	require.Equal(t, copied.Dump.SHA256, sum([]byte(content)))
	require.NoError(t, b.container.Delete(t.Context(), copied.Dump.Blob))
	latest, err = b.Latest(t.Context(), "shop/orders")
	require.NoError(t, err)
	require.Equal(t, first.PointID, latest.ID)
	_, err = b.OpenDump(t.Context(), damaged, vault.Source{})
	require.Equal(t, failure.VerificationFailed, failure.CodeOf(err))
}

func TestCommitIsCreateOnlyAndFindsItsOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, "shop/orders", scheduled)
	m.CommittedAt = scheduled.Add(time.Minute)
	require.NoError(t, b.CommitPoint(t.Context(), statement.Unsigned{}, m), "the same dump, committed by an attempt whose answer was lost")
	other := b.attempt(t, "shop/orders", m.PointID, "r-2", "another dump")
	require.ErrorIs(t, b.CommitPoint(t.Context(), statement.Unsigned{}, other), blobstore.ErrExists)
	stored, err := b.GetManifest(t.Context(), "shop/orders", m.PointID)
	require.NoError(t, err)
	require.Equal(t, m.Dump, stored.Dump)
	require.True(t, stored.CommittedAt.IsZero(), "the first manifest stays as it was written")
}

func TestDiscardLeavesRecoveryPointsAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, "shop/orders", scheduled)
	orphan := vault.PointID(scheduled.Add(time.Hour), "0a1b2c3d")
	b.attempt(t, "shop/orders", orphan, "r-1", "orphan")
	before := len(b.names(t))
	require.NoError(t, b.DiscardAttempts(t.Context(), "shop/orders", m.PointID, time.Now()))
	require.Len(t, b.names(t), before)
	for range 2 {
		require.NoError(t, b.DiscardAttempts(t.Context(), "shop/orders", orphan, time.Now()))
		require.Len(t, b.names(t), before-4)
	}
}

func TestLeftoversOfOtherAttemptsGo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := vault.PointID(scheduled, "0a1b2c3d")
	b.point(t, "shop/orders", scheduled.Add(time.Hour))
	m := b.attempt(t, "shop/orders", id, "r-2", "the one that counts")
	require.NoError(t, b.CommitPoint(t.Context(), statement.Unsigned{}, m))
	require.NoError(t, b.Hold(t.Context(), "shop/orders", id, "restore/1"))
	kept := b.names(t)
	b.attempt(t, "shop/orders", id, "r-1", "lost")
	b.attempt(t, "shop/orders", id, "s-3", "late")
	require.Len(t, b.names(t), len(kept)+8)
	for range 2 {
		require.NoError(t, b.DropLeftovers(t.Context(), m))
		require.Equal(t, kept, b.names(t))
	}
}

func TestHoldKeepsSweepsAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, "shop/orders", scheduled)
	before := b.names(t)
	for range 2 {
		require.NoError(t, b.Hold(t.Context(), "shop/orders", m.PointID, "restore/shop/orders/1"))
	}
	points, err := b.ListPoints(t.Context(), "shop/orders")
	require.NoError(t, err)
	require.Equal(t, []string{"restore/shop/orders/1"}, points[0].Holds)
	require.ErrorIs(t, b.Pruner(runs(true)).Purge(t.Context(), "shop/orders", m.PointID, time.Now()), vault.ErrHeld)
	points, err = b.ListPoints(t.Context(), "shop/orders")
	require.NoError(t, err)
	require.True(t, points[0].Good, "a removal that gave way has left no mark")
	for range 2 {
		require.NoError(t, b.Release(t.Context(), "shop/orders", m.PointID, "restore/shop/orders/1"))
	}
	require.Equal(t, before, b.names(t))
}

func TestHoldGivesWayToARemovalThatHasBegun(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, "shop/orders", scheduled)
	_, err := b.container.Put(t.Context(), "instances/shop/orders/points/"+m.PointID+"/removal.json", []byte("{}"), nil)
	require.NoError(t, err)
	before := b.names(t)
	err = b.Hold(t.Context(), "shop/orders", m.PointID, "restore/1")
	require.Equal(t, failure.RecoveryPointNotFound, failure.CodeOf(err))
	require.Equal(t, before, b.names(t), "the hold is gone again")
}

func TestHoldOfAClosedJobDoesNotCount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, "shop/orders", scheduled)
	require.NoError(t, b.Hold(t.Context(), "shop/orders", m.PointID, "restore/1"))
	require.NoError(t, b.Pruner(runs(false)).Purge(t.Context(), "shop/orders", m.PointID, time.Now()))
	require.Empty(t, b.names(t))
}

func runs(answer bool) vault.JobRuns {
	return func(context.Context, string) (bool, error) { return answer, nil }
}

// TestRemovalThatCrashesLeavesNoPointThatLooksGood forbids one deletion after
// another, as a crash after each step would.
func TestRemovalThatCrashesLeavesNoPointThatLooksGood(t *testing.T) {
	t.Parallel()
	for step := range 6 {
		t.Run(fmt.Sprint(step), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			m := b.point(t, "shop/orders", scheduled)
			restart := b.crash(step)
			err := b.Pruner(runs(false)).Purge(t.Context(), "shop/orders", m.PointID, time.Now())
			restart()
			if err == nil {
				require.Empty(t, b.names(t))
				return
			}
			points, err := b.ListPoints(t.Context(), "shop/orders")
			require.NoError(t, err)
			require.Len(t, points, 1)
			require.False(t, points[0].Good)
			_, err = b.Latest(t.Context(), "shop/orders")
			require.Equal(t, failure.RecoveryPointNotFound, failure.CodeOf(err))
			require.NoError(t, b.Pruner(runs(false)).Purge(t.Context(), "shop/orders", m.PointID, time.Now()), "another sweep finishes it")
			require.Empty(t, b.names(t))
		})
	}
}
