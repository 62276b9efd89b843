package main

import (
	"context"
	"errors"

	"github.com/countersign-auth/countersign/bench/figure"
	"github.com/countersign-auth/countersign/bench/rig"
	"github.com/countersign-auth/countersign/internal/db"
)

// The two loads that scenario sign compares.
const (
	modeLogin   = "login, HOTP code"
	modePayment = "payment, OCRA signature and assertion"
)

// signBench is the scenario under way.
type signBench struct {
	*bench
	found map[string]series // by database and load
}

// sign measures payments that are signed with tokens against logins of the same
// tokens, in turns.
func (b *bench) sign(ctx context.Context) (*Scenario, error) {
	g := &signBench{b, map[string]series{}}
	s := &Scenario{Name: "sign: payments against logins", Data: g.found, Head: []string{"DATABASE", "WHAT", "RATE/S", "OF LOGINS", "P99 MS", "CPU US: NODE", "DATABASE", "LOAD", "ELSEWHERE %"}}
	for _, d := range b.rig.Dialects() {
		if err := g.dialect(ctx, d); err != nil {
			return nil, err
		}
		g.report(s, d)
	}
	s.Notes = []string{"a payment costs an ES256 signature of its assertion besides; the load computes OCRA codes, which costs it more than HOTP"}
	return s, nil
}

func (g *signBench) dialect(ctx context.Context, d db.Dialect) error {
	store, p, err := g.filled(ctx, d, g.Tokens)
	if err != nil {
		return err
	}
	if err := store.Signing(ctx, p); err != nil {
		return err
	}
	c := newCrowd(p, g.Connections)
	for range g.Rounds {
		for mode, w := range map[string]workload{modeLogin: verifies(), modePayment: pays()} {
			s, err := g.one(ctx, store, c, w)
			if err != nil {
				return err
			}
			g.found[key(d, mode)] = append(g.found[key(d, mode)], s)
		}
	}
	return store.Drop(ctx)
}

func (g *signBench) one(ctx context.Context, store *rig.Store, c *crowd, w workload) (s Sample, err error) {
	server, err := store.Server(ctx)
	if err != nil {
		return s, err
	}
	n, err := store.Start(ctx, rig.NodeOptions{})
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, n.Stop()) }()
	return g.measure(ctx, n, server, true, c.source(w, n))
}

func (g *signBench) report(s *Scenario, d db.Dialect) {
	base := g.found[key(d, modeLogin)].of(rate)
	for _, mode := range []string{modeLogin, modePayment} {
		all := g.found[key(d, mode)]
		m := func(f func(Sample) float64) float64 { return figure.Median(all.of(f)) }
		s.row(d, mode, m(rate), figure.Ratio(all.of(rate), base).Median, m(func(s Sample) float64 { return s.P99 }), m(func(s Sample) float64 { return s.NodeCPU }),
			m(func(s Sample) float64 { return s.DatabaseCPU }), m(func(s Sample) float64 { return s.LoadCPU }), 100*m(func(s Sample) float64 { return s.Elsewhere }))
	}
	s.goal(d.String()+": logins / payments", "<=", 1.3, figure.Ratio(base, g.found[key(d, modePayment)].of(rate)))
}
