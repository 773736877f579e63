package workflows_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/workflows"
)

// immutable makes the plan of a backup require locks.
func (e *env) immutable() {
	locking := plan
	locking.Immutability = instance.Locked
	e.OnActivity("Plan", mock.Anything, mock.Anything).Return(locking, nil)
}

func TestABackupLocksItsPointOnceItIsOne(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.immutable()
	e.backUp()
	var locked []activities.LockInput
	e.OnActivity("LockPoint", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.LockInput) (activities.LockResult, error) {
		e.AssertCalled(t, "Commit", mock.Anything, mock.Anything)
		locked = append(locked, in)
		return activities.LockResult{Until: committed.Expires, Blobs: 4}, nil
	})
	e.ExecuteWorkflow(workflows.BackupRun, runInput())
	require.NoError(t, e.GetWorkflowError())
	require.Equal(t, []activities.LockInput{{Instance: "shop/orders", Point: plan.Point}}, locked)
	require.Contains(t, e.card(t), "| lock | done |")
	require.Empty(t, e.records[0].Code)
}

func TestAPointThatIsNotLockedIsAFlawOfItsJob(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.immutable()
	e.backUp()
	e.OnActivity("LockPoint", mock.Anything, mock.Anything).
		Return(activities.LockResult{}, userError(failure.MissingImmutabilityPermissions, "the identity may not set immutability policies")).Once()
	e.ExecuteWorkflow(workflows.BackupRun, runInput())
	require.NoError(t, e.GetWorkflowError(), "the point is one nevertheless")
	var result jobs.BackupResult
	require.NoError(t, e.GetWorkflowResult(&result))
	require.Equal(t, plan.Point, result.Point)
	require.Len(t, result.Warnings, 2)
	require.Contains(t, result.Warnings[1], "not locked, which the next sweep tries again: the identity may not set")
	require.Equal(t, "completed", e.records[0].Outcome)
	require.Equal(t, string(failure.MissingImmutabilityPermissions), e.records[0].Code)
	e.AssertExpectations(t)
}

func TestWhatFailsIsNotLocked(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.immutable()
	e.OnActivity("Verify", mock.Anything, mock.Anything).Return(activities.VerifyResult{}, userError(failure.VerificationFailed, "differs"))
	e.OnActivity("DiscardAttempt", mock.Anything, mock.Anything).Return(nil).Once()
	e.backUp()
	e.ExecuteWorkflow(workflows.BackupRun, runInput())
	require.Equal(t, failure.VerificationFailed, e.failed(t).Code)
	e.AssertNotCalled(t, "LockPoint", mock.Anything, mock.Anything)
}

// unlockedStretches mocks a sweep of two stretches that each find three points
// without a lock.
func (e *env) unlockedStretches() {
	e.OnActivity("SweepPages", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.SweepPagesInput) (jobs.SweepProgress, error) {
		next := in.From
		next.Stretch++
		next.LackLock = 3
		next.Result.Kept += 10
		next.Result.LackLock += 3
		next.Cursor, next.Done = json.RawMessage(`"next"`), next.Stretch == 2
		return next, nil
	})
}

func TestASweepHasWhatLacksALockLocked(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.unlockedStretches()
	var from []string
	e.OnActivity("LockPages", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.SweepPagesInput) (activities.LockedPages, error) {
		from = append(from, string(in.From.Cursor))
		return activities.LockedPages{Points: 3}, nil
	})
	e.ExecuteWorkflow(workflows.RetentionSweep, raw(`{}`))
	require.NoError(t, e.GetWorkflowError())
	var result jobs.SweepResult
	require.NoError(t, e.GetWorkflowResult(&result))
	require.Equal(t, []string{"", `"next"`}, from, "over the stretch that was swept")
	require.Equal(t, jobs.SweepResult{Kept: 20, LackLock: 6, Locked: 6}, result)
}

func TestASweepGoesOnWhereItCannotLock(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.unlockedStretches()
	e.OnActivity("LockPages", mock.Anything, mock.Anything).After(time.Second).
		Return(activities.LockedPages{}, userError(failure.ImmutabilityNotSupported, "not set up")).Times(2)
	e.ExecuteWorkflow(workflows.RetentionSweep, raw(`{}`))
	require.NoError(t, e.GetWorkflowError())
	var result jobs.SweepResult
	require.NoError(t, e.GetWorkflowResult(&result))
	require.Equal(t, "UserErrorImmutabilityNotSupported: not set up", result.NotLocked)
	require.Equal(t, 6, result.LackLock)
	require.Zero(t, result.Locked)
	e.AssertExpectations(t)
}

func TestADryRunLocksNothing(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.unlockedStretches()
	e.ExecuteWorkflow(workflows.RetentionSweep, raw(`{"dryRun":true}`))
	require.NoError(t, e.GetWorkflowError())
	e.AssertNotCalled(t, "LockPages", mock.Anything, mock.Anything)
}
