package metrics

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/failure/printable"
)

// Exporter exports the last estate. Before the first it exports nothing, so that rules
// with absent() fire if there is never one. Freshness is computed when the metrics are
// read: an estate that is not renewed goes stale.
type Exporter struct {
	last func() (e estate.Estate, since time.Duration, ok bool)
}

var _ prometheus.Collector = Exporter{}

// NewExporter returns an exporter of the estate that last returns, with the time since
// it was read. last is called concurrently.
func NewExporter(last func() (e estate.Estate, since time.Duration, ok bool)) Exporter {
	return Exporter{last}
}

// Describe implements [prometheus.Collector]. The metrics are unchecked, since their
// number varies.
func (e Exporter) Describe(chan<- *prometheus.Desc) {}

// Collect implements [prometheus.Collector].
func (e Exporter) Collect(to chan<- prometheus.Metric) {
	last, since, ok := e.last()
	if !ok {
		return
	}
	c := collection{to: to, now: last.At.Add(since)}
	for i := range last.Instances {
		c.instance(&last.Instances[i])
	}
	c.vault(last)
}

// collection collects the metrics of one scrape.
type collection struct {
	to  chan<- prometheus.Metric
	now time.Time
}

func (c collection) gauge(f Family, value float64, labels ...string) {
	for i, label := range labels {
		labels[i] = labelValue(label)
	}
	c.to <- prometheus.MustNewConstMetric(prometheus.NewDesc(f.Name, f.Help, f.Labels, nil), prometheus.GaugeValue, value, labels...)
}

// maxLabel bounds the value of a label, in bytes.
const maxLabel = 256

// labelValue returns a stranger's text as the value of a label.
func labelValue(text string) string {
	return printable.Cut(strings.ToValidUTF8(text, "?"), maxLabel)
}

func (c collection) instance(i *estate.Instance) {
	c.gauge(instanceInfo, 1, i.Name, i.Database, i.Server, i.Policy, string(i.Protection.State))
	c.gauge(protectedSince, seconds(i.ProtectedSince), i.Name)
	if i.LastGood == nil {
		c.gauge(lastGood, 0, i.Name)
	} else {
		c.gauge(lastGood, seconds(i.LastGood.Committed), i.Name)
		c.gauge(lastSize, float64(i.LastGood.Bytes), i.Name)
		c.gauge(lastDuration, i.LastGood.Seconds, i.Name)
	}
	if i.Protection.State != estate.Stopped {
		c.gauge(objective, float64(i.Objective.Seconds), i.Name)
		c.gauge(fresh, truth(!i.FreshnessAt(c.now).Exceeded()), i.Name)
	}
	for tier, count := range i.Tiers {
		c.gauge(points, float64(count.Points), i.Name, strings.ToLower(tier))
		c.gauge(storedBytes, float64(count.Bytes), i.Name, strings.ToLower(tier))
	}
	if i.LastFailure != nil {
		c.gauge(lastFailure, seconds(i.LastFailure.At), i.Name, i.LastFailure.Code)
	}
	if i.Drill != nil {
		c.drill(i.Name, i.Drill)
	}
	if i.Scrub != nil {
		c.gauge(scrubCoverage, i.Scrub.ShareOfBytes(), i.Name)
	}
}

func (c collection) drill(name string, d *estate.Drill) {
	var proven time.Time
	if d.LastProven != nil {
		proven = d.LastProven.At
	}
	c.gauge(lastProof, seconds(proven), name)
	if !d.Due.IsZero() {
		c.gauge(proofDue, seconds(d.Due), name)
	}
	if d.Last != nil {
		c.gauge(lastDrill, seconds(d.Last.At), name)
	}
	if yes, ok := d.Succeeded(); ok {
		c.gauge(drillSuccess, truth(yes), name)
	}
	if d.RestoreSeconds > 0 {
		c.gauge(restoreDuration, d.RestoreSeconds, name)
	}
	if d.EarlierRestoreSeconds > 0 {
		c.gauge(earlierRestore, d.EarlierRestoreSeconds, name)
	}
}

func (c collection) vault(e estate.Estate) {
	c.gauge(watchSuccess, seconds(e.At))
	c.gauge(sweepSuccess, seconds(e.Vault.Sweep.LastSuccess))
	count := map[estate.Kind]int{}
	if len(e.Vault.Unseen) > 0 {
		count[estate.KindWatchBlind] = 1
	}
	for _, p := range e.Problems() {
		if p.Severity != estate.Warning {
			count[p.Kind]++
		}
	}
	for _, kind := range estate.Kinds() {
		c.gauge(alerts, float64(count[kind]), string(kind))
	}
	c.gauge(vaultSafe, truth(e.Vault.Safety.Versions), "versions")
	if !e.Vault.Safety.SoftDeleteUnseen {
		c.gauge(vaultSafe, truth(e.Vault.Safety.SoftDeleteDays > 0), "soft-delete")
	}
	c.gauge(vaultSafe, truth(e.Vault.Safety.Shortfall == ""), "trust-file")
}

// seconds returns a time as Prometheus has it; 0 for no time.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.Unix())
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
