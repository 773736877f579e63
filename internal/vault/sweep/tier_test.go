package sweep_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/sweep"
)

// aging sets another retention of a point: its dump moves after so many days, and
// it is kept for so many.
func (b *bundle) aging(t *testing.T, id string, standard, keep int) {
	t.Helper()
	at, err := vault.ParsePointTime(id)
	require.NoError(t, err)
	require.NoError(t, b.Vault.SetRetention(t.Context(), instanceName, id, vault.Retention{
		Policy: "p", Rule: "Yearly", ArchiveAt: at.AddDate(0, 0, standard), Expires: at.AddDate(0, 0, keep),
	}))
}

func (b *bundle) find(t *testing.T, id string) vault.Point {
	t.Helper()
	p, err := b.Vault.FindPoint(t.Context(), instanceName, id)
	require.NoError(t, err)
	return p
}

func decisionOf(t *testing.T, r sweep.Report, id string) sweep.Decision {
	t.Helper()
	for _, d := range r.Decisions {
		if d.Point == id {
			return d
		}
	}
	require.FailNow(t, "no decision of "+id)
	return sweep.Decision{}
}

func TestSweepMovesDumpsToTheArchiveTier(t *testing.T) {
	t.Parallel()
	b := setup(t)
	due, held, young := b.point(t, 50), b.point(t, 45), b.point(t, 40)
	for _, id := range []string{due, held} {
		b.aging(t, id, 40, 400)
	}
	b.aging(t, young, 41, 400)
	require.NoError(t, b.Vault.Hold(t.Context(), instanceName, held, "restore/1"))
	b.running["restore/1"] = true
	b.point(t, 1)

	plan, _, err := b.Plan(t.Context(), sweep.Cursor{}, math.MaxInt, &sweep.Tally{})
	require.NoError(t, err)
	require.Equal(t, 1, plan.Archived)
	require.True(t, decisionOf(t, plan, due).Archive)
	require.False(t, b.find(t, due).Archived(), "a plan moves nothing")

	report := b.sweep(t)
	require.Equal(t, sweep.Count{Instances: 1, Kept: 4, Archived: 1}, report.Count)
	require.Contains(t, decisionOf(t, report, due).Reason, "its dump moves to the archive tier")
	moved := b.find(t, due)
	require.True(t, moved.Archived() && moved.Good)
	for _, blob := range moved.Blobs {
		require.Equal(t, blob.Name == moved.DumpBlob, blob.Tier == blobstore.Archive, blob.Name)
	}
	require.False(t, b.find(t, held).Archived())
	require.False(t, b.find(t, young).Archived())

	b.running["restore/1"] = false
	report = b.sweep(t)
	require.Equal(t, 1, report.Archived, "the one that was held; the other is there")
	require.False(t, decisionOf(t, report, due).Archive)
	require.True(t, b.find(t, held).Archived())
	require.Equal(t, 0, b.sweep(t).Archived)
}

// A restore that comes between listing and move keeps its dump where it is.
func TestSweepGivesWayToARestoreThatHasJustCome(t *testing.T) {
	t.Parallel()
	b := setup(t)
	due := b.point(t, 50)
	b.aging(t, due, 40, 400)
	last := b.point(t, 1)
	b.running["restore/1"] = true
	running := b.Vault.JobRuns
	b.Vault.JobRuns = func(ctx context.Context, id string) (bool, error) {
		if id == "restore/last" { // asked when the walk comes by the last point
			require.NoError(t, b.Vault.Hold(ctx, instanceName, due, "restore/1"))
		}
		return running(ctx, id)
	}
	require.NoError(t, b.Vault.Hold(t.Context(), instanceName, last, "restore/last"))
	// In one stretch the move would begin at once; the planner waits for a newer good point.
	report := b.sweep(t)
	require.Zero(t, report.Archived)
	require.Contains(t, decisionOf(t, report, due).Reason, "but not now: the point is held")
	require.False(t, b.find(t, due).Archived())
}

// Where the account knows no archive tier, what is to be deleted is deleted all
// the same, and the report says what did not move.
func TestSweepWhereThereIsNoArchiveTier(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.storage.Inject(memblob.Fault{
		Ops: []memblob.Op{memblob.SetTier}, Err: failure.New(failure.ArchiveTierNotSupported, "", "the account has no such tier"),
	})
	expired, due := b.point(t, 60), b.point(t, 50)
	b.aging(t, due, 40, 400)
	b.point(t, 1)
	report := b.sweep(t)
	require.Equal(t, "expired", reasons(report)[expired])
	require.Equal(t, sweep.Count{Instances: 1, Kept: 2, Removed: 1}, report.Count)
	require.Contains(t, decisionOf(t, report, due).Reason, "UserErrorArchiveTierNotSupported")
}

func TestSweepDeletesCopiesWhoseTimeHasEnded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.point(t, 50)
	b.aging(t, id, 40, 400)
	b.point(t, 1)
	b.sweep(t)
	ask := vault.Ask{Instance: instanceName, Point: id, Job: "restore/1", Run: "0a1b2c3d", Priority: blobstore.High, HoldDays: 10, Now: time.Now().AddDate(0, 0, -9)}
	done, err := b.Vault.Rehydrate(t.Context(), ask)
	require.NoError(t, err)
	require.NotNil(t, done.From)
	report := b.sweep(t)
	require.Zero(t, report.CopiesDropped)
	require.NotNil(t, b.find(t, id).Rehydration)

	require.NoError(t, b.Vault.Hold(t.Context(), instanceName, id, "restore/1"))
	b.running["restore/1"] = true
	older := ask
	older.Now, older.Run = ask.Now.AddDate(0, 0, -10), "another"
	require.NoError(t, b.Vault.Vault.Pruner(none).DropCopies(t.Context(), instanceName, id, time.Now().AddDate(1, 0, 0)))
	_, err = b.Vault.Rehydrate(t.Context(), older)
	require.NoError(t, err)
	require.Zero(t, b.sweep(t).CopiesDropped, "its time has ended, and a restore reads it")
	b.running["restore/1"] = false
	require.Equal(t, 1, b.sweep(t).CopiesDropped)
	p := b.find(t, id)
	require.Nil(t, p.Rehydration)
	require.False(t, p.StrayCopies())
	require.True(t, p.Archived() && p.Good)
	require.Zero(t, b.sweep(t).CopiesDropped)
}

// A lost attempt may store its dump when another attempt's has become the point.
// Without a signature, nothing says which of the two is the point's. The late one
// goes with its point.
func TestADumpThatCameTooLateGoesWithItsPoint(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hard(t)
	id, _ := b.point(t, 29), b.point(t, 1)
	late := vault.AttemptNames(instanceName, id, "r-2").Dump
	_, err := b.Container.PutNew(t.Context(), late, []byte("late"), nil)
	require.NoError(t, err)
	require.Zero(t, b.sweep(t).CopiesDropped)
	_, err = b.Container.Stat(t.Context(), late)
	require.NoError(t, err)
	b.pass(48 * time.Hour)
	require.Equal(t, "expired", reasons(b.sweep(t))[id])
	_, err = b.Container.Stat(t.Context(), late)
	require.ErrorIs(t, err, blobstore.ErrNotFound)
}
