package vault_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault"
)

// rehydrated makes an archived point with a copy that can be read.
func (l *locking) rehydrated(t *testing.T) (vault.Point, vault.Rehydrated) {
	t.Helper()
	p := l.recent(t)
	require.NoError(t, l.Pruner(runs(false)).Archive(t.Context(), p.Instance, p.ID))
	made, err := l.Rehydrate(t.Context(), vault.Ask{
		Instance: p.Instance, Point: p.ID, Job: "restore/1", Run: "run-1", Priority: blobstore.Standard, HoldDays: 10, Now: l.now,
	})
	require.NoError(t, err)
	require.NotNil(t, made.From)
	require.Equal(t, 1, l.storage.Versions(made.Copy))
	return p, made
}

// Where the account keeps versions a copy that is only hidden would be paid for
// as long as its point lives.
func TestADroppedCopyLeavesNoVersion(t *testing.T) {
	t.Parallel()
	l := setupLocking(t)
	p, made := l.rehydrated(t)
	before := l.storage.Versions(p.DumpBlob)
	l.pass(11 * 24 * time.Hour)
	require.NoError(t, l.Pruner(runs(false)).DropCopies(t.Context(), p.Instance, p.ID, l.now))
	require.Zero(t, l.storage.Versions(made.Copy))
	require.Equal(t, before, l.storage.Versions(p.DumpBlob), "the dump itself stays")
	p = l.find(t, p.ID)
	require.True(t, p.Usable())
	require.False(t, p.StrayCopies())
}

// The identity that drops copies is that of the role prune. One without the
// right to delete versions is told so, and a later sweep takes what it left.
func TestADroppedCopyWhoseVersionsMayNotBeDeleted(t *testing.T) {
	t.Parallel()
	l := setupLocking(t)
	p, made := l.rehydrated(t)
	l.pass(11 * 24 * time.Hour)
	l.storage.Inject(memblob.Fault{Ops: []memblob.Op{memblob.DeleteVersion}, Times: 1, Err: forbidden()})
	err := l.Pruner(runs(false)).DropCopies(t.Context(), p.Instance, p.ID, l.now)
	require.Equal(t, failure.ContainerNotAccessible, failure.CodeOf(err), err)
	require.Equal(t, 1, l.storage.Versions(made.Copy), "the copy is hidden, and no state names it")

	require.True(t, l.find(t, p.ID).StrayCopies(), "the next sweep sees it")
	require.NoError(t, l.Pruner(runs(false)).DropCopies(t.Context(), p.Instance, p.ID, l.now))
	require.Zero(t, l.storage.Versions(made.Copy))
	require.False(t, l.find(t, p.ID).StrayCopies())
}

// A container's default policy keeps what is written, copies too: they go with
// their point, and no sweep fails for them.
func TestADroppedCopyThatADefaultPolicyKeeps(t *testing.T) {
	t.Parallel()
	l := setupLocking(t)
	l.storage.SetDefaultPolicy(20*24*time.Hour, false)
	p, made := l.rehydrated(t)
	l.pass(11 * 24 * time.Hour)
	require.NoError(t, l.Pruner(runs(false)).DropCopies(t.Context(), p.Instance, p.ID, l.now))
	require.Equal(t, 1, l.storage.Versions(made.Copy))
	p = l.find(t, p.ID)
	require.False(t, p.StrayCopies())

	l.pass(30 * 24 * time.Hour)
	require.NoError(t, l.SoftDelete(t.Context(), p.Instance, p.ID, vault.Tombstone{At: l.now, Until: l.now}))
	require.NoError(t, l.Pruner(runs(false)).PurgeDeleted(t.Context(), p.Instance, p.ID, l.now, 0))
	require.Zero(t, l.storage.Versions(made.Copy))
}
