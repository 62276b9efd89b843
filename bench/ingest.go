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

// ingestBench is the scenario under way. Rates of reports are counted in events.
type ingestBench struct {
	*bench
	found map[string]series
}

// batches are how many events come in one message.
func ingestBatches() []int { return []int{20, 100, 500} }

func modeIngest(events int) string { return fmt.Sprintf("events, %d in a message", events) }

// ingest measures reports of devices: sealed, signed, served, and stored with their numbers and answers.
func (b *bench) ingest(ctx context.Context) (*Scenario, error) {
	t := &ingestBench{b, map[string]series{}}
	s := &Scenario{
		Name: fmt.Sprintf("ingest: %d phones report, %d at once", b.phones(), b.Connections), Data: t.found,
		Head: []string{"DATABASE", "WHAT", "RATE/S", "OF LIMIT", "P50 MS", "P99 MS", "CPU US: NODE", "DATABASE", "ELSEWHERE %"},
		Notes: []string{
			"in this process, through the handler of the face, without a network: the phones' sealing (hybrid) and signing is in the processor time; rates and ratios are of events, times and processor time of messages",
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

// phones is how many phones there are: their messages wait for each other only by the connection.
func (b *bench) phones() int { return max(b.Connections, min(1000, b.Tokens/10)) }

func (t *ingestBench) dialect(ctx context.Context, d db.Dialect) error {
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
		for round := range t.Rounds {
			t.rig.Sayf("ingest, %s: round %d of %d", d, round+1, t.Rounds)
			limit, err := t.limit(ctx, store, server)
			if err != nil {
				return err
			}
			t.found[key(d, modeLimit)] = append(t.found[key(d, modeLimit)], limit)
			for _, events := range ingestBatches() {
				x, err := t.reports(ctx, r, server, events)
				if err != nil {
					return err
				}
				t.found[key(d, modeIngest(events))] = append(t.found[key(d, modeIngest(events))], x)
			}
		}
		return nil
	})
	return errors.Join(err, store.Drop(context.WithoutCancel(ctx)))
}

// reports has phones report for a while.
func (t *ingestBench) reports(ctx context.Context, r *rig.Reporters, server, events int) (Sample, error) {
	phones := t.phones()
	s, err := t.drive(ctx, server, t.Connections, func(ctx context.Context, worker, n int) error {
		share := max(phones/t.Connections, 1)
		return r.Report(ctx, worker+t.Connections*(n%share), events)
	})
	s.Rate *= float64(events)
	if err == nil && r.Taken() == 0 {
		err = errors.New("no event was taken")
	}
	return s, err
}

func (t *ingestBench) report(s *Scenario, d db.Dialect) {
	base := t.found[key(d, modeLimit)].of(rate)
	modes := []string{modeLimit}
	for _, events := range ingestBatches() {
		modes = append(modes, modeIngest(events))
	}
	for _, mode := range modes {
		all := t.found[key(d, mode)]
		m := func(f func(Sample) float64) float64 { return figure.Median(all.of(f)) }
		s.row(d, mode, m(rate), figure.Ratio(all.of(rate), base).Median, m(p50), m(p99), m(func(s Sample) float64 { return s.NodeCPU }),
			m(func(s Sample) float64 { return s.DatabaseCPU }), 100*m(func(s Sample) float64 { return s.Elsewhere }))
	}
	s.goal(d.String()+": messages of 20 events / one-row commits", ">=", 0.2, figure.Ratio(scaled(t.found[key(d, modeIngest(20))].of(rate), 20), base))
	s.goal(d.String()+": events/s, 100 in a message", ">=", 20_000, figure.Of(t.found[key(d, modeIngest(100))].of(rate)))
}

// scaled divides all rates.
func scaled(all []float64, by float64) []float64 {
	out := make([]float64, len(all))
	for i, x := range all {
		out[i] = x / by
	}
	return out
}
