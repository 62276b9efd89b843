package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/countersign-auth/countersign/bench/figure"
	"github.com/countersign-auth/countersign/bench/rig"
	"github.com/countersign-auth/countersign/internal/db"
)

// million is the size that --large adds.
const million = 1_000_000

// flatBench is the scenario under way.
type flatBench struct {
	*bench
	found map[string]series // by database and size
}

// flat measures verifications in installations of different sizes, in turns.
func (b *bench) flat(ctx context.Context) (*Scenario, error) {
	f := &flatBench{b, map[string]series{}}
	sizes := f.sizes()
	for _, d := range b.rig.Dialects() {
		if err := f.dialect(ctx, d, sizes); err != nil {
			return nil, err
		}
	}
	s := &Scenario{Name: "flat: the same load on few and many tokens", Data: f.found, Head: []string{"DATABASE", "TOKENS", "RATE/S", "OF SMALLEST", "P99 MS", "RSS MB", "CPU US: NODE", "DATABASE", "ELSEWHERE %"}}
	for _, d := range b.rig.Dialects() {
		f.report(s, d, sizes)
	}
	return s, nil
}

func (f *flatBench) sizes() []int {
	sizes := []int{min(1000, max(f.Connections, f.Tokens/10)), f.Tokens}
	if f.Large {
		sizes = append(sizes, million)
	}
	return sizes
}

func (f *flatBench) dialect(ctx context.Context, d db.Dialect, sizes []int) error {
	stores := make([]*rig.Store, len(sizes))
	crowds := make([]*crowd, len(sizes))
	for i, n := range sizes {
		s, p, err := f.filled(ctx, d, n)
		if err != nil {
			return err
		}
		stores[i], crowds[i] = s, newCrowd(p, f.Connections)
	}
	for round := range f.Rounds {
		f.rig.Sayf("flat, %s: round %d of %d", d, round+1, f.Rounds)
		for i, n := range sizes {
			s, err := f.one(ctx, stores[i], crowds[i])
			if err != nil {
				return err
			}
			f.found[sized(d, n)] = append(f.found[sized(d, n)], s)
		}
	}
	for _, s := range stores {
		if err := s.Drop(ctx); err != nil {
			return err
		}
	}
	return nil
}

func sized(d db.Dialect, n int) string { return d.String() + ": " + strconv.Itoa(n) }

func (f *flatBench) one(ctx context.Context, store *rig.Store, c *crowd) (s Sample, err error) {
	server, err := store.Server(ctx)
	if err != nil {
		return s, err
	}
	n, err := store.Start(ctx, rig.NodeOptions{})
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, n.Stop()) }()
	return f.measure(ctx, n, server, true, c.source(verifies(), n))
}

func (f *flatBench) report(s *Scenario, d db.Dialect, sizes []int) {
	base := f.found[sized(d, sizes[0])].of(rate)
	for _, n := range sizes {
		all := f.found[sized(d, n)]
		m := func(f func(Sample) float64) float64 { return figure.Median(all.of(f)) }
		s.row(d, n, m(rate), figure.Ratio(all.of(rate), base).Median, m(func(s Sample) float64 { return s.P99 }), m(func(s Sample) float64 { return s.RSS }),
			m(func(s Sample) float64 { return s.NodeCPU }), m(func(s Sample) float64 { return s.DatabaseCPU }), 100*m(func(s Sample) float64 { return s.Elsewhere }))
		if n != sizes[0] {
			s.goal(fmt.Sprintf("%s: rate with %d tokens / with %d", d, n, sizes[0]), ">=", 0.9, figure.Ratio(all.of(rate), base))
		}
	}
}
