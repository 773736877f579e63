package temporalx

import (
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
)

// Metrics are the metrics of the SDK and of activities.
type Metrics struct {
	// Handler is for the client's options.
	Handler client.MetricsHandler
	// HTTP serves the metrics in Prometheus' format.
	HTTP http.Handler
}

// NewMetrics returns metrics with a registry of their own, so that one process
// can have several.
func NewMetrics() (Metrics, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo())
	if err != nil {
		return Metrics{}, fmt.Errorf("make the metrics exporter: %w", err)
	}
	provider := metric.NewMeterProvider(metric.WithReader(exporter))
	return Metrics{
		Handler: opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
			Meter:                provider.Meter("temporal-sdk-go"),
			UseMonotonicCounters: true,
			// The default ends the process if a metric cannot be created.
			OnError: func(error) {},
		}),
		HTTP: promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry}),
	}, nil
}
