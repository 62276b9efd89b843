package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/countersign-auth/countersign/bench/load"
	"github.com/countersign-auth/countersign/bench/rig"
)

// Sample is one measurement.
type Sample struct {
	Rate  float64 `json:"rate"`   // answers a second
	P50   float64 `json:"p50_ms"` // of the time of an answer, milliseconds
	P99   float64 `json:"p99_ms"`
	Max   float64 `json:"max_ms"`
	Group float64 `json:"units_per_commit,omitempty"`
	RSS   float64 `json:"rss_peak_mb,omitempty"` // of the node, 10^6 bytes

	// Processor time for one answer, in microseconds.
	NodeCPU     float64 `json:"node_cpu_us,omitempty"`
	DatabaseCPU float64 `json:"database_cpu_us,omitempty"`
	LoadCPU     float64 `json:"load_cpu_us,omitempty"`
	// Elsewhere is the share of the machine's processor time that others took.
	Elsewhere float64 `json:"elsewhere"`
}

// meter reads the clocks around what is measured.
type meter struct {
	node, server           int // processes; 0 for none
	cpu, database, own     time.Duration
	busy, all              time.Duration
	startCPU, startDB      time.Duration
	startOwn               time.Duration
	startBusy, startAll    time.Duration
	units, groups          float64
	startUnits, startGroup float64
}

func (m *meter) start() {
	m.startCPU, m.startDB, m.startOwn = rig.CPU(m.node), rig.TreeCPU(m.server), rig.CPU(os.Getpid())
	m.startBusy, m.startAll = rig.MachineCPU()
}

func (m *meter) stop() {
	m.cpu, m.database, m.own = rig.CPU(m.node)-m.startCPU, rig.TreeCPU(m.server)-m.startDB, rig.CPU(os.Getpid())-m.startOwn
	m.busy, m.all = rig.MachineCPU()
	m.busy, m.all = m.busy-m.startBusy, m.all-m.startAll
}

// elsewhere is what the machine did besides.
func (m *meter) elsewhere() float64 {
	if m.all <= 0 {
		return 0
	}
	return max(0, float64(m.busy-m.cpu-m.database-m.own)/float64(m.all))
}

// trials is how often a load is repeated that ended before anything was answered:
// short ones do on a busy machine.
const trials = 20

// measure makes one load and reads everything about it.
func (b *bench) measure(ctx context.Context, n *rig.Node, server int, grouped bool, source func(int) load.Source) (s Sample, err error) {
	for range trials {
		if s, err = b.once(ctx, n, server, grouped, source); err != nil || s.Rate > 0 {
			return s, err
		}
	}
	return s, errors.New("nothing was answered: measure longer, or with fewer connections")
}

func (b *bench) once(ctx context.Context, n *rig.Node, server int, grouped bool, source func(int) load.Source) (Sample, error) {
	m := &meter{node: n.PID(), server: server}
	err := b.calm(ctx)
	if err != nil {
		return Sample{}, err
	}
	if grouped {
		if m.startUnits, m.startGroup, err = commits(ctx, n); err != nil {
			return Sample{}, err
		}
	}
	r, err := load.Run(ctx, load.Config{
		Address: n.API, Connections: b.Connections, Warmup: b.warmup(), Measure: b.span(), Source: source, Now: b.now,
	}, m.start, m.stop)
	if err != nil {
		return Sample{}, err
	}
	if r.Wrong > 0 {
		return Sample{}, fmt.Errorf("%d answers were not the expected ones; the first: %s", r.Wrong, r.Sample)
	}
	if grouped {
		if m.units, m.groups, err = commits(ctx, n); err != nil {
			return Sample{}, err
		}
	}
	return m.sample(r), nil
}

func commits(ctx context.Context, n *rig.Node) (units, groups float64, err error) {
	if units, err = n.Metric(ctx, "countersign_db_units"); err != nil {
		return 0, 0, err
	}
	groups, err = n.Metric(ctx, "countersign_db_groups")
	return units, groups, err
}

func (m *meter) sample(r *load.Result) Sample {
	_, peak := rig.Memory(m.node)
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(max(r.Times.N(), 1)) }
	s := Sample{
		Rate: r.Rate, P50: milliseconds(r.Times.Quantile(0.5)), P99: milliseconds(r.Times.Quantile(0.99)), Max: milliseconds(r.Times.Max()),
		RSS: float64(peak) / 1e6, NodeCPU: each(m.cpu), LoadCPU: each(m.own), Elsewhere: m.elsewhere(),
	}
	if m.server > 0 {
		s.DatabaseCPU = each(m.database)
	}
	if m.groups > m.startGroup {
		s.Group = (m.units - m.startUnits) / (m.groups - m.startGroup)
	}
	return s
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
