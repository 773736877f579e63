// Package metrics is the registry of pgvault's own metrics: their names, labels and
// texts, by which workers export them and the rules and dashboards in deploy/ are
// checked. Names follow the conventions of Prometheus.
//
// Imports of this module: internal/estate, internal/failure/printable.
package metrics
