package vault_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault"
)

func TestCancellingEndsACopyThatNobodyElseWaitsFor(t *testing.T) {
	t.Parallel()
	b, storage := slow(t)
	m := b.archived(t)
	now := time.Now().UTC()
	for _, job := range []string{"restore/1", "restore/2"} {
		require.NoError(t, b.Hold(t.Context(), m.Instance, m.PointID, job))
		done, err := b.Rehydrate(t.Context(), b.ask(m, job, now))
		require.NoError(t, err)
		require.Nil(t, done.From)
		require.WithinDuration(t, now.Add(15*time.Hour), done.Expected, 0)
	}
	require.Equal(t, []blobstore.Priority{blobstore.Standard}, storage.CopiesAsked(), "one copy for both")
	require.Equal(t, 1, storage.CopiesPending())
	cancel := func(job string, running ...string) {
		require.NoError(t, b.Pruner(only(running...)).CancelRehydration(t.Context(), m.Instance, m.PointID, job))
	}
	cancel("restore/1", "restore/1", "restore/2")
	require.Equal(t, 1, storage.CopiesPending(), "the other job waits for it")
	cancel("restore/2", "restore/2")
	require.Equal(t, 0, storage.CopiesPending())
	p := b.find(t, m)
	require.Nil(t, p.Rehydration)
	require.False(t, p.StrayCopies())
	cancel("restore/2")

	storage.FinishCopies()
	done, err := b.Rehydrate(t.Context(), b.ask(m, "restore/3", now))
	require.NoError(t, err)
	require.NotNil(t, done.From)
	cancel("restore/3")
	require.NotNil(t, b.find(t, m).Rehydration, "one that is ready is kept, as it was asked for")
}

func TestACopyThatComesToNothing(t *testing.T) {
	t.Parallel()
	b, storage := slow(t)
	m := b.archived(t)
	ask := b.ask(m, "restore/1", time.Now().UTC())
	ask.Priority = blobstore.High
	for attempt := 1; attempt <= 3; attempt++ {
		done, err := b.Rehydrate(t.Context(), ask)
		require.NoError(t, err)
		require.Nil(t, done.From)
		require.Equal(t, attempt, done.Attempt)
		storage.FailCopies()
	}
	_, err := b.Rehydrate(t.Context(), ask)
	require.Equal(t, failure.RehydrationFailed, failure.CodeOf(err), err)
	require.False(t, failure.CodeOf(err).Retryable())
	require.Equal(t, []blobstore.Priority{blobstore.High, blobstore.High, blobstore.High}, storage.CopiesAsked())
	require.True(t, b.find(t, m).StrayCopies())
	require.NoError(t, b.Pruner(runs(false)).DropCopies(t.Context(), m.Instance, m.PointID, ask.Now))
	require.False(t, b.find(t, m).StrayCopies())
	require.NotNil(t, b.find(t, m).Rehydration)
}

func TestAPurgeTakesACopyInTheMakingAlong(t *testing.T) {
	t.Parallel()
	b, _ := slow(t)
	m := b.archived(t)
	_, err := b.Rehydrate(t.Context(), b.ask(m, "restore/1", time.Now()))
	require.NoError(t, err)
	require.NoError(t, b.Pruner(runs(false)).Purge(t.Context(), m.Instance, m.PointID, time.Now()))
	points, err := b.ListPoints(t.Context(), m.Instance)
	require.NoError(t, err)
	require.Empty(t, points)
}

// Jobs that come at the same time share one copy.
func TestManyRestoresAtOnceShareACopy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.archived(t)
	from := make(chan *vault.Source, 6)
	for i := range cap(from) {
		go func() {
			done, err := b.Rehydrate(t.Context(), b.ask(m, string(rune('a'+i)), time.Now()))
			if err != nil {
				done.From = &vault.Source{Blob: err.Error()}
			}
			from <- done.From
		}()
	}
	first := <-from
	for range cap(from) - 1 {
		require.Equal(t, first, <-from)
	}
	require.False(t, b.find(t, m).StrayCopies())
}

// A sweep that ends a copy and a restore that comes for it at the same time:
// the restore reads that copy or another, and never one that goes.
func TestASweepNeverTakesACopyFromARestore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.archived(t)
	now := time.Now().UTC()
	for n := range 12 {
		job := string(rune('a' + n))
		now = now.AddDate(0, 1, 0) // the copy of the round before is over
		swept := make(chan error, 1)
		go func() { swept <- b.Pruner(only(job)).DropCopies(t.Context(), m.Instance, m.PointID, now) }()
		require.NoError(t, b.Hold(t.Context(), m.Instance, m.PointID, job))
		done, err := b.Rehydrate(t.Context(), b.ask(m, job, now))
		require.NoError(t, err)
		if err := <-swept; err != nil {
			require.True(t, errors.Is(err, vault.ErrHeld) || errors.Is(err, vault.ErrNotNow), err)
		}
		_, err = b.read(t, m, *done.From)
		require.NoError(t, err)
		require.NoError(t, b.Release(t.Context(), m.Instance, m.PointID, job))
	}
}
