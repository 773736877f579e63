package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/pgvault/pgvault/internal/failure"
)

// ready is a readiness whose parts and clock the test sets.
type ready struct {
	readiness
	at     time.Time
	err    error
	looked int
}

func newReady() (*ready, *observer.ObservedLogs) {
	core, lines := observer.New(zapcore.InfoLevel)
	r := &ready{at: time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)}
	r.now, r.logger = func() time.Time { return r.at }, zap.New(core)
	r.checks = []check{
		{part: "temporal", away: failure.TemporalUnavailable, look: func(context.Context) error { return nil }},
		{part: "vault", away: failure.StorageUnavailable, look: func(context.Context) error {
			r.looked++
			return r.err
		}},
	}
	return r, lines
}

func (r *ready) answers(t *testing.T) (int, string) {
	t.Helper()
	recorder := httptest.NewRecorder()
	answer(recorder, r.failing(t.Context()))
	return recorder.Code, recorder.Body.String()
}

func TestReadinessNamesThePartAndNothingOfItsError(t *testing.T) {
	t.Parallel()
	r, lines := newReady()
	status, body := r.answers(t)
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"status": "ok"}`, body)

	r.at, r.err = r.at.Add(readyAge), failure.Wrap(errors.New("10.1.2.3 says <script>"), failure.ContainerNotAccessible, "grant it", "container secret-name")
	status, body = r.answers(t)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.JSONEq(t, `{"status": "unavailable", "failing": [{"part": "vault", "code": "UserErrorContainerNotAccessible"}]}`, body)
	require.Equal(t, 1, lines.Len())
	require.Contains(t, lines.All()[0].ContextMap()["error"], "10.1.2.3", "the log has the error")

	r.at = r.at.Add(readyAge)
	_, again := r.answers(t)
	require.Equal(t, body, again)
	require.Equal(t, 1, lines.Len(), "it is logged when it changes")

	r.at, r.err = r.at.Add(readyAge), nil
	status, _ = r.answers(t)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "the worker is ready again", lines.All()[1].Message)
}

func TestReadinessIsCheckedOnceInAWhile(t *testing.T) {
	t.Parallel()
	r, _ := newReady()
	for range 10 {
		r.answers(t)
	}
	require.Equal(t, 1, r.looked)
	r.at = r.at.Add(readyAge)
	r.answers(t)
	require.Equal(t, 2, r.looked)
}

// A probe that gives up does not decide for those that come later.
func TestReadinessOutlivesTheRequest(t *testing.T) {
	t.Parallel()
	r, _ := newReady()
	r.checks[0].look = func(ctx context.Context) error { return ctx.Err() }
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	require.Empty(t, r.failing(gone))

	r.at, r.err = r.at.Add(readyAge), context.DeadlineExceeded
	require.Equal(t, []failing{{"vault", failure.StorageUnavailable}}, r.failing(t.Context()))
}
