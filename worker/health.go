package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/vault"
)

// monitor serves /livez, /readyz and /metrics.
type monitor struct {
	server   *http.Server
	mux      *http.ServeMux
	listener net.Listener
}

func newMonitor(address string, metrics http.Handler, ready *readiness) (*monitor, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for /livez, /readyz and /metrics (PGVAULT_METRICS_ADDRESS): %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { answer(w, nil) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { answer(w, ready.failing(r.Context())) })
	return &monitor{
		listener: listener,
		mux:      mux,
		server:   &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second},
	}, nil
}

func (m *monitor) serve() error {
	if err := m.server.Serve(m.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve /livez, /readyz and /metrics: %w", err)
	}
	return nil
}

func (m *monitor) close() error { return m.server.Close() }

// checks returns the checks of the parts that every role needs.
func checks(temporal client.Client, v *vault.Vault) []check {
	return []check{
		{part: "temporal", away: failure.TemporalUnavailable, look: func(ctx context.Context) error {
			_, err := temporal.CheckHealth(ctx, &client.CheckHealthRequest{})
			return temporalx.RequestError("check the health of the Temporal server", err)
		}},
		{part: "vault", away: failure.StorageUnavailable, look: func(ctx context.Context) error {
			_, err := v.ID(ctx)
			return err
		}},
	}
}

// answer answers with the failing parts.
func answer(w http.ResponseWriter, parts []failing) {
	status, code := "ok", http.StatusOK
	if len(parts) > 0 {
		status, code = "unavailable", http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(struct {
		Status  string    `json:"status"`
		Failing []failing `json:"failing,omitempty"`
	}{status, parts})
}
