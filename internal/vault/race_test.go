package vault_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// A job that is rerun may go on with what a sweep has listed as an orphan.
func TestRemovalOfAnOrphanGivesWayToItsCommit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, "shop/orders", scheduled)
	before := b.names(t)
	require.ErrorIs(t, b.Pruner(runs(false)).DeleteOrphan(t.Context(), "shop/orders", m.PointID, time.Now(), 0), vault.ErrWanted)
	require.Equal(t, before, b.names(t))
	point, err := b.Latest(t.Context(), "shop/orders")
	require.NoError(t, err)
	require.Equal(t, m.PointID, point.ID)
}

func TestRemovalOfAnOrphanGivesWayToItsJob(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := vault.PointID(scheduled, "0a1b2c3d")
	b.attempt(t, "shop/orders", id, "r-1", "dump")
	before := b.names(t)
	running := func(_ context.Context, job string) (bool, error) { return job == "backup-run/shop/orders", nil }
	require.ErrorIs(t, b.Pruner(running).DeleteOrphan(t.Context(), "shop/orders", id, time.Now(), 0), vault.ErrWanted)
	require.Equal(t, before, b.names(t))
	require.NoError(t, b.Pruner(runs(false)).DeleteOrphan(t.Context(), "shop/orders", id, time.Now(), 0))
	require.Empty(t, b.names(t))
}

// Between verification and commit there may be days, when a job is rerun.
func TestCommitNeedsItsDump(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.attempt(t, "shop/orders", vault.PointID(scheduled, "0a1b2c3d"), "r-1", "dump")
	changed := m
	changed.Dump.ETag = "0xANOTHER"
	require.Equal(t, failure.VerificationFailed, failure.CodeOf(b.CommitPoint(t.Context(), statement.Unsigned{}, changed)))
	require.NoError(t, b.container.Delete(t.Context(), m.Dump.Blob))
	require.Equal(t, failure.VerificationFailed, failure.CodeOf(b.CommitPoint(t.Context(), statement.Unsigned{}, m)))
	require.NotContains(t, strings.Join(b.names(t), " "), "manifest.json")
}

func TestCommitGivesWayToARemovalThatHasBegun(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.attempt(t, "shop/orders", vault.PointID(scheduled, "0a1b2c3d"), "r-1", "dump")
	mark := "instances/shop/orders/points/" + m.PointID + "/removal.json"
	_, err := b.container.Put(t.Context(), mark, []byte("{}"), nil)
	require.NoError(t, err)
	require.Equal(t, failure.VerificationFailed, failure.CodeOf(b.CommitPoint(t.Context(), statement.Unsigned{}, m)))
	require.NotContains(t, strings.Join(b.names(t), " "), "manifest.json")

	require.NoError(t, b.container.Delete(t.Context(), mark))
	require.NoError(t, b.CommitPoint(t.Context(), statement.Unsigned{}, m))
	_, err = b.container.Put(t.Context(), mark, []byte("{}"), nil)
	require.NoError(t, err)
	err = b.CommitPoint(t.Context(), statement.Unsigned{}, m)
	require.Error(t, err, "the removal began before it saw the manifest")
	require.True(t, failure.CodeOf(err).Retryable(), "the removal gives way, or takes the dump")
}
