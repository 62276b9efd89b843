package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/countersign-auth/countersign/bench/figure"
	"github.com/countersign-auth/countersign/bench/load"
	"github.com/countersign-auth/countersign/bench/rig"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/db"
)

// What scenario interaction measures, besides the limit.
const (
	modeAssess     = "decisions, all customers"
	modeAssessSome = "decisions, few customers"
	modeAssessNew  = "decisions, ten days of history"
	modeAssessOld  = "decisions, ten years of history"
)

// What customers of a history have.
const (
	newDays = 10
	oldDays = 3650
	oldKept = 400 // decisions that are kept: one a day for 13 months
)

// interactionBench is the scenario under way.
type interactionBench struct {
	*bench
	found map[string]series
}

// interaction measures decisions by the devices around customers, over the API: recent reports and the pattern are read, the sum is made, and the
// decision is kept.
func (b *bench) interaction(ctx context.Context) (*Scenario, error) {
	t := &interactionBench{b, map[string]series{}}
	s := &Scenario{
		Name: fmt.Sprintf("interaction: decisions about %d customers and about %d, %d connections", t.people(), t.few(), b.Connections), Data: t.found,
		Head:  []string{"DATABASE", "WHAT", "RATE/S", "OF LIMIT", "P50 MS", "P99 MS", "CPU US: NODE", "DATABASE", "LOAD", "ELSEWHERE %"},
		Notes: []string{fmt.Sprintf("each customer has a phone, five devices, and two days of learned reports; those of a history have a pattern of so long, and those of ten years %d decisions", oldKept)},
	}
	for _, d := range b.rig.Dialects() {
		if err := t.dialect(ctx, d); err != nil {
			return nil, err
		}
		t.report(s, d)
	}
	return s, nil
}

func interactionModes() []string {
	return []string{modeLimit, modeAssess, modeAssessSome, modeAssessNew, modeAssessOld}
}

// people is how many customers there are, and few how many the small group has: the first of them; of a history
// are the next ones.
func (t *interactionBench) people() int {
	if t.Large {
		return 100_000
	}
	return max(3*t.few(), t.phones())
}

func (t *interactionBench) few() int {
	if t.Large {
		return 1000
	}
	return t.Connections // fewer would wait for each other
}

func (t *interactionBench) dialect(ctx context.Context, d db.Dialect) error {
	store, err := t.rig.Store(ctx, d)
	if err != nil {
		return err
	}
	server, err := store.Server(ctx)
	if err != nil {
		return err
	}
	var people *rig.Reporters
	err = store.With(ctx, func(a *app.App) (err error) {
		if people, err = store.Reporters(ctx, a, t.people()); err != nil {
			return err
		}
		few := t.few()
		return errors.Join(people.Live(ctx, a), people.Age(ctx, a, few, 2*few, newDays, 1), people.Age(ctx, a, 2*few, 3*few, oldDays, oldKept), store.Rest(ctx))
	})
	for round := 0; err == nil && round < t.Rounds; round++ {
		t.rig.Sayf("interaction, %s: round %d of %d", d, round+1, t.Rounds)
		err = t.round(ctx, d, store, server, people)
	}
	return errors.Join(err, store.Drop(context.WithoutCancel(ctx)))
}

// round measures each mode once, on one node.
func (t *interactionBench) round(ctx context.Context, d db.Dialect, store *rig.Store, server int, people *rig.Reporters) error {
	x, err := t.limit(ctx, store, server)
	if err != nil {
		return err
	}
	t.found[key(d, modeLimit)] = append(t.found[key(d, modeLimit)], x)
	n, err := store.Start(ctx, rig.NodeOptions{})
	if err != nil {
		return err
	}
	few := t.few()
	for _, g := range []struct {
		mode        string
		from, until int
	}{{modeAssess, 0, t.people()}, {modeAssessSome, 0, few}, {modeAssessNew, few, 2 * few}, {modeAssessOld, 2 * few, 3 * few}} {
		if x, err = t.measure(ctx, n, server, false, t.source(n, people, g.from, g.until)); err != nil {
			break
		}
		t.found[key(d, g.mode)] = append(t.found[key(d, g.mode)], x)
	}
	return errors.Join(err, n.Stop())
}

// source has each connection ask about its share of the customers of a group.
func (t *interactionBench) source(n *rig.Node, people *rig.Reporters, from, until int) func(conn int) load.Source {
	return func(conn int) load.Source {
		a := &asking{}
		for i := from + conn%(until-from); i < until; i += t.Connections {
			a.requests = append(a.requests, load.Post(n.API, "/v1/customers/"+people.Number(i)+"/interactions/decisions", n.Bearer, []byte(assessBody)))
		}
		return a
	}
}

const assessBody = `{"reference":"bench","kind":"transaction","amount":"10.00","currency":"EUR","category":"5411","contactless":true,"access_device":"pos"}`

// asking asks about one customer after the other.
type asking struct {
	requests []*load.Request
	at       int
}

// Next implements load.Source.
func (a *asking) Next(b []byte) []byte {
	a.at++
	return a.requests[a.at%len(a.requests)].Fill(b)
}

// Check implements load.Source.
func (*asking) Check(status int, body []byte) bool {
	return status == http.StatusCreated && bytes.Contains(body, []byte(`"judged":true`))
}

func (t *interactionBench) report(s *Scenario, d db.Dialect) {
	base := t.found[key(d, modeLimit)].of(rate)
	for _, mode := range interactionModes() {
		all := t.found[key(d, mode)]
		m := func(f func(Sample) float64) float64 { return figure.Median(all.of(f)) }
		s.row(d, mode, m(rate), figure.Ratio(all.of(rate), base).Median, m(p50), m(p99), m(func(s Sample) float64 { return s.NodeCPU }),
			m(func(s Sample) float64 { return s.DatabaseCPU }), m(func(s Sample) float64 { return s.LoadCPU }), 100*m(func(s Sample) float64 { return s.Elsewhere }))
	}
	at := func(mode string) []float64 { return t.found[key(d, mode)].of(rate) }
	s.goal(d.String()+": decisions / one-row commits", ">=", 0.2, figure.Ratio(at(modeAssess), base))
	s.goal(d.String()+": all customers / few", ">=", 0.75, figure.Ratio(at(modeAssess), at(modeAssessSome)))
	s.goal(d.String()+": ten years / ten days", ">=", 0.75, figure.Ratio(at(modeAssessOld), at(modeAssessNew)))
}
