package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/countersign-auth/countersign/bench/figure"
	"github.com/countersign-auth/countersign/bench/rig"
	"github.com/countersign-auth/countersign/internal/db"
)

// issuingBench is the scenario under way.
type issuingBench struct {
	*bench
	found map[string]series
}

// issuing measures authorizations of payments over ISO 8583: each is a token, a limited-use key, a cryptogram and a counter of its own, and is
// stored before it is answered. Few tokens and many are measured in turns.
func (b *bench) issuing(ctx context.Context) (*Scenario, error) {
	t := &issuingBench{b, map[string]series{}}
	s := &Scenario{
		Name: fmt.Sprintf("issuing: authorizations over ISO 8583, %d under way at once on %d connections", b.Connections, t.lines()), Data: t.found,
		Head: []string{"DATABASE", "WHAT", "RATE/S", "OF LIMIT", "P50 MS", "P99 MS", "UNITS/COMMIT", "CPU US: NODE", "DATABASE", "LOAD", "ELSEWHERE %"},
		Notes: []string{
			"every answer is looked at, and afterwards what is stored: as many approvals, and uses of keys, as were answered",
			"a repeat is a message that was answered before, and has the same answer",
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

// pipelined is how many messages are under way on one connection.
const pipelined = 8

func (b *issuingBench) lines() int { return (b.Connections + pipelined - 1) / pipelined }

func (b *issuingBench) sizes() []int {
	sizes := []int{max(b.Connections, min(1000, b.Tokens/2)), max(2*b.Connections, b.Tokens)}
	if b.Large {
		sizes = append(sizes, million)
	}
	return sizes
}

func modeIssuing(tokens int) string { return fmt.Sprintf("authorizations, %d tokens", tokens) }

const modeIssuingAgain = "repeats of messages"

// counter is a size of the vault with those who pay there.
type counter struct {
	store  *rig.Store
	server int
	payers *rig.Payers
	tills  []till // by worker
}

// till is one worker: it has customers of its own.
type till struct {
	paid  int
	asked []rig.Asked // the last ones, as they were answered
	done  int64
}

// remembered is how many messages a till can repeat.
const remembered = 64

func (b *issuingBench) dialect(ctx context.Context, d db.Dialect) (err error) {
	var all []*counter
	for _, n := range b.sizes() {
		c := &counter{tills: make([]till, b.Connections)}
		if c.store, err = b.rig.Store(ctx, d); err != nil {
			return err
		}
		if c.server, err = c.store.Server(ctx); err != nil {
			return err
		}
		if c.payers, err = c.store.Payers(ctx, n); err != nil {
			return err
		}
		all = append(all, c)
	}
	for round := 0; err == nil && round < b.Rounds; round++ {
		b.rig.Sayf("issuing, %s: round %d of %d", d, round+1, b.Rounds)
		err = b.round(ctx, d, all)
	}
	for _, c := range all {
		err = errors.Join(err, c.store.Drop(context.WithoutCancel(ctx)))
	}
	return err
}

func (b *issuingBench) round(ctx context.Context, d db.Dialect, all []*counter) error {
	x, err := b.limit(ctx, all[0].store, all[0].server)
	if err != nil {
		return err
	}
	b.found[key(d, modeLimit)] = append(b.found[key(d, modeLimit)], x)
	for i, n := range b.sizes() {
		if err := b.node(ctx, d, all[i], n, i == 0); err != nil {
			return err
		}
	}
	return nil
}

// node measures on one node, and counts afterwards what it has stored.
func (b *issuingBench) node(ctx context.Context, d db.Dialect, c *counter, tokens int, repeats bool) error {
	n, err := c.store.Start(ctx, rig.NodeOptions{Network: true})
	if err != nil {
		return err
	}
	err = b.acquire(ctx, n, func(lines []*rig.Acquirer) error {
		x, err := b.driveNode(ctx, n, c.server, b.Connections, func(_ context.Context, w, _ int) error {
			return c.pay(lines[w%len(lines)], w, tokens)
		})
		b.found[key(d, modeIssuing(tokens))] = append(b.found[key(d, modeIssuing(tokens))], x)
		if err != nil || !repeats {
			return err
		}
		x, err = b.driveNode(ctx, n, c.server, b.Connections, func(_ context.Context, w, i int) error {
			all := c.tills[w].asked
			if len(all) == 0 {
				return errUnmeasured
			}
			return lines[w%len(lines)].Repeat(&all[i%len(all)])
		})
		b.found[key(d, modeIssuingAgain)] = append(b.found[key(d, modeIssuingAgain)], x)
		return err
	})
	if err = errors.Join(err, n.Stop()); err != nil {
		return err
	}
	return c.count(ctx)
}

// acquire opens the lines to a node while f runs.
func (b *issuingBench) acquire(ctx context.Context, n *rig.Node, f func([]*rig.Acquirer) error) (err error) {
	var lines []*rig.Acquirer
	for range b.lines() {
		x, err := n.Acquire(ctx)
		if err != nil {
			return err
		}
		defer x.Close() //nolint:errcheck // everything was answered
		lines = append(lines, x)
	}
	return f(lines)
}

// pay has the next customer of a worker's pay.
func (c *counter) pay(line *rig.Acquirer, worker, tokens int) error {
	t := &c.tills[worker]
	share := (tokens - worker + len(c.tills) - 1) / len(c.tills)
	who := worker + (t.paid*scatter(share)%share)*len(c.tills)
	t.paid++
	a, err := line.Authorize(c.payers, who, worker, t.paid%1_000_000)
	if err != nil {
		return err
	}
	t.done++
	if len(t.asked) < remembered {
		t.asked = append(t.asked, a)
	} else {
		t.asked[t.paid%remembered] = a
	}
	return nil
}

// count compares what was answered with what is stored.
func (c *counter) count(ctx context.Context) error {
	var answered int64
	for i := range c.tills {
		answered += c.tills[i].done
	}
	approvals, uses, err := c.payers.Approved(ctx)
	if err == nil && (approvals != answered || uses != answered) {
		err = fmt.Errorf("%d payments were approved, and %d are stored with %d uses of keys", answered, approvals, uses)
	}
	return err
}

func (b *issuingBench) report(s *Scenario, d db.Dialect) {
	base := b.found[key(d, modeLimit)].of(rate)
	modes, sizes := []string{modeLimit}, b.sizes()
	for _, n := range sizes {
		modes = append(modes, modeIssuing(n))
	}
	for _, mode := range append(modes, modeIssuingAgain) {
		all := b.found[key(d, mode)]
		m := func(f func(Sample) float64) float64 { return figure.Median(all.of(f)) }
		s.row(d, mode, m(rate), figure.Ratio(all.of(rate), base).Median, m(p50), m(p99), m(func(s Sample) float64 { return s.Group }), m(func(s Sample) float64 { return s.NodeCPU }),
			m(func(s Sample) float64 { return s.DatabaseCPU }), m(func(s Sample) float64 { return s.LoadCPU }), 100*m(func(s Sample) float64 { return s.Elsewhere }))
	}
	at := func(mode string) []float64 { return b.found[key(d, mode)].of(rate) }
	s.goal(d.String()+": authorizations / one-row commits", ">=", 2, figure.Ratio(at(modeIssuing(sizes[0])), base))
	for _, n := range sizes[1:] {
		s.goal(fmt.Sprintf("%s: rate with %d tokens / with %d", d, n, sizes[0]), ">=", 0.9, figure.Ratio(at(modeIssuing(n)), at(modeIssuing(sizes[0]))))
	}
	s.goal(d.String()+": repeats / authorizations", ">=", 1, figure.Ratio(at(modeIssuingAgain), at(modeIssuing(sizes[0]))))
}
