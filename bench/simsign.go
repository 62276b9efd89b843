package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/countersign-auth/countersign/bench/figure"
	"github.com/countersign-auth/countersign/bench/rig"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/db"
)

// simBench is the scenario under way.
type simBench struct {
	*bench
	found map[string]series
	extra map[string]series // what only this scenario measures, as samples: P50 and P99 of the server alone, LoadCPU of the phones
}

// simsign measures signatures on SIM cards: asked, sent over SMPP, agreed to and signed by emulated
// phones, validated against certificate and its status; among few registered cards, and among many.
func (b *bench) simsign(ctx context.Context) (*Scenario, error) {
	t := &simBench{b, map[string]series{}, map[string]series{}}
	s := &Scenario{
		Name: fmt.Sprintf("simsign: %d signatures under way at once, over SMPP", t.phones()), Data: t.found,
		Head: []string{"DATABASE", "WHAT", "RATE/S", "OF COMMITS", "P50 MS", "P99 MS", "SERVER P50", "SERVER P99", "CPU US: SERVER", "DATABASE", "PHONES"},
		Notes: []string{
			"the server is in this process; message center, phones and cards are in another, whose time is apart: a card opens its key by PBKDF2, which is most of it",
			"SERVER is from the request until the center has the packet, and from the card's answer until the signature is valid",
		},
	}
	for _, d := range b.rig.Dialects() {
		if err := t.dialect(ctx, d); err != nil {
			return nil, err
		}
		t.report(s, d)
	}
	return s, nil
}

// phones is how many people sign at once: cards take a while, so more would only wait.
func (t *simBench) phones() int { return min(t.Connections, 32) }

func (t *simBench) many() int {
	if t.Large {
		return million
	}
	return t.Tokens
}

// Modes besides the limit.
const (
	modeSIMFew  = "signatures"
	modeSIMMany = "signatures among "
)

func (t *simBench) dialect(ctx context.Context, d db.Dialect) error {
	store, err := t.rig.Store(ctx, d)
	if err != nil {
		return err
	}
	server, err := store.Server(ctx)
	if err != nil {
		return err
	}
	err = store.With(ctx, func(a *app.App) error {
		return store.SIMSigning(ctx, a, t.phones(), func(x *rig.SIMSigners) error {
			if err := t.rounds(ctx, d, modeSIMFew, store, server, x); err != nil {
				return err
			}
			t.rig.Sayf("simsign, %s: %d more cards are registered", d, t.many())
			if err := store.FillSIMs(ctx, a, t.many()); err != nil {
				return err
			}
			return t.rounds(ctx, d, modeSIMMany+strconv.Itoa(t.many()), store, server, x)
		})
	})
	if err != nil {
		return err
	}
	return store.Drop(ctx)
}

func (t *simBench) rounds(ctx context.Context, d db.Dialect, mode string, store *rig.Store, server int, x *rig.SIMSigners) error {
	for round := range t.Rounds {
		t.rig.Sayf("simsign, %s, %s: round %d of %d", d, mode, round+1, t.Rounds)
		limit, err := t.limit(ctx, store, server)
		if err != nil {
			return err
		}
		x.Served() // forget what was before
		cpu, n := x.PhonesCPU()
		s, err := t.drive(ctx, server, t.phones(), func(ctx context.Context, worker, _ int) error { return x.Sign(ctx, worker) })
		if err != nil {
			return err
		}
		cpuNow, nNow := x.PhonesCPU()
		own := x.Served(0.5, 0.99)
		t.found[key(d, modeLimit+" beside "+mode)] = append(t.found[key(d, modeLimit+" beside "+mode)], limit)
		t.found[key(d, mode)] = append(t.found[key(d, mode)], s)
		t.extra[key(d, mode)] = append(t.extra[key(d, mode)], Sample{
			P50: milliseconds(own[0]), P99: milliseconds(own[1]), LoadCPU: float64((cpuNow - cpu).Microseconds()) / float64(max(1, nNow-n)), Rate: s.Rate / limit.Rate,
		})
	}
	t.found[key(d, mode+", the server alone")] = t.extra[key(d, mode)]
	return nil
}

func (t *simBench) report(s *Scenario, d db.Dialect) {
	many := modeSIMMany + strconv.Itoa(t.many())
	for _, mode := range []string{modeSIMFew, many} {
		all, own := t.found[key(d, mode)], t.extra[key(d, mode)]
		m := func(f func(Sample) float64) float64 { return figure.Median(all.of(f)) }
		o := func(f func(Sample) float64) float64 { return figure.Median(own.of(f)) }
		s.row(d, mode, m(rate), o(rate), m(p50), m(p99), o(p50), o(p99), m(func(s Sample) float64 { return s.NodeCPU }), m(func(s Sample) float64 { return s.DatabaseCPU }),
			o(func(s Sample) float64 { return s.LoadCPU }))
	}
	cost := func(s Sample) float64 { return s.NodeCPU + s.DatabaseCPU }
	s.goal(fmt.Sprintf("%s: server time of a signature with few cards / with %d", d, t.many()), ">=", 0.8,
		figure.Ratio(t.found[key(d, modeSIMFew)].of(cost), t.found[key(d, many)].of(cost)))
	// Phones bound the rate, so the costs are compared: a signature is some forty statements in ten
	// transactions, and six operations on curves.
	s.goal(d.String()+": processor time of a one-row commit / of a signature", ">=", 0.01,
		figure.Ratio(t.found[key(d, modeLimit+" beside "+modeSIMFew)].of(cost), t.found[key(d, modeSIMFew)].of(cost)))
}
