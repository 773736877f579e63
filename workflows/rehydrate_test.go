package workflows_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/workflows"
)

var (
	archivedPoint = activities.PointRef{Instance: "shop/orders", Point: plan.Point, Database: "orders", DumpSize: 3 << 30}
	copied        = vault.Source{Blob: "rehydrated-1.dump", ETag: "0x1"}
)

const toDatabase = `{"instance":"shop/orders","target":{"server":{"host":"db2.example.com"},"database":"copy"}}`

// storage mocks a storage account that takes some time for a copy, and counts
// the requests.
type storage struct {
	takes    time.Duration
	priority string
	asked    int
	how      jobs.Rehydration
}

func (s *storage) rehydrate(e *env) {
	e.OnActivity("Rehydrate", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.RehydrateInput) (activities.RehydrationState, error) {
		s.asked++
		s.how = in.How
		state := activities.RehydrationState{Priority: s.priority, Since: begun, Expected: begun.Add(15 * time.Hour), Until: begun.AddDate(0, 0, 15), BegunBy: in.Job.ID}
		if e.Now().Sub(begun) >= s.takes {
			state.From = copied
		}
		return state, nil
	})
}

// restoring mocks a restore of an archived point.
func (e *env) restoring(isArchived bool) {
	e.OnActivity("FindPoint", mock.Anything, mock.Anything).Return(archivedPoint, nil)
	e.OnActivity("Hold", mock.Anything, mock.Anything).Return(activities.HeldPoint{Archived: isArchived}, nil)
	e.OnActivity("ReleaseHold", mock.Anything, mock.Anything).Return(nil).Once()
}

func fromCopy(work activities.RestoreWork) bool { return work.Point.From == copied }

func TestARestoreWaitsForACopyOfAnArchivedDump(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.restoring(true)
	s := storage{takes: 14 * time.Hour, priority: "standard"}
	s.rehydrate(e)
	checkedBefore := mock.MatchedBy(func(w activities.RestoreWork) bool { return w.WithoutDump && !fromCopy(w) })
	checkedAfter := mock.MatchedBy(func(w activities.RestoreWork) bool { return !w.WithoutDump && fromCopy(w) })
	e.OnActivity("CheckTarget", mock.Anything, checkedBefore).Return(activities.SignedIn{}, nil).Once()
	e.OnActivity("CheckTarget", mock.Anything, checkedAfter).Return(activities.SignedIn{}, nil).Once()
	e.OnActivity("RestoreDatabase", mock.Anything, mock.MatchedBy(fromCopy)).Return(activities.RestoredDatabase{OID: 1}, nil).Once()
	e.OnActivity("PublishDatabase", mock.Anything, mock.Anything).Return(activities.PublishedDatabase{}, nil).Once()
	var card string
	var phases []string
	e.OnUpsertTypedSearchAttributes(mock.MatchedBy(func(a temporal.SearchAttributes) bool {
		phase, ok := a.GetKeyword(temporalx.KeyPhase)
		if ok && !slices.Contains(phases, phase) {
			phases = append(phases, phase)
		}
		return true
	})).Return(nil)
	e.RegisterDelayedCallback(func() { card = e.card(t) }, 5*time.Hour)
	e.ExecuteWorkflow(workflows.Restore, raw(toDatabase))
	require.NoError(t, e.GetWorkflowError())
	e.AssertExpectations(t)

	require.Equal(t, jobs.Rehydration{Priority: "standard", HoldDays: 15}, s.how)
	require.InDelta(t, 33, s.asked, 3, "after 1, 2, 4, 8, 16 minutes, and then each half hour")
	require.WithinDuration(t, begun.Add(14*time.Hour), e.Now(), 31*time.Minute)
	require.Contains(t, card, "| hold point | done | 0s | its dump is in the archive tier, and a copy is rehydrated first |")
	require.Contains(t, card, "| rehydrate | **waiting** |  | The dump (3.0 GiB) is in the archive tier. The storage makes a copy of it at standard priority, "+
		"since 2026-11-24 02:00 UTC; the restore goes on when it is there, expected by 2026-11-24 17:00 UTC. The copy is kept until about 2026-12-09. |")
	require.Contains(t, e.card(t), "a copy is there, and is kept until 2026-12-09 02:00 UTC")
	require.Equal(t, []string{"rehydrating since 2026-11-24 02:00 UTC, expected by 2026-11-24 17:00 UTC"}, phases)
	var result jobs.RestoreResult
	require.NoError(t, e.GetWorkflowResult(&result))
	require.Equal(t, begun.AddDate(0, 0, 15), result.CopyUntil)
}

// A copy that takes two weeks, after which Azure gives it up, makes no history
// that Temporal would end.
func TestARestoreIsPatient(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.restoring(true)
	s := storage{takes: 14 * 24 * time.Hour, priority: "high"}
	s.rehydrate(e)
	e.OnActivity("CheckContainer", mock.Anything, activities.ContainerRef{Container: "https://a.blob.core.windows.net/files"}).Return(nil).Once()
	e.OnActivity("CopyFiles", mock.Anything, mock.MatchedBy(func(in activities.CopyInput) bool { return in.Point.From == copied })).
		Return(activities.CopiedFiles{Names: []string{"a"}}, nil).Once()
	e.RegisterDelayedCallback(func() { require.Contains(t, e.card(t), "It takes longer than Azure documents") }, 24*time.Hour)
	e.ExecuteWorkflow(workflows.Restore, raw(`{"instance":"shop/orders","target":{"container":"https://a.blob.core.windows.net/files"},"rehydration":{"priority":"high","holdDays":30}}`))
	require.NoError(t, e.GetWorkflowError())
	e.AssertExpectations(t)
	require.Equal(t, jobs.Rehydration{Priority: "high", HoldDays: 30}, s.how)
	require.Less(t, s.asked, 900)
}

