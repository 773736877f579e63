package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/workflows"
)

// begun is the start time of every test's workflow.
var begun = time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)

// env is Temporal's test environment with every workflow and activity
// registered and the records of jobs kept.
type env struct {
	*testsuite.TestWorkflowEnvironment
	records []jobs.Record
}

func newEnv(t *testing.T) *env {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(silent{})
	return newEnvOf(t, &suite)
}

func newEnvOf(t *testing.T, suite *testsuite.WorkflowTestSuite) *env {
	t.Helper()
	e := &env{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment()}
	e.SetStartTime(begun)
	workflows.Register(e)
	e.RegisterActivity(&activities.Backup{})
	e.RegisterActivity(&activities.Restore{})
	e.RegisterActivity(&activities.Prune{})
	e.RegisterActivity(&activities.Jobs{})
	e.RegisterActivity(&activities.Delivery{})
	e.RegisterActivity(&activities.Watch{})
	e.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		// The environment removes the timeouts of a child's steps. A worker
		// that hangs may get the step twice: two timeouts, and waits of 3 and 6
		// seconds.
		if (info.HeartbeatTimeout == 0 || 2*info.HeartbeatTimeout+9*time.Second > time.Minute) && info.WorkflowExecution.ID == "default-test-workflow-id" {
			t.Errorf("step %s has a heartbeat timeout of %s: the death of its worker would be noticed late", info.ActivityType.Name, info.HeartbeatTimeout)
		}
	})
	e.OnActivity("RecordJob", mock.Anything, mock.Anything).Maybe().Return(func(_ context.Context, o jobs.Record) error {
		e.records = append(e.records, o)
		return nil
	})
	return e
}

// raw returns an input as people type it.
func raw(text string) converter.RawValue {
	return converter.NewRawValue(&commonpb.Payload{
		Metadata: map[string][]byte{converter.MetadataEncoding: []byte(converter.MetadataEncodingJSON)}, Data: []byte(text),
	})
}

// failed returns the failure that the workflow ended with.
func (e *env) failed(t *testing.T) *failure.Error {
	t.Helper()
	require.True(t, e.IsWorkflowCompleted())
	require.Error(t, e.GetWorkflowError())
	return temporalx.Failure(e.GetWorkflowError())
}

// card returns the current details, which Temporal's UI shows.
func (e *env) card(t *testing.T) string {
	t.Helper()
	value, err := e.QueryWorkflow("__temporal_workflow_metadata")
	require.NoError(t, err)
	var metadata sdkpb.WorkflowMetadata
	require.NoError(t, value.Get(&metadata))
	return metadata.GetCurrentDetails()
}

var plan = activities.BackupPlan{
	Instance: instance.Instance{Name: "shop/orders", Database: "orders", Server: instance.Server{Host: "db1.example.com", Port: 5432}},
	Point:    "20261124T020000Z-1f2e3d4c", Scheduled: begun,
}

var committed = activities.CommitResult{Rule: "Monthly", ArchiveAt: begun.AddDate(0, 6, 0), Expires: begun.AddDate(2, 6, 0)}

// rows is the number of rows in the dump.
var rows = int64(70)

const sum = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// backUp mocks every step of a backup; each takes some time.
func (e *env) backUp() {
	e.OnActivity("Plan", mock.Anything, mock.Anything).Return(plan, nil).After(time.Second).Maybe()
	e.OnActivity("FetchSecret", mock.Anything, mock.Anything).Return(activities.SignedIn{SignIn: jobs.SignIn{Kind: "key-vault", Version: "4f6a"}, By: jobs.Worker{Host: "first"}}, nil).After(2 * time.Second).Maybe()
	e.OnActivity("Validate", mock.Anything, mock.Anything).Return(activities.ValidatedBackup{}, nil).After(3 * time.Second).Maybe()
	e.OnActivity("Dump", mock.Anything, mock.Anything).Return(activities.DumpResult{Blob: "dump.dump", Size: 3 << 20, Rows: &rows, SignIn: jobs.SignIn{Kind: "key-vault", Version: "4f6b"}, By: jobs.Worker{Host: "second"}, Warnings: []string{"a warning"}}, nil).After(time.Hour).Maybe()
	e.OnActivity("DumpRoles", mock.Anything, mock.Anything).Return(activities.RolesResult{Count: 3}, nil).After(time.Second).Maybe()
	e.OnActivity("Verify", mock.Anything, mock.Anything).Return(activities.VerifyResult{SHA256: sum}, nil).After(90 * time.Second).Maybe()
	e.OnActivity("Commit", mock.Anything, mock.Anything).Return(committed, nil).After(time.Second).Maybe()
}

