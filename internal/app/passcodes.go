package app

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/sms"
)

// addPasscodes opens the method of codes by text message. The customers, the outbox, the
// desk for texts and the metrics are there.
func (a *App) addPasscodes() {
	budget := &sms.Budget{Ring: a.Ring}
	a.Passcodes = passcode.New(passcode.Config{DB: a.DB, Ring: a.Ring, Rand: a.Rand, Customers: a.Customers, Texts: a.Texts, Budget: budget, Outbox: a.Outbox})
	a.handlers[passcode.Kind] = outbox.HandlerFunc(passcode.Nothing)
	a.Metrics.Register(budgetMetrics{budget})
}

// matured moves the phones whose time has come.
func (a *App) matured(ctx context.Context, n int) (int64, error) {
	return a.Passcodes.Mature(ctx, a.Policies.Active(), n)
}

// budgetMetrics tells what became of codes by text message on this node.
type budgetMetrics struct{ budget *sms.Budget }

func (budgetMetrics) codes() *prometheus.Desc {
	return prometheus.NewDesc("countersign_sms_codes_total", "Codes by text message: sent, right, or why withheld by a budget.", []string{"outcome"}, nil)
}

func (budgetMetrics) alarms() *prometheus.Desc {
	return prometheus.NewDesc("countersign_sms_alarms_total", "Prefixes whose codes come back seldom: alarms, and cut-offs.", []string{"level"}, nil)
}

// Describe implements prometheus.Collector.
func (m budgetMetrics) Describe(to chan<- *prometheus.Desc) { to <- m.codes(); to <- m.alarms() }

// Collect implements prometheus.Collector.
func (m budgetMetrics) Collect(to chan<- prometheus.Metric) {
	count := func(d *prometheus.Desc, n int64, label string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), label)
	}
	s := m.budget.Stats()
	count(m.codes(), s.Sent, "sent")
	count(m.codes(), s.Right, "right")
	for v, n := range s.Withheld {
		count(m.codes(), n, string(v))
	}
	count(m.alarms(), s.Alarms, "alarm")
	count(m.alarms(), s.CutOffs, "cut_off")
}
