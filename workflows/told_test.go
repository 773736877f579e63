package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/temporalx/events"
	"github.com/pgvault/pgvault/workflows"
)

// loggedEnv is an env whose log and counts are kept.
func loggedEnv(t *testing.T) (*env, *observer.ObservedLogs) {
	t.Helper()
	core, lines := observer.New(zapcore.InfoLevel)
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(temporalx.NewLogger(zap.New(core)))
	return newEnvOf(t, &suite), lines
}

// endOfJob returns the only line about the end of a job.
func endOfJob(t *testing.T, lines *observer.ObservedLogs) observer.LoggedEntry {
	t.Helper()
	var found []observer.LoggedEntry
	for _, line := range lines.All() {
		for _, e := range []events.Event{events.JobCompleted, events.JobFlawed, events.JobCancelled, events.JobFailed, events.JobBroken} {
			if line.Message == e.Name {
				require.Equal(t, e.Level, line.Level)
				for field := range line.ContextMap() {
					require.Contains(t, e.Fields, field)
				}
				found = append(found, line)
			}
		}
	}
	require.Len(t, found, 1, "%v", lines.All())
	return found[0]
}

func TestAJobEndsWithOneLine(t *testing.T) {
	t.Parallel()
	e, lines := loggedEnv(t)
	e.backUp()
	e.ExecuteWorkflow(workflows.Backup, raw(`{"instance":"shop/orders"}`))
	require.NoError(t, e.GetWorkflowError())
	line := endOfJob(t, lines)
	require.Equal(t, events.JobCompleted.Name, line.Message)
	fields := line.ContextMap()
	require.Equal(t, "Backup", fields["operation"])
	require.Equal(t, "shop/orders", fields["instance"])
	require.Equal(t, plan.Point, fields["point"])
	require.Equal(t, "default-test-workflow-id", fields["job"], "the job that people know, and not the child that does the work")
	require.Equal(t, time.Hour+98*time.Second, fields["duration"])
}

// The error stands in the step's line.
func TestTheLineOfAJobHasTheErrorOnlyIfNoStepHasToldIt(t *testing.T) {
	t.Parallel()
	e, lines := loggedEnv(t)
	e.OnActivity("FetchSecret", mock.Anything, mock.Anything).Return(activities.SignedIn{}, userError(failure.InvalidSecret, "no such secret")).Once()
	e.backUp()
	e.ExecuteWorkflow(workflows.BackupRun, runInput())
	line := endOfJob(t, lines)
	require.Equal(t, events.JobFailed.Name, line.Message)
	require.Equal(t, "UserErrorInvalidSecret", line.ContextMap()["code"])
	require.NotContains(t, line.ContextMap(), "error")

	e, lines = loggedEnv(t)
	e.ExecuteWorkflow(workflows.Backup, raw(`{"instanse":"shop/orders"}`))
	line = endOfJob(t, lines)
	require.Equal(t, "UserErrorInvalidInput", line.ContextMap()["code"])
	require.Contains(t, line.ContextMap()["error"], "instanse")

	e, lines = loggedEnv(t)
	e.OnActivity("FetchSecret", mock.Anything, mock.Anything).Return(activities.SignedIn{}, temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START, nil)).Once()
	e.backUp()
	e.ExecuteWorkflow(workflows.BackupRun, runInput())
	line = endOfJob(t, lines)
	require.Equal(t, events.JobBroken.Name, line.Message)
	require.Contains(t, line.ContextMap()["error"], "no worker took step FetchSecret in time")
}

func TestTheLineOfACancelledJob(t *testing.T) {
	t.Parallel()
	e, lines := loggedEnv(t)
	e.OnActivity("DiscardAttempt", mock.Anything, mock.Anything).Return(nil).Once()
	e.backUp()
	e.RegisterDelayedCallback(e.CancelWorkflow, 30*time.Minute)
	e.ExecuteWorkflow(workflows.BackupRun, runInput())
	require.Equal(t, events.JobCancelled.Name, endOfJob(t, lines).Message)
}

func TestTheLineOfAFlawedJob(t *testing.T) {
	t.Parallel()
	e, lines := loggedEnv(t)
	e.immutable()
	e.backUp()
	e.OnActivity("LockPoint", mock.Anything, mock.Anything).
		Return(activities.LockResult{}, userError(failure.MissingImmutabilityPermissions, "the identity may not set immutability policies")).Once()
	e.ExecuteWorkflow(workflows.BackupRun, runInput())
	line := endOfJob(t, lines)
	require.Equal(t, events.JobFlawed.Name, line.Message)
	require.Equal(t, string(failure.MissingImmutabilityPermissions), line.ContextMap()["code"])
}
