package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/countersign-auth/countersign/bench/figure"
	"github.com/countersign-auth/countersign/bench/rig"
	"github.com/countersign-auth/countersign/internal/db"
)

// looks is how often each page is fetched in a round.
const looks = 20

// page is a page of the console.
type page struct{ what, path string }

// pages are those that read most.
func pages(number, customer, token string) []page {
	return []page{
		{"home", "/"},
		{"search, by number", "/customers?q=" + number[:6]},
		{"search, by serial number", "/customers?q=BENCH0000000"},
		{"customer", "/customers/" + customer},
		{"customer's history", "/customers/" + customer + "/history"},
		{"stock", "/tokens"},
		{"tokens of a state", "/tokens?status=active"},
		{"token", "/tokens/" + token},
		{"audit log", "/audit"},
		{"policies", "/policies"},
	}
}

// console measures how long the console's pages take for somebody alone, on a
// full database.
func (b *bench) console(ctx context.Context) (*Scenario, error) {
	tokens := b.Tokens
	if b.Large {
		tokens = million
	}
	found := map[string]map[string][]float64{}
	s := &Scenario{Name: fmt.Sprintf("console: its pages on %d tokens", tokens), Data: found, Head: []string{"DATABASE", "PAGE", "MEDIAN MS", "SLOWEST MS"}}
	for _, d := range b.rig.Dialects() {
		times, err := b.consoleOf(ctx, d, tokens)
		if err != nil {
			return nil, err
		}
		found[d.String()] = times
		var medians []float64
		for _, p := range pages("000000", "", "") {
			all := times[p.what]
			medians = append(medians, figure.Median(all))
			s.row(d, p.what, figure.Median(all), figure.Of(all).High)
		}
		s.goal(d.String()+": median of the slowest page in ms", "<=", 50, figure.Of([]float64{figure.Of(medians).High}))
	}
	return s, nil
}

func (b *bench) consoleOf(ctx context.Context, d db.Dialect, tokens int) (times map[string][]float64, err error) {
	store, p, err := b.filled(ctx, d, tokens)
	if err != nil {
		return nil, err
	}
	customer, token, err := store.Ends(ctx, p, 1)
	if err != nil {
		return nil, err
	}
	officer, err := store.Officer(ctx)
	if err != nil {
		return nil, err
	}
	n, err := store.Start(ctx, rig.NodeOptions{Console: true})
	if err != nil {
		return nil, err
	}
	times, err = b.look(ctx, n, officer, pages(string(p.Number(nil, 1)), customer, token))
	if err := errors.Join(err, n.Stop()); err != nil {
		return nil, err
	}
	return times, store.Drop(ctx)
}

func (b *bench) look(ctx context.Context, n *rig.Node, o rig.Officer, all []page) (map[string][]float64, error) {
	times := map[string][]float64{}
	for _, p := range all {
		if err := b.calm(ctx); err != nil {
			return nil, err
		}
		for range looks {
			begin := b.now()
			if err := o.Look(ctx, n, p.path); err != nil {
				return nil, err
			}
			times[p.what] = append(times[p.what], float64(b.now().Sub(begin))/float64(time.Millisecond))
		}
	}
	return times, nil
}
