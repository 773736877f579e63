package vault_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

const orders1 = "shop/orders"

// locking is a vault whose storage keeps versions and knows locks.
type locking struct {
	bundle
	clock *clock
	now   time.Time
}

func setupLocking(t *testing.T) *locking {
	t.Helper()
	c := &clock{}
	return &locking{bundle: open(memblob.New(c.now, memblob.Options{Versions: true})), clock: c, now: time.Now().UTC()}
}

// pass lets time go by, for the storage and for the vault.
func (l *locking) pass(d time.Duration) {
	l.clock.advance(d)
	l.now = l.now.Add(d)
}

// recent makes a point that is kept for 30 days.
func (l *locking) recent(t *testing.T) vault.Point {
	t.Helper()
	m := l.attempt(t, orders1, vault.PointID(l.now, "0a1b2c3d"), "r-2", "dump")
	m.Retention.Expires = l.now.AddDate(0, 0, 30)
	require.NoError(t, l.CommitPoint(t.Context(), statement.Unsigned{}, m))
	return l.find(t, m.PointID)
}

func (l *locking) find(t *testing.T, id string) vault.Point {
	t.Helper()
	p, err := l.FindPoint(t.Context(), orders1, id)
	require.NoError(t, err)
	return p
}

func TestAPointIsLockedUntilItExpires(t *testing.T) {
	t.Parallel()
	l := setupLocking(t)
	m := l.attempt(t, orders1, vault.PointID(l.now, "0a1b2c3d"), "r-1", "of an attempt that came to nothing")
	p := l.recent(t)
	expires := p.Expires.Truncate(time.Second)
	require.False(t, l.LacksLock(p, instance.Disabled, l.now))
	require.True(t, l.LacksLock(p, instance.Unlocked, l.now))
	require.Zero(t, p.LockedUntil, "a point is committed without a lock")

	done, err := l.Lock(t.Context(), p, instance.Unlocked, l.now)
	require.NoError(t, err)
	require.Equal(t, vault.Locked{Blobs: 6, Until: expires}, done)
	p = l.find(t, p.ID)
	require.Equal(t, expires, p.LockedUntil)
	require.False(t, l.LacksLock(p, instance.Unlocked, l.now))
	require.True(t, l.LacksLock(p, instance.Locked, l.now))
	done, err = l.Lock(t.Context(), p, instance.Unlocked, l.now)
	require.NoError(t, err)
	require.Zero(t, done.Blobs, "twice is once")
	for _, b := range p.Blobs {
		if strings.Contains(b.Name, "-r-1.") {
			require.Zero(t, b.Policy, "%s is none of the point's", b.Name)
		} else {
			require.Equal(t, blobstore.ImmutabilityPolicy{Until: expires}, b.Policy, b.Name)
		}
	}
	require.NotEmpty(t, m.Dump.Blob)

	// Longer and for good.
	longer := expires.AddDate(0, 1, 0)
	require.NoError(t, l.SetRetention(t.Context(), orders1, p.ID, vault.Retention{Expires: longer}))
	p = l.find(t, p.ID)
	require.True(t, l.LacksLock(p, instance.Unlocked, l.now))
	done, err = l.Lock(t.Context(), p, instance.Locked, l.now)
	require.NoError(t, err)
	require.Equal(t, vault.Locked{Blobs: 6, Until: longer}, done)
	p = l.find(t, p.ID)
	require.False(t, l.LacksLock(p, instance.Locked, l.now))
	require.False(t, l.LacksLock(p, instance.Unlocked, l.now))
	require.Equal(t, longer, p.LockedUntil)

	// A shorter life shortens no lock.
	require.NoError(t, l.SetRetention(t.Context(), orders1, p.ID, vault.Retention{Expires: expires}))
	done, err = l.Lock(t.Context(), l.find(t, p.ID), instance.Locked, l.now)
	require.NoError(t, err)
	require.Zero(t, done.Blobs)
}

