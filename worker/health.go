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
)

// monitor serves /healthz and /metrics.
type monitor struct {
	server   *http.Server
	listener net.Listener
}

func newMonitor(address string, metrics http.Handler, temporal client.Client) (*monitor, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for /healthz and /metrics (PGVAULT_METRICS_ADDRESS): %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) { serveHealth(w, r, temporal) })
	return &monitor{
		listener: listener,
		server:   &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second},
	}, nil
}

func (m *monitor) serve() error {
	if err := m.server.Serve(m.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve /healthz and /metrics: %w", err)
	}
	return nil
}

func (m *monitor) close() error { return m.server.Close() }

// serveHealth reports healthy while the worker reaches its Temporal server,
// without which it gets no work.
func serveHealth(w http.ResponseWriter, r *http.Request, temporal client.Client) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	status := struct {
		Status string `json:"status"`
		Reason string `json:"reason,omitempty"`
	}{Status: "ok"}
	code := http.StatusOK
	if _, err := temporal.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		status.Status, status.Reason, code = "unavailable", "Temporal: "+err.Error(), http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(status)
}
