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

// Metrics are the SDK's metrics and those that activities record through it.
type Metrics struct {
	// Handler goes into the client's options.
	Handler client.MetricsHandler
	// HTTP answers with the metrics in Prometheus' form.
	HTTP http.Handler
}

// NewMetrics makes a registry of its own, so that two may live in one process.
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
			// A metric that cannot be made is no reason to end the worker, as the default would.
			OnError: func(error) {},
		}),
		HTTP: promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry}),
	}, nil
}
