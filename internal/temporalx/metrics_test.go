package temporalx_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/version"
)

func exported(t *testing.T, metrics temporalx.Metrics) string {
	t.Helper()
	answer := httptest.NewRecorder()
	metrics.HTTP.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
	return answer.Body.String()
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	build := version.Info{Version: "v1.2.3", Go: "go1.99"}
	metrics, err := temporalx.NewMetrics(build)
	require.NoError(t, err)
	metrics.Handler.WithTags(map[string]string{"instance": "a/b"}).Counter("pgvault_dumped_bytes").Inc(7)
	text := exported(t, metrics)
	require.Regexp(t, `pgvault_dumped_bytes_total\{instance="a/b"\} 7`, text)
	require.Contains(t, text, `target_info{service_name="pgvault-worker",service_version="v1.2.3"} 1`)
	require.Contains(t, text, `pgvault_build_info{go="go1.99",version="v1.2.3"} 1`)
	_, err = temporalx.NewMetrics(build)
	require.NoError(t, err, "a second registry in one process")
}

// A job's error may come from anywhere: it must not make time series.
func TestJobsAreCountedByABoundedSetOfLabels(t *testing.T) {
	t.Parallel()
	metrics, err := temporalx.NewMetrics(version.Info{})
	require.NoError(t, err)
	handler := metrics.Handler.WithTags(map[string]string{"namespace": "default", "operation": "Noise"})
	temporalx.CountJob(handler, "Backup", "completed", "")
	temporalx.CountJob(handler, "Backup", "failed", failure.StorageUnavailable)
	temporalx.CountJob(handler, "Backup", "failed", failure.StorageUnavailable)
	temporalx.CountJob(handler, "Backup", "failed", "somebody's own")
	text := exported(t, metrics)
	require.Contains(t, text, `pgvault_jobs_total{code="",operation="Backup",outcome="completed"} 1`)
	require.Contains(t, text, `pgvault_jobs_total{code="StorageUnavailable",operation="Backup",outcome="failed"} 2`)
	require.Contains(t, text, `pgvault_jobs_total{code="InternalError",operation="Backup",outcome="failed"} 1`)
	require.NotContains(t, text, "somebody")
}
