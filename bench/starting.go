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

// idle is how long a node rests before its memory is read.
func (b *bench) idle() time.Duration { return min(b.span(), 3*time.Second) }

// Start is how one node started.
type Start struct {
	Ready float64 `json:"ready_ms"`
	RSS   float64 `json:"idle_rss_mb"`
}

// starting measures how long a node takes to be ready on a full database, and
// what it needs when nobody asks for anything.
func (b *bench) starting(ctx context.Context) (*Scenario, error) {
	tokens := b.Tokens
	if b.Large {
		tokens = million
	}
	found := map[string][]Start{}
	s := &Scenario{Name: fmt.Sprintf("start: a node on %d tokens", tokens), Data: found, Head: []string{"DATABASE", "READY MS", "IDLE RSS MB"}}
	for _, d := range b.rig.Dialects() {
		store, _, err := b.filled(ctx, d, tokens)
		if err != nil {
			return nil, err
		}
		if found[d.String()], err = b.starts(ctx, store); err != nil {
			return nil, err
		}
		if err := store.Drop(ctx); err != nil {
			return nil, err
		}
		b.startReport(s, d, found[d.String()])
	}
	return s, nil
}

func (b *bench) startReport(s *Scenario, d db.Dialect, all []Start) {
	var ready, rss []float64
	for _, x := range all {
		ready, rss = append(ready, x.Ready), append(rss, x.RSS)
	}
	s.row(d, figure.Median(ready), figure.Median(rss))
	s.goal(d.String()+": ready in ms", "<=", 1000, figure.Of(ready))
	s.goal(d.String()+": idle RSS in MB", "<=", 60, figure.Of(rss))
}

func (b *bench) starts(ctx context.Context, store *rig.Store) (all []Start, err error) {
	for range b.Rounds {
		one, err := b.startOnce(ctx, store)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (b *bench) startOnce(ctx context.Context, store *rig.Store) (s Start, err error) {
	n, err := store.Start(ctx, rig.NodeOptions{})
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, n.Stop()) }()
	select {
	case <-time.After(b.idle()):
	case <-ctx.Done():
		return s, ctx.Err()
	}
	rss, _ := rig.Memory(n.PID())
	return Start{milliseconds(n.Started), float64(rss) / 1e6}, nil
}
