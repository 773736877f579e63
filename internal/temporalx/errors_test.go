package temporalx_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/temporalx"
)

func application(t *testing.T, err error) *temporal.ApplicationError {
	t.Helper()
	application, ok := err.(*temporal.ApplicationError) //nolint:errorlint // the outermost error decides
	require.True(t, ok, "%T: %v", err, err)
	return application
}

func TestAsTemporalKeepsCodeThroughWrapping(t *testing.T) {
	t.Parallel()
	finding := failure.Finding{Check: "grants", Code: failure.MissingDBPermissions, Message: "no SELECT on a.b", Objects: []string{"a.b"}, Action: "GRANT …"}
	f := failure.Wrap(errors.New("42501"), failure.MissingDBPermissions, "GRANT …", "no SELECT on a.b")
	f.Findings = []failure.Finding{finding}
	err := application(t, temporalx.AsTemporal(fmt.Errorf("validate: %w", f)))
	require.Equal(t, string(failure.MissingDBPermissions), err.Type())
	require.True(t, err.NonRetryable())
	require.Contains(t, err.Message(), "To mend it: GRANT …")

	back := temporalx.Failure(err)
	require.Equal(t, failure.MissingDBPermissions, back.Code)
	require.Equal(t, "no SELECT on a.b: 42501", back.Message)
	require.Equal(t, "GRANT …", back.Action)
	require.Equal(t, []failure.Finding{finding}, back.Findings)
}

func TestAsTemporalRetriesTheWorldsFaults(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		failure.New(failure.ServerConnectionClosed, "", "gone"),
		errors.New("no code"),
		fmt.Errorf("wrapped: %w", errors.New("no code")),
	} {
		require.False(t, application(t, temporalx.AsTemporal(err)).NonRetryable())
	}
	require.Equal(t, string(failure.Internal), application(t, temporalx.AsTemporal(errors.New("no code"))).Type())
	stopping := application(t, temporalx.AsTemporal(failure.New(failure.WorkerStopping, "", "stops")))
	require.Equal(t, temporal.ApplicationErrorCategoryBenign, stopping.Category())
	require.Positive(t, stopping.NextRetryDelay())
}

func TestAfterDelaysTheNextAttempt(t *testing.T) {
	t.Parallel()
	f := failure.New(failure.ReceiverUnavailable, "", "busy")
	err := application(t, temporalx.After(f, time.Minute))
	require.Equal(t, time.Minute, err.NextRetryDelay())
	require.False(t, err.NonRetryable())
	require.Equal(t, f, temporalx.Failure(err))
	require.Equal(t, error(err), temporalx.AsTemporal(err), "it passes the boundary unchanged")
}

func TestAsTemporalLetsTemporalsOwnPass(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, temporal.NewCanceledError(), temporal.NewApplicationError("m", "t"), context.Canceled, fmt.Errorf("x: %w", context.DeadlineExceeded)} {
		require.Equal(t, err, temporalx.AsTemporal(err))
	}
}

func TestAsTemporalBoundsWhatStandsInHistory(t *testing.T) {
	t.Parallel()
	findings := make([]failure.Finding, 20000)
	for i := range findings {
		findings[i] = failure.Finding{Check: "grants", Code: failure.MissingDBPermissions, Message: strings.Repeat("x", 100), Action: strings.Repeat("y", 100)}
	}
	back := temporalx.Failure(temporalx.AsTemporal(failure.FromFindings(findings)))
	require.Less(t, len(back.Findings), len(findings))
	require.Contains(t, back.Findings[len(back.Findings)-1].Message, "more findings")
	require.LessOrEqual(t, len(back.Error()), 20<<10)
	require.Len(t, findings, 20000)
}

// Temporal rejects a failure that is not UTF-8, and the step would not end.
func TestAsTemporalTakesAnyBytes(t *testing.T) {
	t.Parallel()
	for _, err := range []error{errors.New("caf\xe9"), failure.New(failure.DumpRefused, "drop caf\xe9", "caf\xe9 is full")} {
		out := temporalx.AsTemporal(err)
		require.True(t, utf8.ValidString(out.Error()), "%q", out.Error())
		require.Contains(t, out.Error(), "caf?")
	}
}

func TestFromActivityAsksWhyTheContextEnded(t *testing.T) {
	t.Parallel()
	broken := failure.New(failure.ServerConnectionClosed, "", "pg_dump ended: signal: terminated")
	ended := func(cause error) context.Context {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		return ctx
	}
	require.NoError(t, temporalx.FromActivity(ended(temporal.NewCanceledError()), nil))
	require.True(t, temporal.IsCanceledError(temporalx.FromActivity(ended(temporal.NewCanceledError()), broken)))
	for _, cause := range []error{activity.ErrActivityPaused, activity.ErrActivityReset} {
		err := application(t, temporalx.FromActivity(ended(cause), broken))
		require.False(t, err.NonRetryable())
		require.Equal(t, temporal.ApplicationErrorCategoryBenign, err.Category())
	}
	require.Equal(t, string(failure.WorkerStopping), application(t, temporalx.FromActivity(ended(worker.ErrWorkerShutdown), broken)).Type())
	require.Equal(t, string(failure.ServerConnectionClosed), application(t, temporalx.FromActivity(t.Context(), broken)).Type())
	require.Equal(t, string(failure.ServerConnectionClosed), application(t, temporalx.FromActivity(ended(errors.New("gone")), broken)).Type())
}

func TestFailureOfEverything(t *testing.T) {
	t.Parallel()
	require.Nil(t, temporalx.Failure(nil))
	for want, errs := range map[failure.Code][]error{
		failure.Cancelled: {temporal.NewCanceledError(), fmt.Errorf("x: %w", context.Canceled)},
		failure.Internal:  {errors.New("plain"), temporal.NewApplicationError("unable to decode", "wrapError"), temporal.NewHeartbeatTimeoutError()},
		failure.DBNotFound: {
			failure.New(failure.DBNotFound, "", "m"),
			fmt.Errorf("x: %w", temporalx.AsTemporal(failure.New(failure.DBNotFound, "", "m"))),
		},
	} {
		for _, err := range errs {
			require.Equal(t, want, temporalx.Failure(err).Code, "%v", err)
			require.NotEmpty(t, temporalx.Failure(err).Message)
		}
	}
}
