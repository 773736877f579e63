package temporalx_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/temporalx/events"
)

// logged runs one attempt of a step about an instance, with the SDK's lines in the
// same log, and returns the only line.
func logged(t *testing.T, instance string, step func(context.Context) error) observer.LoggedEntry {
	t.Helper()
	core, lines := observer.New(zapcore.InfoLevel)
	logger := zap.New(core)
	suite := &testsuite.WorkflowTestSuite{}
	suite.SetLogger(temporalx.NewLogger(logger))
	env := suite.NewTestActivityEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{temporalx.NewPatientInterceptor(
		temporalx.Patience{Limit: func(context.Context) time.Duration { return time.Hour }, Tell: func(context.Context, temporalx.Report) {}},
		temporalx.StepLog{Logger: logger, Subject: func(args []any) (string, string) { return args[0].(string), "20261124T020000Z-1f2e3d4c" }},
	)}})
	env.RegisterActivityWithOptions(func(ctx context.Context, _ string) error { return step(ctx) }, activity.RegisterOptions{Name: "Dump"})
	_, _ = env.ExecuteActivity("Dump", instance)
	require.Equal(t, 1, lines.Len(), "%v", lines.All())
	return lines.All()[0]
}

func returning(err error) func(context.Context) error {
	return func(context.Context) error { return err }
}

// An attempt's end is one line, whose level says whether a person must look.
func TestEachEndOfAStepIsOneLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		step func(context.Context) error
		want events.Event
		code failure.Code
	}{
		"done":        {returning(nil), events.StepDone, ""},
		"user error":  {returning(failure.New(failure.DBNotFound, "create it", "no database")), events.StepFailed, failure.DBNotFound},
		"fault":       {returning(failure.New(failure.StorageUnavailable, "", "no answer")), events.StepRetried, failure.StorageUnavailable},
		"damage":      {returning(failure.New(failure.VerificationFailed, "", "differs")), events.StepGivenUp, failure.VerificationFailed},
		"unknown":     {returning(errors.New("disk on fire")), events.StepBroken, failure.Internal},
		"stop":        {returning(failure.New(failure.WorkerStopping, "", "stops")), events.StepHandedOn, failure.WorkerStopping},
		"cancelled":   {returning(temporal.NewCanceledError()), events.StepCancelled, ""},
		"foreign end": {returning(context.Canceled), events.StepCancelled, ""},
		"panic":       {func(context.Context) error { explode(); return nil }, events.StepBroken, failure.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			line := logged(t, "shop/orders", c.step)
			require.Equal(t, c.want.Name, line.Message)
			require.Equal(t, c.want.Level, line.Level)
			fields := line.ContextMap()
			require.Equal(t, "shop/orders", fields["instance"])
			require.Equal(t, "20261124T020000Z-1f2e3d4c", fields["point"])
			require.Equal(t, "Dump", fields["step"])
			require.EqualValues(t, 1, fields["attempt"])
			require.Contains(t, fields, "duration")
			for field := range fields {
				require.Contains(t, c.want.Fields, field)
			}
			code, _ := fields["code"].(string)
			require.Equal(t, string(c.code), code)
			require.Equal(t, c.want.Name == events.StepBroken.Name, fields["stack"] != nil, "only an unexpected failure has a stack")
			require.Empty(t, line.Stack)
		})
	}
}

//go:noinline
func explode() { panic("assignment to entry in nil map") }

func TestAPanicIsLoggedWhereItHappened(t *testing.T) {
	t.Parallel()
	line := logged(t, "shop/orders", func(context.Context) error { explode(); return nil })
	require.Contains(t, line.ContextMap()["stack"], "temporalx_test.explode")
	require.Contains(t, line.ContextMap()["error"], "the step panicked: assignment to entry in nil map")
	require.Equal(t, true, line.ContextMap()["retried"])
}

// A step's input comes from whoever starts a workflow.
func TestALineIsShortWhateverTheInput(t *testing.T) {
	t.Parallel()
	line := logged(t, strings.Repeat("x", 1<<20), returning(nil))
	require.Less(t, len(line.ContextMap()["instance"].(string)), 400)
}

func TestLinesOfTheSDKHaveItsName(t *testing.T) {
	t.Parallel()
	core, lines := observer.New(zapcore.InfoLevel)
	logger := temporalx.NewLogger(zap.New(core))
	logger.Warn("Failed to poll for task.", "WorkerType", "ActivityWorker", "Error", "no answer", "PanicStack", "at x")
	logger.Error("Activity error.", "Error", "said by the boundary")
	logger.Info("Activity complete after timeout.", "Result", "a row")
	events.JobCompleted.Tell(logger, "operation", "Backup")
	require.Equal(t, 2, lines.Len())
	require.Equal(t, "temporal", lines.All()[0].LoggerName)
	require.Equal(t, map[string]any{"workerType": "ActivityWorker", "error": "no answer", "stack": "at x"}, lines.All()[0].ContextMap())
	require.Empty(t, lines.All()[1].LoggerName)
}
