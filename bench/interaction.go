package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/countersign-auth/countersign/bench/figure"
	"github.com/countersign-auth/countersign/bench/rig"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/db"
)

// What scenario interaction measures, besides the limit.
const (
	modeAssess     = "decisions, all customers"
	modeAssessSome = "decisions, few customers"
)

// interactionBench is the scenario under way.
type interactionBench struct {
	*bench
	found map[string]series
}

// interaction measures decisions by the devices around customers: recent reports and the pattern are read, the sum is made, and the decision is kept.
func (b *bench) interaction(ctx context.Context) (*Scenario, error) {
	t := &interactionBench{b, map[string]series{}}
	s := &Scenario{
		Name: fmt.Sprintf("interaction: decisions about %d customers, %d at once", b.phones(), b.Connections), Data: t.found,
		Head:  []string{"DATABASE", "WHAT", "RATE/S", "OF LIMIT", "P50 MS", "P99 MS", "CPU US: NODE", "DATABASE", "ELSEWHERE %"},
		Notes: []string{"in this process, through the desk that the API and the authorization of payments call; each customer has a phone, five devices, and two days of learned reports"},
	}
	for _, d := range b.rig.Dialects() {
		if err := t.dialect(ctx, d); err != nil {
			return nil, err
		}
		t.report(s, d)
	}
	return s, nil
}

func interactionModes() []string { return []string{modeLimit, modeAssess, modeAssessSome} }

func (t *interactionBench) dialect(ctx context.Context, d db.Dialect) error {
	store, err := t.rig.Store(ctx, d)
	if err != nil {
		return err
	}
	server, err := store.Server(ctx)
	if err != nil {
		return err
	}
	err = store.With(ctx, func(a *app.App) error {
		r, err := store.Reporters(ctx, a, t.phones())
		if err != nil {
			return err
		}
		if err := r.Live(ctx, a); err != nil {
			return err
		}
		if err := store.Rest(ctx); err != nil {
			return err
		}
		for round := range t.Rounds {
			t.rig.Sayf("interaction, %s: round %d of %d", d, round+1, t.Rounds)
			for _, mode := range interactionModes() {
				x, err := t.one(ctx, mode, store, server, a, r)
				if err != nil {
					return err
				}
				t.found[key(d, mode)] = append(t.found[key(d, mode)], x)
			}
		}
		return nil
	})
	return errors.Join(err, store.Drop(context.WithoutCancel(ctx)))
}

func (t *interactionBench) one(ctx context.Context, mode string, store *rig.Store, server int, a *app.App, r *rig.Reporters) (Sample, error) {
	if mode == modeLimit {
		return t.limit(ctx, store, server)
	}
	people := t.phones()
	if mode == modeAssessSome {
		people = min(people, t.Connections) // fewer would wait for each other
	}
	return t.drive(ctx, server, t.Connections, func(ctx context.Context, worker, n int) error {
		return r.Assess(ctx, a, (worker+n*t.Connections)%people)
	})
}

func (t *interactionBench) report(s *Scenario, d db.Dialect) {
	base := t.found[key(d, modeLimit)].of(rate)
	for _, mode := range interactionModes() {
		all := t.found[key(d, mode)]
		m := func(f func(Sample) float64) float64 { return figure.Median(all.of(f)) }
		s.row(d, mode, m(rate), figure.Ratio(all.of(rate), base).Median, m(p50), m(p99), m(func(s Sample) float64 { return s.NodeCPU }),
			m(func(s Sample) float64 { return s.DatabaseCPU }), 100*m(func(s Sample) float64 { return s.Elsewhere }))
	}
	s.goal(d.String()+": decisions / one-row commits", ">=", 0.2, figure.Ratio(t.found[key(d, modeAssess)].of(rate), base))
	s.goal(d.String()+": all customers / few", ">=", 0.75, figure.Ratio(t.found[key(d, modeAssess)].of(rate), t.found[key(d, modeAssessSome)].of(rate)))
}
