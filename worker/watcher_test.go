package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/estate/page"
	"github.com/pgvault/pgvault/internal/estate/survey"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/vault"
)

// get returns the answer of the page.
func (w *watcher) get() *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	w.page(page.Options{}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil))
	return answer
}

// alerts returns the value of pgvault_alerts by kind.
func (w *watcher) alerts(t *testing.T) map[string]float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(w.metrics())
	families, err := registry.Gather()
	require.NoError(t, err)
	found := map[string]float64{}
	for _, f := range families {
		if f.GetName() == "pgvault_alerts" {
			for _, m := range f.GetMetric() {
				found[m.GetLabel()[0].GetValue()] = m.GetGauge().GetValue()
			}
		}
	}
	return found
}

// TestThePageNeedsNoTemporal shows a vault while the Temporal server is away, and what
// was last known once the storage cannot be read either.
func TestThePageNeedsNoTemporal(t *testing.T) {
	t.Parallel()
	storage := memblob.New(time.Now, memblob.Options{})
	v := vault.New(storage.Container(0))
	nightly := policy.Schedule{Times: []policy.TimeOfDay{{Hour: 2}}}.WithDefaults()
	_, err := v.PutSettings(t.Context(), instance.VaultSettings{Container: "https://x", Sweep: instance.Sweep{Schedule: nightly}}, "")
	require.NoError(t, err)
	_, err = v.PutInstance(t.Context(), instance.Instance{
		Name: "shop/orders", Database: "orders", Server: instance.Server{Host: "db"}, Policy: policy.Policy{Name: "nightly", Schedules: []policy.Schedule{nightly}},
	})
	require.NoError(t, err)
	w := newWatcher(v, survey.Away{Err: errors.New("the server does not answer")}, zap.NewNop())
	require.Equal(t, http.StatusServiceUnavailable, w.get().Code)
	require.Empty(t, w.alerts(t))

	require.NoError(t, w.look(t.Context()))
	shown := w.get()
	require.Equal(t, http.StatusOK, shown.Code)
	require.Contains(t, shown.Body.String(), "shop/orders")
	require.Contains(t, shown.Body.String(), "the server does not answer")
	require.InDelta(t, 1, w.alerts(t)["watch-blind"], 0)

	storage.Inject(memblob.Fault{Err: failure.New(failure.ContainerNotAccessible, "assign a role", "the identity may not read")})
	require.Equal(t, failure.ContainerNotAccessible, failure.CodeOf(w.look(t.Context())))
	require.Equal(t, shown.Body.String(), w.get().Body.String())
}

// TestTheWatcherEndsWithTheWorker: a worker that stops is no failure of a look.
func TestTheWatcherEndsWithTheWorker(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	w := newWatcher(vault.New(memblob.New(time.Now, memblob.Options{}).Container(0)), survey.Away{}, zap.NewNop())
	require.NoError(t, w.run(ctx))
	require.Equal(t, http.StatusServiceUnavailable, w.get().Code)
}
