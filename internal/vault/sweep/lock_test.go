package sweep_test

import (
	"errors"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/sweep"
)

const points = "instances/" + instanceName + "/points/"

// locking is a vault whose storage keeps versions and knows locks.
type locking struct {
	*bundle
	ahead *atomic.Int64 // of the storage's clock, in nanoseconds
}

func setupLocking(t *testing.T, soft instance.SoftDelete, want instance.Immutability) *locking {
	t.Helper()
	ahead := &atomic.Int64{}
	storage := memblob.New(func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }, memblob.Options{Versions: true})
	l := &locking{bundle: setupAt(t, storage), ahead: ahead}
	l.settings(t, instance.VaultSettings{
		Sweep: instance.Sweep{OrphanGrace: policy.ClockDuration(time.Hour)}, SoftDelete: soft, Immutability: want,
	})
	return l
}

// pass lets time go by, for the storage and for the sweep.
func (l *locking) pass(d time.Duration) {
	l.ahead.Add(int64(d))
	before := l.Now
	l.Now = func() time.Time { return before().Add(d) }
}

// lock locks what the last sweep has found.
func (l *locking) lock(t *testing.T) int {
	t.Helper()
	var locked atomic.Int64
	require.NoError(t, sweep.Locker{Vault: l.Vault.Vault, Now: l.Now}.Lock(t.Context(), sweep.Cursor{}, math.MaxInt, &locked))
	return int(locked.Load())
}

var off = instance.SoftDelete{Off: true}

func TestASweepFindsWhatLacksALock(t *testing.T) {
	t.Parallel()
	l := setupLocking(t, instance.SoftDelete{}, instance.Disabled)
	expired, older, last := l.point(t, 40), l.point(t, 5), l.point(t, 1)
	require.Zero(t, l.sweep(t).LackLock, "where nothing is to be locked, nothing lacks a lock")
	require.Zero(t, l.lock(t))

	l.settings(t, instance.VaultSettings{Immutability: instance.Unlocked})
	report := l.sweep(t)
	require.Equal(t, []string{instanceName + " " + older, instanceName + " " + last}, report.Lacking, "not what is deleted: %s", expired)
	require.Equal(t, 2, report.LackLock)
	require.Equal(t, 2, l.lock(t))
	require.Zero(t, l.lock(t))
	require.Empty(t, l.sweep(t).Lacking)

	// For good, and longer.
	l.settings(t, instance.VaultSettings{Immutability: instance.Locked})
	require.Equal(t, 2, l.sweep(t).LackLock)
	require.Equal(t, 2, l.lock(t))
	require.NoError(t, l.Vault.SetRetention(t.Context(), instanceName, older, vault.Retention{Expires: time.Now().AddDate(1, 0, 0)}))
	require.Equal(t, []string{instanceName + " " + older}, l.sweep(t).Lacking)
	require.Equal(t, 1, l.lock(t))
	p, err := l.Vault.FindPoint(t.Context(), instanceName, older)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().AddDate(1, 0, 0), p.LockedUntil, time.Hour)
}

func TestALockedPointIsRetained(t *testing.T) {
	t.Parallel()
	l := setupLocking(t, off, instance.Locked)
	older, last := l.point(t, 20), l.point(t, 1)
	require.Equal(t, 2, l.lock(t))
	// A policy that is shortened later shortens no lock.
	require.NoError(t, l.Vault.SetRetention(t.Context(), instanceName, older, vault.Retention{Expires: time.Now()}))
	before := l.storage.Versions(points)
	refused := l.storage.Inject(memblob.Fault{Ops: []memblob.Op{memblob.Delete, memblob.DeleteVersion}, Err: errors.New("refused")})
	require.Equal(t, map[string]string{older: "locked", last: "last good point"}, reasons(l.sweep(t)), "it is not even tried")
	refused()
	require.Equal(t, before, l.storage.Versions(points))

	l.pass(11 * 24 * time.Hour)
	require.Equal(t, map[string]string{older: "expired", last: "last good point"}, reasons(l.sweep(t)))
	require.Equal(t, []string{last}, l.left(t))
	require.Zero(t, l.storage.Versions(points+older), "nothing hidden is left and paid for")
}

func TestADeletedPointStaysUntilItsLockEnds(t *testing.T) {
	t.Parallel()
	l := setupLocking(t, instance.SoftDelete{}, instance.Locked)
	older, last := l.point(t, 5), l.point(t, 1)
	require.Equal(t, 2, l.lock(t))
	stone := vault.Tombstone{At: l.Now(), Until: l.Now().AddDate(0, 0, 14), Job: "delete/1"}
	require.NoError(t, l.Vault.SoftDelete(t.Context(), instanceName, older, stone))
	require.Equal(t, "locked", reasons(l.sweep(t))[older])
	l.pass(20 * 24 * time.Hour)
	require.Equal(t, "locked", reasons(l.sweep(t))[older], "its term is over, its lock is not")
	l.pass(6 * 24 * time.Hour)
	require.Equal(t, map[string]string{older: "purged", last: "last good point"}, reasons(l.sweep(t)))
	require.Zero(t, l.storage.Versions(points+older))
}

// What others delete stays until it would have gone anyway, and as long as there
// is no good point beside it.
func TestWhatOthersDeleteIsNoOrphan(t *testing.T) {
	t.Parallel()
	l := setupLocking(t, off, instance.Disabled)
	hidden := l.point(t, 20)
	p, err := l.Vault.FindPoint(t.Context(), instanceName, hidden)
	require.NoError(t, err)
	for _, b := range p.Blobs {
		require.NoError(t, l.Container.Delete(t.Context(), b.Name))
	}
	l.pass(24 * time.Hour)
	require.Equal(t, map[string]string{hidden: "damaged"}, reasons(l.sweep(t)))
	l.pass(20 * 24 * time.Hour)
	require.Equal(t, map[string]string{hidden: "damaged"}, reasons(l.sweep(t)), "its instance has no other point")
	last := l.point(t, 0)
	require.Equal(t, map[string]string{hidden: "expired", last: "last good point"}, reasons(l.sweep(t)))
	require.Zero(t, l.storage.Versions(points+hidden))
}

func TestASweepThatMayNotDeleteVersionsSaysSo(t *testing.T) {
	t.Parallel()
	l := setupLocking(t, off, instance.Disabled)
	l.point(t, 40)
	l.point(t, 1)
	l.storage.Inject(memblob.Fault{
		Ops: []memblob.Op{memblob.DeleteVersion}, Err: failure.New(failure.ContainerNotAccessible, "assign deleteBlobVersion/action", "not this identity"),
	})
	_, _, err := l.Sweep(t.Context(), sweep.Cursor{}, math.MaxInt, &sweep.Tally{})
	require.Equal(t, failure.ContainerNotAccessible, failure.CodeOf(err))
	require.ErrorContains(t, err, "deleteBlobVersion/action")
}

func TestALockThatMayNotBeSetIsAnError(t *testing.T) {
	t.Parallel()
	l := setupLocking(t, off, instance.Locked)
	l.point(t, 1)
	l.storage.Inject(memblob.Fault{
		Ops: []memblob.Op{memblob.SetImmutabilityPolicy}, Err: failure.New(failure.MissingImmutabilityPermissions, "", "not this identity"),
	})
	var locked atomic.Int64
	err := sweep.Locker{Vault: l.Vault.Vault, Now: l.Now}.Lock(t.Context(), sweep.Cursor{}, math.MaxInt, &locked)
	require.Equal(t, failure.MissingImmutabilityPermissions, failure.CodeOf(err))
	require.Zero(t, locked.Load())
}