func TestWhatIsNotLocked(t *testing.T) {
	t.Parallel()
	l := setupLocking(t)
	p := l.recent(t)
	damaged := p
	damaged.Good = false
	deleted := p
	deleted.Deleted = &vault.Tombstone{}
	endless := p
	endless.Expires = time.Time{}
	for why, some := range map[string]vault.Point{"damaged": damaged, "deleted": deleted, "without an expiry": endless} {
		require.False(t, l.LacksLock(some, instance.Locked, l.now), why)
		done, err := l.Lock(t.Context(), some, instance.Locked, l.now)
		require.NoError(t, err)
		require.Zero(t, done.Blobs, why)
	}
	require.False(t, l.LacksLock(p, instance.Locked, l.now.AddDate(0, 0, 31)), "expired")
	require.Zero(t, l.find(t, p.ID).LockedUntil)
}

// Points that are older than their metadata's naming the roles.
func TestAnOlderPointIsLockedByItsManifest(t *testing.T) {
	t.Parallel()
	l := setupLocking(t)
	p := l.recent(t)
	p.RolesBlob = ""
	done, err := l.Lock(t.Context(), p, instance.Locked, l.now)
	require.NoError(t, err)
	require.Equal(t, 6, done.Blobs)
	p = l.find(t, p.ID)
	p.RolesBlob = ""
	require.False(t, l.LacksLock(p, instance.Locked, l.now))
}

func TestRemovalLeavesNoVersion(t *testing.T) {
	t.Parallel()
	l := setupLocking(t)
	p := l.recent(t)
	require.NoError(t, l.SetRetention(t.Context(), orders1, p.ID, vault.Retention{Expires: p.Expires}))
	require.NoError(t, l.Hold(t.Context(), orders1, p.ID, "restore/1"))
	require.NoError(t, l.Release(t.Context(), orders1, p.ID, "restore/1"))
	stone := vault.Tombstone{At: l.now, Until: l.now.Add(time.Hour), Job: "j"}
	require.NoError(t, l.SoftDelete(t.Context(), orders1, p.ID, stone))
	require.NoError(t, l.Undelete(t.Context(), orders1, p.ID))
	require.NoError(t, l.SoftDelete(t.Context(), orders1, p.ID, stone))
	l.pass(2 * time.Hour)
	require.NoError(t, l.Pruner(runs(false)).PurgeDeleted(t.Context(), orders1, p.ID, l.now, 0))
	require.Zero(t, l.storage.Versions("instances/"+orders1+"/points/"))
}

func TestALockedPointIsNotRemoved(t *testing.T) {
	t.Parallel()
	l := setupLocking(t)
	p := l.recent(t)
	_, err := l.Lock(t.Context(), p, instance.Locked, l.now)
	require.NoError(t, err)
	require.ErrorIs(t, l.Pruner(runs(false)).Purge(t.Context(), orders1, p.ID, l.now), vault.ErrLocked)
	require.True(t, l.find(t, p.ID).Usable(), "nothing has been hidden, and no mark is left")

	// A person may bury it; the purge waits.
	stone := vault.Tombstone{At: l.now, Until: l.now.AddDate(0, 0, 14), Job: "j"}
	require.NoError(t, l.SoftDelete(t.Context(), orders1, p.ID, stone))
	l.pass(20 * 24 * time.Hour)
	require.ErrorIs(t, l.Pruner(runs(false)).PurgeDeleted(t.Context(), orders1, p.ID, l.now, 0), vault.ErrLocked)
	require.NoError(t, l.Undelete(t.Context(), orders1, p.ID), "and has not begun")
	require.NoError(t, l.SoftDelete(t.Context(), orders1, p.ID, stone))
	l.pass(11 * 24 * time.Hour)
	require.NoError(t, l.Pruner(runs(false)).PurgeDeleted(t.Context(), orders1, p.ID, l.now, 0))
	require.Zero(t, l.storage.Versions("instances/"+orders1+"/points/"))
}

