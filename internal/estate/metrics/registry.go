package metrics

import "slices"

// Family is a metric with its labels.
type Family struct {
	// Name is the name in Prometheus' format. It is public: people write alert rules
	// with it.
	Name   string
	Kind   Kind
	Labels []string
	// Help says in one sentence what the value is.
	Help string
}

// Kind is the type of a metric in Prometheus' format.
type Kind string

// The kinds of metrics.
const (
	Counter Kind = "counter"
	Gauge   Kind = "gauge"
)

// all are the families in the order of their declaration.
var all []Family

func family(name string, kind Kind, help string, labels ...string) Family {
	f := Family{Name: name, Kind: kind, Labels: labels, Help: help}
	all = append(all, f)
	return f
}

// All returns all families.
func All() []Family { return slices.Clone(all) }
