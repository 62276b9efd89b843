package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/countersign-auth/countersign/bench/figure"
	"github.com/countersign-auth/countersign/bench/rig"
	"github.com/countersign-auth/countersign/internal/db"
)

// Modes that scenario verify compares.
const (
	modeGrouped = "verify, shared commits"
	modeSingle  = "verify, one transaction each"
	modeTrivial = "trivial handler, same server"
	modePlain   = "plain net/http handler"
	modePgbench = "pgbench, 16 clients"
)

// verifyBench is the scenario under way.
type verifyBench struct {
	*bench
	stores map[db.Dialect]*rig.Store
	crowds map[db.Dialect]*crowd
	pg     *pgbench
	found  map[string]series // by database and mode
}

func key(d db.Dialect, mode string) string { return d.String() + ": " + mode }

// verify measures durable verifications of secure codes and what bounds them, in
// turns.
func (b *bench) verify(ctx context.Context) (*Scenario, error) {
	v := &verifyBench{bench: b, stores: map[db.Dialect]*rig.Store{}, crowds: map[db.Dialect]*crowd{}, found: map[string]series{}}
	if err := v.prepare(ctx); err != nil {
		return nil, err
	}
	for round := range b.Rounds {
		b.rig.Sayf("verify: round %d of %d", round+1, b.Rounds)
		for _, d := range b.rig.Dialects() {
			for _, mode := range v.modes(d) {
				s, err := v.one(ctx, d, mode)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", key(d, mode), err)
				}
				v.found[key(d, mode)] = append(v.found[key(d, mode)], s)
			}
		}
	}
	return v.report(), nil
}

func (v *verifyBench) prepare(ctx context.Context) error {
	for _, d := range v.rig.Dialects() {
		s, p, err := v.filled(ctx, d, v.Tokens)
		if err != nil {
			return err
		}
		v.stores[d], v.crowds[d] = s, newCrowd(p, v.Connections)
	}
	if v.rig.Postgres == "" {
		return nil
	}
	s, err := v.rig.Store(ctx, db.Postgres)
	if err != nil {
		return err
	}
	v.pg, err = v.newPgbench(ctx, s)
	return err
}

func (v *verifyBench) modes(d db.Dialect) []string {
	all := []string{modeGrouped, modeSingle, modeTrivial, modePlain}
	if d == db.Postgres {
		all = append(all, modePgbench)
	}
	if v.Alone {
		all = all[:1]
	}
	return all
}

// one measures one mode once.
func (v *verifyBench) one(ctx context.Context, d db.Dialect, mode string) (s Sample, err error) {
	server, err := v.stores[d].Server(ctx)
	if err != nil {
		return s, err
	}
	if mode == modePgbench {
		if err := v.calm(ctx); err != nil {
			return s, err
		}
		return v.pg.run(ctx, max(1, int(v.span().Seconds())), &meter{server: server})
	}
	n, w, err := v.start(ctx, d, mode)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, n.Stop()) }()
	return v.measure(ctx, n, server, mode == modeGrouped || mode == modeSingle, v.crowds[d].source(w, n))
}

// start runs the process that a mode measures.
func (v *verifyBench) start(ctx context.Context, d db.Dialect, mode string) (n *rig.Node, w workload, err error) {
	switch mode {
	case modePlain:
		w = plain()
		n, err = v.rig.Plain(ctx)
	case modeTrivial:
		w = trivial()
		n, err = v.stores[d].Start(ctx, rig.NodeOptions{})
	case modeSingle:
		w = verifies()
		n, err = v.stores[d].Start(ctx, rig.NodeOptions{GroupSize: 1})
	default:
		w = verifies()
		n, err = v.stores[d].Start(ctx, rig.NodeOptions{})
	}
	return n, w, err
}

// report lays the findings out.
func (v *verifyBench) report() *Scenario {
	s := &Scenario{Name: fmt.Sprintf("verify: %d connections, %d tokens", v.Connections, v.Tokens), Data: v.found}
	s.Head = []string{"DATABASE", "WHAT", "RATE/S", "OF TRIVIAL", "P50 MS", "P99 MS", "UNITS/COMMIT", "RSS MB", "CPU US: NODE", "DATABASE", "LOAD", "ELSEWHERE %"}
	for _, d := range v.rig.Dialects() {
		base := v.found[key(d, modeTrivial)].of(rate)
		for _, mode := range v.modes(d) {
			all := v.found[key(d, mode)]
			m := func(f func(Sample) float64) float64 { return figure.Median(all.of(f)) }
			s.row(d, mode, m(rate), figure.Ratio(all.of(rate), base).Median, m(func(s Sample) float64 { return s.P50 }), m(func(s Sample) float64 { return s.P99 }),
				m(func(s Sample) float64 { return s.Group }), m(func(s Sample) float64 { return s.RSS }), m(func(s Sample) float64 { return s.NodeCPU }),
				m(func(s Sample) float64 { return s.DatabaseCPU }), m(func(s Sample) float64 { return s.LoadCPU }), 100*m(func(s Sample) float64 { return s.Elsewhere }))
		}
	}
	for _, d := range v.rig.Dialects() {
		v.goals(s, d)
	}
	return s
}

func (v *verifyBench) goals(s *Scenario, d db.Dialect) {
	at := func(mode string) []float64 { return v.found[key(d, mode)].of(rate) }
	s.goal(d.String()+": verify / one transaction each", ">=", 5, figure.Ratio(at(modeGrouped), at(modeSingle)))
	s.goal(d.String()+": verify / trivial handler", ">=", 0.35, figure.Ratio(at(modeGrouped), at(modeTrivial)))
	if d == db.Postgres {
		s.goal(d.String()+": verify / pgbench", ">=", 3, figure.Ratio(at(modeGrouped), at(modePgbench)))
	}
	p99 := v.found[key(d, modeGrouped)].of(func(s Sample) float64 { return s.P99 })
	s.goal(d.String()+": p99 in ms", "<=", 20, figure.Of(p99))
}
