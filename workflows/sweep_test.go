package workflows_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/workflows"
)

// stretches mocks a sweep of the given number of stretches.
func (e *env) stretches(total int) {
	e.OnActivity("SweepPages", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.SweepPagesInput) (jobs.SweepProgress, error) {
		next := in.From
		next.Stretch++
		next.Result.Kept += 10
		next.Cursor, next.Done = json.RawMessage(`"next"`), next.Stretch == total
		return next, nil
	})
}

func TestSweepTakesNoInput(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.stretches(3)
	e.ExecuteWorkflow("RetentionSweep")
	require.NoError(t, e.GetWorkflowError())
	var result jobs.SweepResult
	require.NoError(t, e.GetWorkflowResult(&result))
	require.Equal(t, 30, result.Kept)
	require.Len(t, e.records, 1)
}

func TestDryRunOnlyPlans(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.OnActivity("SweepPages", mock.Anything, mock.MatchedBy(func(in activities.SweepPagesInput) bool { return in.DryRun })).
		Return(jobs.SweepProgress{Done: true}, nil).Once()
	e.ExecuteWorkflow(workflows.RetentionSweep, raw(`{"dryRun":true}`))
	require.NoError(t, e.GetWorkflowError())
	e.AssertExpectations(t)
}

func TestAMassDeletionThatWasStoppedIsAFlawOfItsSweep(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	stopped := []jobs.SweepStopped{{Instance: "shop/orders", Points: 12, Doomed: 8}}
	e.OnActivity("SweepPages", mock.Anything, mock.MatchedBy(func(in activities.SweepPagesInput) bool { return len(in.AllowMass) == 0 })).
		Return(jobs.SweepProgress{Done: true, Result: jobs.SweepResult{Stopped: stopped}}, nil).Once()
	e.ExecuteWorkflow(workflows.RetentionSweep, raw(`{}`))
	require.NoError(t, e.GetWorkflowError(), "all else was swept")
	require.Equal(t, "completed", e.records[0].Outcome)
	require.Equal(t, string(failure.MassDeletion), e.records[0].Code)

	e = newEnv(t)
	e.OnActivity("SweepPages", mock.Anything, mock.MatchedBy(func(in activities.SweepPagesInput) bool {
		return slices.Equal(in.AllowMass, []string{"shop/orders"})
	})).Return(jobs.SweepProgress{Done: true}, nil).Once()
	e.ExecuteWorkflow(workflows.RetentionSweep, raw(`{"allowMassDeletion":["shop/orders"]}`))
	require.NoError(t, e.GetWorkflowError())
	require.Empty(t, e.records[0].Code)
}

// A sweep of any length is one job with one record, in runs of bounded
// histories.
func TestSweepGoesOnAsANewRun(t *testing.T) {
	t.Parallel()
	const total = 45
	input := raw(`{"dryRun":true}`)
	for run := 1; ; run++ {
		e := newEnv(t)
		e.stretches(total)
		e.ExecuteWorkflow(workflows.RetentionSweep, input)
		var on *workflow.ContinueAsNewError
		if !errors.As(e.GetWorkflowError(), &on) {
			require.NoError(t, e.GetWorkflowError())
			var result jobs.SweepResult
			require.NoError(t, e.GetWorkflowResult(&result))
			require.Equal(t, 10*total, result.Kept)
			require.True(t, result.DryRun)
			require.Equal(t, 9, run)
			require.Len(t, e.records, 1)
			require.Equal(t, begun, e.records[0].Started.UTC(), "when the first run began")
			return
		}
		require.Empty(t, e.records, "a run that goes on has not ended")
		input = converter.NewRawValue(on.Input.GetPayloads()[0])
	}
}
