package main

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/estate/metrics"
	"github.com/pgvault/pgvault/internal/estate/page"
	"github.com/pgvault/pgvault/internal/estate/survey"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/temporalx/events"
	"github.com/pgvault/pgvault/internal/vault"
)

// watchEvery is the time between two looks at the estate. Each lists the whole vault,
// which the storage charges for, and a backup is late after hours.
const watchEvery = 5 * time.Minute

// watcher keeps the estate for the metrics and the page. It looks by itself and not in
// a job: without the Temporal server no job runs, and the page must still show the
// vault.
type watcher struct {
	vault  *vault.Vault
	server survey.Server
	logger *zap.Logger
	last   atomic.Pointer[looked]
}

// looked is the estate of a look, with the time of its end.
type looked struct {
	estate.Estate
	at time.Time
}

func newWatcher(v *vault.Vault, server survey.Server, logger *zap.Logger) *watcher {
	return &watcher{vault: v, server: server, logger: logger}
}

// run looks until ctx is done. A look that fails leaves the estate of the one before,
// which goes stale by itself.
func (w *watcher) run(ctx context.Context) error {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		if err := w.look(ctx); err != nil && ctx.Err() == nil {
			events.EstateNotRenewed.Log(w.logger, zap.String("code", string(failure.CodeOf(err))), zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (w *watcher) look(ctx context.Context) error {
	e, err := survey.Estate(ctx, w.vault, w.server)
	if err != nil {
		return err
	}
	w.last.Store(&looked{e, time.Now()})
	return nil
}

// known returns the estate of the last look, and the time since then. Only that time is
// taken from the worker's clock.
func (w *watcher) known() (e estate.Estate, since time.Duration, ok bool) {
	last := w.last.Load()
	if last == nil {
		return estate.Estate{}, 0, false
	}
	return last.Estate, time.Since(last.at), true
}

// metrics exports the last look.
func (w *watcher) metrics() prometheus.Collector { return metrics.NewExporter(w.known) }

// page serves the page of the last look.
func (w *watcher) page(o page.Options) http.Handler { return page.Handler(w.known, o) }
