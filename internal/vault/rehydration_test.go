package vault_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// only makes these jobs, and no others, running.
func only(jobs ...string) vault.JobRuns {
	return func(_ context.Context, job string) (bool, error) { return slices.Contains(jobs, job), nil }
}

// archived makes a point whose dump is in the archive tier.
func (b bundle) archived(t *testing.T) manifest.Manifest {
	t.Helper()
	_, err := b.PutInstance(t.Context(), instance.Instance{Name: "shop/orders"})
	require.NoError(t, err)
	m := b.point(t, "shop/orders", scheduled)
	require.NoError(t, b.Pruner(runs(false)).Archive(t.Context(), m.Instance, m.PointID))
	return m
}

func (b bundle) ask(m manifest.Manifest, job string, now time.Time) vault.Ask {
	return vault.Ask{Instance: m.Instance, Point: m.PointID, Job: job, Run: strings.ReplaceAll(job, "/", "-"), Priority: blobstore.Standard, HoldDays: 15, Now: now}
}

func (b bundle) find(t *testing.T, m manifest.Manifest) vault.Point {
	t.Helper()
	p, err := b.FindPoint(t.Context(), m.Instance, m.PointID)
	require.NoError(t, err)
	return p
}

func (b bundle) read(t *testing.T, m manifest.Manifest, from vault.Source) (string, error) {
	t.Helper()
	r, err := b.OpenDump(t.Context(), m, from)
	if err != nil {
		return "", err
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(content), nil
}

// slow opens a vault in a storage account that takes its time.
func slow(t *testing.T) (bundle, *memblob.Store) {
	t.Helper()
	b := setup(t)
	b.storage.DelayCopies()
	return b, b.storage
}

func TestAnArchivedPointStaysGood(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.archived(t)
	p := b.find(t, m)
	require.True(t, p.Good)
	require.True(t, p.Archived())
	require.Equal(t, blobstore.Archive, p.Tier)
	require.NoError(t, b.Pruner(runs(false)).Archive(t.Context(), m.Instance, m.PointID), "twice is once")
	latest, err := b.Latest(t.Context(), m.Instance)
	require.NoError(t, err)
	require.Equal(t, m.PointID, latest.ID)
	_, err = b.ReadRoles(t.Context(), m)
	require.NoError(t, err, "all but the dump can be read")
	_, err = b.GetManifest(t.Context(), m.Instance, m.PointID)
	require.NoError(t, err)
	_, err = b.read(t, m, vault.Source{})
	require.Equal(t, failure.RecoveryPointArchived, failure.CodeOf(err), err)
	require.ErrorContains(t, err, "pgvault restore shop/orders --point "+m.PointID)
}

func TestWhatIsNeededIsNotArchived(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, "shop/orders", scheduled)
	require.NoError(t, b.Hold(t.Context(), m.Instance, m.PointID, "restore/1"))
	require.ErrorIs(t, b.Pruner(only("restore/1")).Archive(t.Context(), m.Instance, m.PointID), vault.ErrHeld)
	require.False(t, b.find(t, m).Archived())
	require.NoError(t, b.SoftDelete(t.Context(), m.Instance, m.PointID, vault.Tombstone{Until: time.Now().Add(time.Hour)}))
	require.ErrorIs(t, b.Pruner(runs(false)).Archive(t.Context(), m.Instance, m.PointID), vault.ErrNotNow)
	require.ErrorIs(t, b.Pruner(runs(false)).Archive(t.Context(), m.Instance, "absent"), vault.ErrNotNow)
}

func TestACopyServesAllRestoresWhileItIsKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.archived(t)
	start := time.Now().UTC().Truncate(time.Second)
	first, err := b.Rehydrate(t.Context(), b.ask(m, "restore/1", start))
	require.NoError(t, err)
	require.NotNil(t, first.From, "this storage makes a copy at once")
	require.Equal(t, start.AddDate(0, 0, 15), first.Until)
	content, err := b.read(t, m, *first.From)
	require.NoError(t, err)
	require.Equal(t, "dump of "+scheduled.String(), content)
	again, err := b.Rehydrate(t.Context(), b.ask(m, "restore/1", start.AddDate(0, 0, 1)))
	require.NoError(t, err)
	require.Equal(t, first.Until, again.Until, "asking again prolongs nothing")

	later := b.ask(m, "restore/2", start.AddDate(0, 0, 10))
	later.HoldDays = 10
	second, err := b.Rehydrate(t.Context(), later)
	require.NoError(t, err)
	require.Equal(t, first.From, second.From)
	require.Equal(t, start.AddDate(0, 0, 20), second.Until, "another job prolongs it")
	state := b.find(t, m).Rehydration
	require.Equal(t, "restore/1", state.Job)
	require.Equal(t, "restore/2", state.LastJob)
	require.Equal(t, first.From.Blob, state.Copy)

	drop := func(at time.Time, running ...string) error {
		return b.Pruner(only(running...)).DropCopies(t.Context(), m.Instance, m.PointID, at)
	}
	require.NoError(t, drop(start.AddDate(0, 0, 19)))
	require.NotNil(t, b.find(t, m).Rehydration)
	require.NoError(t, b.Hold(t.Context(), m.Instance, m.PointID, "restore/2"))
	require.ErrorIs(t, drop(start.AddDate(0, 0, 20), "restore/2"), vault.ErrHeld)
	require.NoError(t, drop(start.AddDate(0, 0, 20)))
	p := b.find(t, m)
	require.Nil(t, p.Rehydration)
	require.False(t, p.StrayCopies())
	require.True(t, p.Good)
	require.True(t, p.Archived())
	_, err = b.read(t, m, *first.From)
	require.Equal(t, failure.RecoveryPointArchived, failure.CodeOf(err), err)
}