func TestCancellingAWaitEndsTheCopy(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.restoring(true)
	s := storage{takes: 14 * time.Hour, priority: "standard"}
	s.rehydrate(e)
	e.OnActivity("CheckTarget", mock.Anything, mock.Anything).Return(activities.SignedIn{}, nil).Once()
	e.OnActivity("CancelRehydration", mock.Anything, mock.Anything).Return(nil).Once()
	e.RegisterDelayedCallback(e.CancelWorkflow, 3*time.Hour)
	e.ExecuteWorkflow(workflows.Restore, raw(toDatabase))
	require.True(t, temporal.IsCanceledError(e.GetWorkflowError()))
	e.AssertExpectations(t)
	require.Len(t, e.records, 1)
	require.Equal(t, "cancelled", e.records[0].Outcome)
	require.WithinDuration(t, begun.Add(3*time.Hour), e.records[0].Ended, time.Minute)
}

func TestATargetThatCannotBeIsSaidBeforeTheWait(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		input string
		code  failure.Code
	}{
		"a database": {toDatabase, failure.DatabaseNameAlreadyInUse},
		"tables":     {intoInput, failure.MissingRestorePermissions},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEnv(t)
			e.restoring(true)
			e.OnActivity("CheckTarget", mock.Anything, mock.Anything).Return(activities.SignedIn{}, userError(c.code, "no")).Once()
			e.ExecuteWorkflow(workflows.Restore, raw(c.input))
			require.Equal(t, c.code, e.failed(t).Code)
			e.AssertExpectations(t)
		})
	}
}

// If a sweep moves the dump just before the point is held, or the copy is
// deleted, the restore rehydrates again and restarts.
func TestADumpThatMovesUnderARestore(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.restoring(false)
	s := storage{takes: time.Hour, priority: "standard"}
	s.rehydrate(e)
	e.OnActivity("CheckTarget", mock.Anything, mock.Anything).Return(activities.SignedIn{}, nil).Twice()
	e.OnActivity("RestoreDatabase", mock.Anything, mock.MatchedBy(func(w activities.RestoreWork) bool { return !fromCopy(w) })).
		Return(activities.RestoredDatabase{}, userError(failure.RecoveryPointArchived, "no")).Once()
	e.OnActivity("DropTarget", mock.Anything, mock.Anything).Return(nil).Once()
	e.OnActivity("RestoreDatabase", mock.Anything, mock.MatchedBy(fromCopy)).Return(activities.RestoredDatabase{OID: 1}, nil).Once()
	e.OnActivity("PublishDatabase", mock.Anything, mock.Anything).Return(activities.PublishedDatabase{}, nil).Once()
	e.ExecuteWorkflow(workflows.Restore, raw(toDatabase))
	require.NoError(t, e.GetWorkflowError())
	e.AssertExpectations(t)
}

// The progress of a step's first run does not affect its second run.
func TestCardOfAStepThatRunsAgain(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.restoring(false)
	s := storage{takes: time.Hour, priority: "standard"}
	s.rehydrate(e)
	e.OnActivity("CheckTarget", mock.Anything, mock.Anything).Return(activities.SignedIn{}, nil)
	e.OnActivity("RestoreDatabase", mock.Anything, mock.MatchedBy(func(w activities.RestoreWork) bool { return !fromCopy(w) })).
		Return(activities.RestoredDatabase{}, userError(failure.RecoveryPointArchived, "no")).After(20 * time.Minute)
	e.OnActivity("DropTarget", mock.Anything, mock.Anything).Return(nil)
	e.OnActivity("RestoreDatabase", mock.Anything, mock.MatchedBy(fromCopy)).Return(activities.RestoredDatabase{OID: 1}, nil).After(3 * time.Hour)
	e.OnActivity("PublishDatabase", mock.Anything, mock.Anything).Return(activities.PublishedDatabase{}, nil)
	loading := halfway()
	loading.Step, loading.Phase, loading.Attempt = "RestoreDatabase", "data", 3
	e.RegisterDelayedCallback(func() { e.SignalWorkflow(jobs.ProgressSignal, loading) }, 10*time.Minute)
	again := loading
	again.Attempt = 1
	var before, after string
	e.RegisterDelayedCallback(func() {
		before = cardRow(t, e.card(t), "restore")
		e.SignalWorkflow(jobs.ProgressSignal, again)
	}, 3*time.Hour)
	e.RegisterDelayedCallback(func() { after = cardRow(t, e.card(t), "restore") }, 3*time.Hour+time.Minute)
	e.ExecuteWorkflow(workflows.Restore, raw(toDatabase))
	require.NoError(t, e.GetWorkflowError())
	require.Equal(t, "| restore | **running** |  |  |", before)
	require.Regexp(t, `^\| restore \| \*\*running\*\* \| 1h[0-9ms]+ \| data, 3.0 GiB of 4.0 GiB, 12 of 40 tables \|$`, after)
}

func TestARehydrationThatFailsEndsTheRestore(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.restoring(true)
	e.OnActivity("CheckTarget", mock.Anything, mock.Anything).Return(activities.SignedIn{}, nil).Once()
	e.OnActivity("Rehydrate", mock.Anything, mock.Anything).Return(activities.RehydrationState{}, userError(failure.RehydrationFailed, "no")).Once()
	e.OnActivity("CancelRehydration", mock.Anything, mock.Anything).Return(nil).Once()
	e.ExecuteWorkflow(workflows.Restore, raw(toDatabase))
	require.Equal(t, failure.RehydrationFailed, e.failed(t).Code)
	e.AssertExpectations(t)
}
