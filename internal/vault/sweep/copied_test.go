package sweep_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/vault"
)

// copied returns the same vault in another container, to which all blobs were
// copied with their metadata.
func (b *bundle) copied(t *testing.T) *bundle {
	t.Helper()
	to := memblob.New(time.Now, memblob.Options{})
	b.storage.CopyTo(to)
	return setupAt(t, to)
}

func TestSweepOfACopiedVaultLeavesTheLastPoint(t *testing.T) {
	t.Parallel()
	b := setup(t)
	older, old := b.point(t, 60), b.point(t, 40)
	c := b.copied(t)
	c.hard(t)
	require.Equal(t, map[string]string{older: "expired", old: "last copied point"}, reasons(c.sweep(t)))
	require.Equal(t, []string{old}, c.left(t))
	require.Equal(t, map[string]string{old: "last copied point"}, reasons(c.sweep(t)), "however often")

	newer := c.point(t, 1)
	require.Equal(t, map[string]string{old: "expired", newer: "last good point"}, reasons(c.sweep(t)), "once a point is known to be good")
	require.Equal(t, []string{newer}, c.left(t))
}

func TestSweepOfACopiedVaultDeletesSoftly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	older, old, kept := b.point(t, 60), b.point(t, 40), b.point(t, 3)
	c := b.copied(t)
	require.Equal(t, map[string]string{older: "expired", old: "expired", kept: "last copied point"}, reasons(c.sweep(t)))
	latest, err := c.Vault.Latest(t.Context(), instanceName)
	require.NoError(t, err)
	require.Equal(t, kept, latest.ID)
	p, err := c.Vault.FindPoint(t.Context(), instanceName, old)
	require.NoError(t, err)
	require.NotNil(t, p.Deleted)
	require.NoError(t, c.Vault.Undelete(t.Context(), instanceName, old))
	p, err = c.Vault.FindPoint(t.Context(), instanceName, old)
	require.NoError(t, err)
	require.True(t, p.Restorable())
}

// A dump that lost attempts have stored is no stray beside one that may be wrong.
func TestSweepOfACopiedVaultDropsNoOtherDump(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.point(t, 3)
	late := vault.AttemptNames(instanceName, id, "r-2").Dump
	_, err := b.Container.PutNew(t.Context(), late, []byte("late"), nil)
	require.NoError(t, err)
	c := b.copied(t)
	c.sweep(t)
	_, err = c.Container.Stat(t.Context(), late)
	require.NoError(t, err)
}