func TestARestoreInAHurryRaisesTheCopysPriority(t *testing.T) {
	t.Parallel()
	b, storage := slow(t)
	m := b.archived(t)
	start := time.Now().UTC().Truncate(time.Second)
	urgent := func(job string, now time.Time) vault.Ask {
		ask := b.ask(m, job, now)
		ask.Priority = blobstore.High
		return ask
	}
	begun, err := b.Rehydrate(t.Context(), b.ask(m, "restore/1", start))
	require.NoError(t, err)
	require.Equal(t, start.Add(vault.StandardTakes), begun.Expected)

	later := start.Add(2 * time.Hour)
	for range 2 { // each look asks again, and the storage is told once
		joined, err := b.Rehydrate(t.Context(), urgent("restore/2", later))
		require.NoError(t, err)
		require.Equal(t, blobstore.High, joined.Priority)
		require.Equal(t, later.Add(vault.HighTakes), joined.Expected)
		require.Equal(t, "restore/1", joined.Job)
		require.Equal(t, begun.Copy, joined.Copy)
	}
	require.Equal(t, []blobstore.Priority{blobstore.Standard}, storage.CopiesAsked(), "there is one copy")
	require.Len(t, storage.CopiesRaised(), 1)
	require.True(t, strings.HasSuffix(storage.CopiesRaised()[0], begun.Copy), storage.CopiesRaised())

	back, err := b.Rehydrate(t.Context(), b.ask(m, "restore/1", later.Add(time.Minute)))
	require.NoError(t, err)
	require.Equal(t, blobstore.High, back.Priority, "it is never lowered")
	require.Equal(t, later.Add(vault.HighTakes), back.Expected)
	storage.FinishCopies()
	ready, err := b.Rehydrate(t.Context(), b.ask(m, "restore/1", later.Add(time.Hour)))
	require.NoError(t, err)
	require.NotNil(t, ready.From)
}

// A copy that should be ready any time is not put off by an hour.
func TestARaisedCopyIsNotExpectedLater(t *testing.T) {
	t.Parallel()
	b, _ := slow(t)
	m := b.archived(t)
	start := time.Now().UTC().Truncate(time.Second)
	begun, err := b.Rehydrate(t.Context(), b.ask(m, "restore/1", start))
	require.NoError(t, err)
	ask := b.ask(m, "restore/2", begun.Expected.Add(-time.Minute))
	ask.Priority = blobstore.High
	joined, err := b.Rehydrate(t.Context(), ask)
	require.NoError(t, err)
	require.Equal(t, begun.Expected, joined.Expected)
}

func TestFilesAreCopiedFromARehydratedCopy(t *testing.T) {
	t.Parallel()
	b, target := setup(t), setup(t)
	m := b.archived(t)
	done, err := b.Rehydrate(t.Context(), b.ask(m, "restore/1", time.Now()))
	require.NoError(t, err)
	names, err := b.CopyPoint(t.Context(), m, *done.From, target.container, "here/", func(int64) {})
	require.NoError(t, err)
	require.Len(t, names, 6)
	require.Equal(t, "here/dump-r-1.dump", names[0])
}

func TestAPointThatIsNotArchivedNeedsNoCopy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, "shop/orders", scheduled)
	done, err := b.Rehydrate(t.Context(), b.ask(m, "restore/1", time.Now()))
	require.NoError(t, err)
	require.Equal(t, &vault.Source{Blob: m.Dump.Blob, ETag: m.Dump.ETag}, done.From)
	require.Nil(t, b.find(t, m).Rehydration)
}