// What somebody deletes by other means is not an orphan: its versions can bring it back.
func TestAPointDeletedByOtherMeans(t *testing.T) {
	t.Parallel()
	l := setupLocking(t)
	_, err := l.PutInstance(t.Context(), instance.Instance{Name: orders1})
	require.NoError(t, err)
	p := l.recent(t)
	_, err = l.Lock(t.Context(), p, instance.Locked, l.now)
	require.NoError(t, err)
	for _, b := range p.Blobs {
		require.NoError(t, l.container.Delete(t.Context(), b.Name))
	}
	points, err := l.ListPoints(t.Context(), orders1)
	require.NoError(t, err)
	require.Empty(t, points)
	var found []vault.Point
	_, err = l.Walk(t.Context(), vault.Cursor{}, 10, 0, func(e vault.Entry) error {
		found = append(found, e.Point)
		return nil
	})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.True(t, found[0].Hidden)
	require.False(t, found[0].Committed)
	require.Equal(t, p.Expires, found[0].Expires)
	require.ErrorIs(t, l.Pruner(runs(false)).DeleteOrphan(t.Context(), orders1, p.ID, l.now, 0), vault.ErrLocked)
	l.pass(31 * 24 * time.Hour)
	require.NoError(t, l.Pruner(runs(false)).DeleteOrphan(t.Context(), orders1, p.ID, l.now, 0))
	require.Zero(t, l.storage.Versions("instances/"+orders1+"/points/"))
}

// With a default policy on the container everything that is written is locked,
// the marks too: they are hidden, and go once their own locks have ended.
func TestMarksUnderADefaultPolicy(t *testing.T) {
	t.Parallel()
	l := setupLocking(t)
	l.storage.SetDefaultPolicy(24*time.Hour, true)
	p := l.recent(t)
	require.NoError(t, l.Hold(t.Context(), orders1, p.ID, "restore/1"))
	require.NoError(t, l.Release(t.Context(), orders1, p.ID, "restore/1"))
	require.ErrorIs(t, l.Pruner(runs(false)).Purge(t.Context(), orders1, p.ID, l.now), vault.ErrLocked)
	require.True(t, l.find(t, p.ID).Usable())
	l.pass(25 * time.Hour)
	require.NoError(t, l.Pruner(runs(false)).Purge(t.Context(), orders1, p.ID, l.now))
	require.Empty(t, l.names(t))
	const points = "instances/" + orders1 + "/points/"
	require.Equal(t, 1, l.storage.Versions(points), "the mark of the removal itself")
	require.ErrorIs(t, l.Pruner(runs(false)).DeleteOrphan(t.Context(), orders1, p.ID, l.now, 0), vault.ErrLocked)
	l.pass(25 * time.Hour)
	require.NoError(t, l.Pruner(runs(false)).DeleteOrphan(t.Context(), orders1, p.ID, l.now, 0))
	require.Zero(t, l.storage.Versions(points))
	require.NoError(t, l.ProbeLocks(t.Context()), "the probe's own blob is locked for good, and may be for longer")
}

func TestProbeLocks(t *testing.T) {
	t.Parallel()
	l := setupLocking(t)
	deletes := l.forbid(deletions...)
	for range 2 {
		require.NoError(t, l.ProbeLocks(t.Context()))
	}
	deletes()
	require.Equal(t, []string{"immutability-probe.json"}, l.names(t))
	require.Equal(t, 1, l.storage.Versions(""), "the probe does not grow")
	l.storage.Inject(memblob.Fault{
		Ops: []memblob.Op{memblob.SetImmutabilityPolicy}, Err: failure.New(failure.MissingImmutabilityPermissions, "", "not this identity"),
	})
	require.Equal(t, failure.MissingImmutabilityPermissions, failure.CodeOf(l.ProbeLocks(t.Context())))

	plain := setup(t)
	require.Equal(t, failure.ImmutabilityNotSupported, failure.CodeOf(plain.ProbeLocks(t.Context())))
}
