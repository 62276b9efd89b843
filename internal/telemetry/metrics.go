package telemetry

import (
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// prefix begins the name of every metric of ours. Names are written in full where
// they are used, so that a search for a metric finds its place.
const prefix = "countersign_"

// maxSeries is how many combinations of label values one metric may have.
const maxSeries = 256

// Metrics is the set of a node's metrics. Its methods panic when a name is used
// twice or does not begin with "countersign_", which is a mistake in the program that
// its first start shows.
type Metrics struct{ registry *prometheus.Registry }

// NewMetrics returns a set with the metrics of the Go runtime and the process,
// and with countersign_build_info, which carries the version as a label.
func NewMetrics(version string) *Metrics {
	m := &Metrics{prometheus.NewRegistry()}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.Counter(prefix+"build_info", "Which version runs; always 1.", "version").Add(1, version)
	return m
}

// Gatherer reads all metrics, for the program's /metrics handler.
func (m *Metrics) Gatherer() prometheus.Gatherer { return m.registry }

// Register adds collectors that a package made itself, for values that it
// already counts.
func (m *Metrics) Register(cs ...prometheus.Collector) { m.registry.MustRegister(cs...) }

// Gauge adds a metric whose value is asked for when it is read.
func (m *Metrics) Gauge(name, help string, f func() float64) {
	m.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: ours(name), Help: help}, f))
}

// Counter adds a metric that only grows, with the given labels.
func (m *Metrics) Counter(name, help string, labels ...string) *Counter {
	vec := prometheus.NewCounterVec(prometheus.CounterOpts{Name: ours(name), Help: help}, labels)
	m.Register(vec)
	return &Counter{vec: vec}
}

// Durations adds a metric that sorts durations into buckets from
// half a millisecond to ten seconds. Its name ends in "_seconds".
func (m *Metrics) Durations(name, help string, labels ...string) *Durations {
	vec := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: ours(name), Help: help,
		Buckets: []float64{.0005, .001, .0025, .005, .01, .02, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, labels)
	m.Register(vec)
	return &Durations{vec: vec}
}

func ours(name string) string {
	if !strings.HasPrefix(name, prefix) {
		panic("telemetry: the name of the metric " + name + " does not begin with " + prefix)
	}
	return name
}

// Counter counts events by label values.
type Counter struct {
	vec  *prometheus.CounterVec
	seen bounded
}

// Add counts n events, n ≥ 0. There must be as many values as labels.
func (c *Counter) Add(n float64, values ...string) {
	c.vec.WithLabelValues(c.seen.admit(values)...).Add(n)
}

// Durations sorts durations by label values.
type Durations struct {
	vec  *prometheus.HistogramVec
	seen bounded
}

// Observe notes one duration. There must be as many values as labels.
func (d *Durations) Observe(took time.Duration, values ...string) {
	d.vec.WithLabelValues(d.seen.admit(values)...).Observe(took.Seconds())
}

// bounded remembers the combinations of label values that a metric has.
type bounded struct {
	mu   sync.RWMutex
	seen map[string]bool
}

// admit returns the values, or "other" for each when there are too many
// combinations already.
func (b *bounded) admit(values []string) []string {
	if len(values) == 0 {
		return values
	}
	key := strings.Join(values, "\x00")
	b.mu.RLock()
	known := b.seen[key]
	b.mu.RUnlock()
	if known || b.learn(key) {
		return values
	}
	other := make([]string, len(values))
	for i := range other {
		other[i] = "other"
	}
	return other
}

func (b *bounded) learn(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.seen) >= maxSeries {
		return b.seen[key]
	}
	if b.seen == nil {
		b.seen = map[string]bool{}
	}
	b.seen[key] = true
	return true
}