func runInput() jobs.BackupRunInput {
	return jobs.BackupRunInput{
		Instance: "shop/orders", Scheduled: begun, Job: jobs.Ref{ID: "backup/shop/orders/1", RunID: "run"},
		Trigger: jobs.Trigger{Kind: "on-demand"},
	}
}

func userError(code failure.Code, message string) error {
	return temporal.NewNonRetryableApplicationError(message, string(code), nil, temporalx.Details{Message: message})
}

func TestBackupGivesTheChildsResult(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.backUp()
	e.ExecuteWorkflow(workflows.Backup, raw(`{"instance":"shop/orders"}`))
	require.NoError(t, e.GetWorkflowError())
	var result jobs.BackupResult
	require.NoError(t, e.GetWorkflowResult(&result))
	require.Equal(t, jobs.BackupResult{
		Instance: "shop/orders", Point: plan.Point, Dump: "dump.dump", Bytes: 3 << 20, SHA256: sum,
		Rule: "Monthly", ArchiveAt: committed.ArchiveAt, Expires: committed.Expires, Warnings: []string{"a warning"},
	}, result)
	require.Len(t, e.records, 1, "one job, one record")
	require.Equal(t, "completed", e.records[0].Outcome)
	require.Equal(t, "Backup", e.records[0].Operation)
}

func TestScheduledBackupIsNamedByItsScheduledTime(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	scheduled := begun.Add(-3 * time.Hour)
	require.NoError(t, e.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(
		temporal.NewSearchAttributeKeyKeyword("TemporalScheduledById").ValueSet("backup/shop/orders"),
		temporal.NewSearchAttributeKeyTime("TemporalScheduledStartTime").ValueSet(scheduled))))
	var asked activities.PlanInput
	e.OnActivity("Plan", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.PlanInput) (activities.BackupPlan, error) {
		asked = in
		return plan, userError(failure.InstanceNotFound, "no")
	})
	e.ExecuteWorkflow(workflows.Backup, raw(`{"instance":"shop/orders","retentionRule":"Yearly"}`))
	require.Equal(t, failure.InstanceNotFound, e.failed(t).Code)
	require.Equal(t, scheduled, asked.Scheduled.UTC())
	require.Equal(t, "backup/shop/orders", asked.ScheduleID)
	require.Equal(t, "Yearly", asked.RetentionRule)
}

func TestFailedBackupKeepsWhatItStored(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.OnActivity("Commit", mock.Anything, mock.Anything).Return(activities.CommitResult{}, userError(failure.ContainerNotAccessible, "the container is gone"))
	e.backUp()
	e.ExecuteWorkflow(workflows.BackupRun, runInput())
	require.Equal(t, failure.ContainerNotAccessible, e.failed(t).Code)
	e.AssertNotCalled(t, "DiscardAttempt", mock.Anything, mock.Anything)
	require.Len(t, e.records, 1)
	require.Equal(t, "failed", e.records[0].Outcome)
	require.Equal(t, string(failure.ContainerNotAccessible), e.records[0].Code)
	require.Equal(t, plan.Point, e.records[0].Point)
}

func TestBackupRemovesWhatIsWorthless(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.OnActivity("Verify", mock.Anything, mock.Anything).Return(activities.VerifyResult{}, userError(failure.VerificationFailed, "block 3 differs"))
	e.OnActivity("DiscardAttempt", mock.Anything, mock.Anything).Return(nil).Once()
	e.backUp()
	e.ExecuteWorkflow(workflows.BackupRun, runInput())
	require.Equal(t, failure.VerificationFailed, e.failed(t).Code)
	e.AssertExpectations(t)
}

