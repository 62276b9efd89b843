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

const modeText = "codes, from Send to stored receipt"

// smsBench is the scenario under way.
type smsBench struct {
	*bench
	found map[string]series
}

// sms measures codes by text message: sent by the desk, over SMPP, to the emulated
// center, and back with the receipt.
func (b *bench) sms(ctx context.Context) (*Scenario, error) {
	t := &smsBench{b, map[string]series{}}
	s := &Scenario{
		Name: fmt.Sprintf("sms: %d codes under way at once, over SMPP", b.Connections), Data: t.found,
		Head: []string{"DATABASE", "WHAT", "RATE/S", "OF LIMIT", "P50 MS", "P99 MS", "CPU US: NODE", "DATABASE", "ELSEWHERE %"},
		Notes: []string{
			"in this process, the center included: a code costs three settlements (sent, taken by the center, receipt) and a share of a claim; texts, limits and budgets of codes are not in it",
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

func (t *smsBench) dialect(ctx context.Context, d db.Dialect) error {
	store, err := t.rig.Store(ctx, d)
	if err != nil {
		return err
	}
	server, err := store.Server(ctx)
	if err != nil {
		return err
	}
	for round := range t.Rounds {
		t.rig.Sayf("sms, %s: round %d of %d", d, round+1, t.Rounds)
		limit, err := t.limit(ctx, store, server)
		if err != nil {
			return err
		}
		texts, err := t.texts(ctx, store, server)
		if err != nil {
			return err
		}
		t.found[key(d, modeLimit)] = append(t.found[key(d, modeLimit)], limit)
		t.found[key(d, modeText)] = append(t.found[key(d, modeText)], texts)
	}
	return store.Drop(ctx)
}

// texts sends for a while; at the end every text must be known to have arrived.
func (t *smsBench) texts(ctx context.Context, store *rig.Store, server int) (s Sample, err error) {
	var all, delivered int64
	err = store.With(ctx, func(a *app.App) error {
		var line *rig.Line
		err := store.Texting(ctx, a, func(l *rig.Line) (err error) {
			line = l
			s, err = t.drive(ctx, server, t.Connections, func(ctx context.Context, worker, _ int) error { return l.Text(ctx, worker) })
			return err
		})
		if err != nil {
			return err
		}
		all, delivered, err = line.Ended(ctx)
		return err
	})
	if err == nil && all != delivered {
		err = fmt.Errorf("of %d texts %d are known to have arrived", all, delivered)
	}
	return s, errors.Join(err, ctx.Err())
}

func (t *smsBench) report(s *Scenario, d db.Dialect) {
	base := t.found[key(d, modeLimit)].of(rate)
	for _, mode := range []string{modeLimit, modeText} {
		all := t.found[key(d, mode)]
		m := func(f func(Sample) float64) float64 { return figure.Median(all.of(f)) }
		s.row(d, mode, m(rate), figure.Ratio(all.of(rate), base).Median, m(p50), m(p99), m(func(s Sample) float64 { return s.NodeCPU }),
			m(func(s Sample) float64 { return s.DatabaseCPU }), 100*m(func(s Sample) float64 { return s.Elsewhere }))
	}
	s.goal(d.String()+": codes / one-row commits", ">=", 0.25, figure.Ratio(t.found[key(d, modeText)].of(rate), base))
}
