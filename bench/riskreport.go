package main

import (
	"fmt"

	"github.com/countersign-auth/countersign/bench/figure"
	"github.com/countersign-auth/countersign/internal/db"
)

// report lays the findings out.
func (r *riskBench) report() *Scenario {
	s := &Scenario{
		Name: fmt.Sprintf("risk: %d customers, a login judged and completed", r.many()), Data: r.found,
		Head: []string{"DATABASE", "WHAT", "RATE/S", "OF LIMIT", "P50 MS", "P99 MS", "CPU US: NODE", "DATABASE", "ELSEWHERE %"},
		Notes: []string{
			"in this process, through the desk: two commits and two audit records for each decision, lessons counted every two seconds",
			fmt.Sprintf("%q: %d events for each of %d customers, learned by the engine in memory, their profiles stored; decisions of one customer wait for each other, so these are %d at once", modeManyFed, r.events, fedGroup, fedGroup),
			"backtest: rules of the preset on all stored events; its rate is for a second of processor time, the database's included",
		},
	}
	for _, d := range r.rig.Dialects() {
		base := r.found[key(d, modeLimit)].of(rate)
		for _, mode := range riskModes() {
			all := r.found[key(d, mode)]
			m := func(f func(Sample) float64) float64 { return figure.Median(all.of(f)) }
			s.row(d, mode, m(rate), figure.Ratio(all.of(rate), base).Median, m(p50), m(p99), m(func(s Sample) float64 { return s.NodeCPU }),
				m(func(s Sample) float64 { return s.DatabaseCPU }), 100*m(func(s Sample) float64 { return s.Elsewhere }))
		}
	}
	for _, d := range r.rig.Dialects() {
		r.goals(s, d)
	}
	return s
}

func (r *riskBench) goals(s *Scenario, d db.Dialect) {
	of := func(mode string, f func(Sample) float64) []float64 { return r.found[key(d, mode)].of(f) }
	s.goal(d.String()+": decisions / one-row commits", ">=", 0.25, figure.Ratio(of(modeDecide, rate), of(modeLimit, rate)))
	s.goal(d.String()+": p99 of a decision / p99 of a one-row commit", "<=", 20, figure.Ratio(of(modeDecide, p99), of(modeLimit, p99)))
	s.goal(fmt.Sprintf("%s: cost with %d events fed / with 10", d, r.events), "<=", 1.25, figure.Ratio(of(modeManyFed, cost), of(modeFewFed, cost)))
	s.goal(fmt.Sprintf("%s: cost with %d customers / with %d", d, r.many(), r.few()), "<=", 1.25, figure.Ratio(of(modeDecide, cost), of(modeSmall, cost)))
	s.goal(d.String()+": backtest, events/s of one processor", ">=", 50_000, figure.Of(of(modeBacktest, rate)))
}

func p50(s Sample) float64 { return s.P50 }
func p99(s Sample) float64 { return s.P99 }

// cost is the processor time of one of them.
func cost(s Sample) float64 { return s.NodeCPU + s.DatabaseCPU }
