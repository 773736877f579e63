package temporalx

import (
	"maps"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/estate/metrics"
	"github.com/pgvault/pgvault/internal/failure"
)

// CountJob counts a job that has ended. code is empty for a job without an error.
// The handler is that of the job's workflow, which counts nothing during a replay.
func CountJob(handler client.MetricsHandler, operation, outcome string, code failure.Code) {
	if code != "" {
		code = code.Known() // an error may come from anywhere, and each label value is a time series
	}
	handler.WithTags(map[string]string{"operation": operation, "outcome": outcome, "code": string(code)}).Counter(metrics.Jobs.Name).Inc(1)
}

func jobCounter(registry prometheus.Registerer) *prometheus.CounterVec {
	counter := prometheus.NewCounterVec(prometheus.CounterOpts{Name: metrics.Jobs.Name, Help: metrics.Jobs.Help}, metrics.Jobs.Labels)
	registry.MustRegister(counter)
	return counter
}

// countingHandler is the SDK's handler, except that the count of jobs has the labels
// of its family only.
type countingHandler struct {
	client.MetricsHandler
	ended *prometheus.CounterVec
	tags  map[string]string
}

// WithTags returns a handler with more tags.
func (h countingHandler) WithTags(tags map[string]string) client.MetricsHandler {
	all := maps.Clone(tags)
	for name, value := range h.tags {
		if _, replaced := all[name]; !replaced {
			all[name] = value
		}
	}
	return countingHandler{MetricsHandler: h.MetricsHandler.WithTags(tags), ended: h.ended, tags: all}
}

// Counter returns the counter of a name.
func (h countingHandler) Counter(name string) client.MetricsCounter {
	if name != metrics.Jobs.Name {
		return h.MetricsHandler.Counter(name)
	}
	values := make([]string, len(metrics.Jobs.Labels))
	for i, label := range metrics.Jobs.Labels {
		values[i] = h.tags[label]
	}
	return jobCount{h.ended.WithLabelValues(values...)}
}

type jobCount struct{ prometheus.Counter }

// Inc adds n.
func (c jobCount) Inc(n int64) { c.Add(float64(n)) }