func TestCancelledBackupRemovesWhatItStored(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.OnActivity("DiscardAttempt", mock.Anything, mock.Anything).Return(nil).Once()
	e.backUp()
	e.RegisterDelayedCallback(e.CancelWorkflow, 2*time.Hour)
	e.RegisterDelayedCallback(e.CancelWorkflow, 30*time.Minute)
	e.ExecuteWorkflow(workflows.BackupRun, runInput())
	require.True(t, temporal.IsCanceledError(e.GetWorkflowError()), "%v", e.GetWorkflowError())
	e.AssertExpectations(t)
	require.Len(t, e.records, 1)
	require.Equal(t, "cancelled", e.records[0].Outcome)
}

func TestFailedRestoreDropsAndReleases(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} {
		e := newEnv(t)
		point := activities.PointRef{Instance: "shop/orders", Point: plan.Point, Database: "orders"}
		e.OnActivity("FindPoint", mock.Anything, mock.Anything).Return(point, nil)
		e.OnActivity("Hold", mock.Anything, mock.Anything).Return(activities.HeldPoint{}, nil).Once()
		e.OnActivity("CheckTarget", mock.Anything, mock.Anything).Return(activities.SignedIn{}, nil)
		e.OnActivity("RestoreDatabase", mock.Anything, mock.Anything).Return(activities.RestoredDatabase{}, userError(failure.RestoreStatement, "no"))
		if !keep {
			e.OnActivity("DropTarget", mock.Anything, mock.Anything).Return(nil).Once()
		}
		e.OnActivity("ReleaseHold", mock.Anything, mock.Anything).Return(nil).Once()
		input := `{"instance":"shop/orders","target":{"server":{"host":"db2.example.com"},"database":"copy","keepFailed":` + map[bool]string{true: "true", false: "false"}[keep] + `}}`
		e.ExecuteWorkflow(workflows.Restore, raw(input))
		require.Equal(t, failure.RestoreStatement, e.failed(t).Code)
		e.AssertExpectations(t)
	}
}

func TestRestoreOfRowsMakesAndDropsNoDatabase(t *testing.T) {
	t.Parallel()
	for _, fails := range []bool{false, true} {
		e := newEnv(t)
		point := activities.PointRef{Instance: "shop/orders", Point: plan.Point, Database: "orders"}
		e.OnActivity("FindPoint", mock.Anything, mock.Anything).Return(point, nil)
		e.OnActivity("Hold", mock.Anything, mock.Anything).Return(activities.HeldPoint{}, nil)
		rows := mock.MatchedBy(func(work activities.RestoreWork) bool { return work.Target.RowsOnly() })
		e.OnActivity("CheckTarget", mock.Anything, rows).Return(activities.SignedIn{}, nil)
		var err error
		if fails {
			err = userError(failure.RestoreStatement, "no")
		}
		// Neither PublishDatabase nor DropTarget is expected.
		e.OnActivity("RestoreDatabase", mock.Anything, rows).Return(activities.RestoredDatabase{Notes: []string{"noted"}}, err)
		e.OnActivity("ReleaseHold", mock.Anything, mock.Anything).Return(nil)
		e.ExecuteWorkflow(workflows.Restore, raw(`{"instance":"shop/orders","target":{"server":{"host":"db2.example.com"},"database":"orders","tables":["a.b"],"content":"data"}}`))
		if fails {
			require.Equal(t, failure.RestoreStatement, e.failed(t).Code)
			continue
		}
		var result jobs.RestoreResult
		require.NoError(t, e.GetWorkflowError())
		require.NoError(t, e.GetWorkflowResult(&result))
		require.True(t, result.RowsOnly)
		require.Equal(t, []string{"noted"}, result.Notes)
	}
}

func TestFindingsAreNoFailureOfValidate(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	found := jobs.ValidateResult{Findings: []failure.Finding{{Check: "grants", Code: failure.MissingDBPermissions, Message: "no"}}}
	e.OnActivity("Inspect", mock.Anything, activities.InstanceRef{Instance: "shop/orders"}).Return(found, nil)
	e.ExecuteWorkflow(workflows.Validate, raw(`{"instance":"shop/orders"}`))
	require.NoError(t, e.GetWorkflowError())
	var result jobs.ValidateResult
	require.NoError(t, e.GetWorkflowResult(&result))
	require.Equal(t, found, result)
}

// silent is the test environment's logger.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
