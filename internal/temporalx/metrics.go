package temporalx

import (
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"

	"github.com/pgvault/pgvault/internal/estate/metrics"
	"github.com/pgvault/pgvault/internal/version"
)

// serviceName is the name of the worker in the metrics of Temporal's SDK.
const serviceName = "pgvault-worker"

// Metrics are the metrics of a worker's process: those of Temporal's SDK, of Go,
// and pgvault's own.
type Metrics struct {
	// Handler is for the client's options.
	Handler client.MetricsHandler
	// Registry takes further collectors.
	Registry *prometheus.Registry
	// HTTP serves the metrics in Prometheus' format.
	HTTP http.Handler
}

// NewMetrics returns the metrics of a build, with a registry of their own, so that
// one process can have several.
func NewMetrics(build version.Info) (Metrics, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), buildInfo(build))
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo())
	if err != nil {
		return Metrics{}, fmt.Errorf("make the metrics exporter: %w", err)
	}
	provider := metric.NewMeterProvider(metric.WithReader(exporter), metric.WithResource(resource.NewSchemaless(
		attribute.String("service.name", serviceName), attribute.String("service.version", build.Version))))
	sdk := opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter:                provider.Meter("temporal-sdk-go"),
		UseMonotonicCounters: true,
		// The default ends the process if a metric cannot be created.
		OnError: func(error) {},
	})
	return Metrics{
		Handler:  countingHandler{MetricsHandler: sdk, ended: jobCounter(registry)},
		Registry: registry,
		HTTP:     promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry}),
	}, nil
}

func buildInfo(build version.Info) prometheus.Collector {
	gauge := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: metrics.BuildInfo.Name, Help: metrics.BuildInfo.Help}, metrics.BuildInfo.Labels)
	gauge.WithLabelValues(build.Version, build.Go).Set(1)
	return gauge
}
