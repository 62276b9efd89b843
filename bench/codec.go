package main

import (
	"context"
	"fmt"
	"runtime"

	"github.com/countersign-auth/countersign/bench/figure"
)

// batch is how many messages are one unit of the scenario iso8583: one alone is too short for the clock.
const batch = 200

// codecBench is the scenario under way.
type codecBench struct {
	*bench
	found map[string]series
}

// iso8583 measures the codec of messages of card networks on one core, against another implementation that does the same.
func (b *bench) iso8583(ctx context.Context) (*Scenario, error) {
	t := &codecBench{b, map[string]series{}}
	s := &Scenario{
		Name: "iso8583: an authorization request of 20 fields, 12 tags in DE 55", Data: t.found,
		Head: []string{"PROFILE", "WHAT", "US", "OF THE PEER'S RATE", "PEER US", "ALLOCATIONS", "PEER'S", "ELSEWHERE %"},
		Notes: []string{
			"both write the same octets, which is checked first; the peer is github.com/moov-io/iso8583, with its own description of chip data",
			fmt.Sprintf("times are the median of units of %d messages, of one worker", batch),
		},
	}
	for _, name := range []string{"iso87-binary", "iso87-bcd"} {
		modes, err := codecModes(name)
		if err != nil {
			return nil, err
		}
		if err := t.profile(ctx, s, name, modes); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// codecMode is what both do with a message.
type codecMode struct {
	name        string
	ours, peers func() error
	bound       float64 // microseconds
	allocations float64 // 0 for no bound
}

func (t *codecBench) profile(ctx context.Context, s *Scenario, name string, modes []codecMode) error {
	for round := range t.Rounds {
		t.rig.Sayf("iso8583, %s: round %d of %d", name, round+1, t.Rounds)
		for _, m := range modes {
			for who, do := range map[string]func() error{"": m.ours, peer: m.peers} {
				x, err := t.drive(ctx, 0, 1, batched(do))
				if err != nil {
					return err
				}
				k := name + ", " + m.name + who
				t.found[k] = append(t.found[k], x)
			}
		}
	}
	for _, m := range modes {
		if err := t.report(s, name, m); err != nil {
			return err
		}
	}
	return nil
}

const peer = ", the peer"

func batched(do func() error) work {
	return func(context.Context, int, int) error {
		for range batch {
			if err := do(); err != nil {
				return err
			}
		}
		return nil
	}
}

// report tells times and allocations of one mode, and judges them.
func (t *codecBench) report(s *Scenario, profile string, m codecMode) error {
	k := profile + ", " + m.name
	ours, peers := t.found[k].of(each), t.found[k+peer].of(each)
	faster := figure.Ratio(peers, ours)
	n, err := allocations(m.ours)
	if err != nil {
		return err
	}
	theirs, err := allocations(m.peers)
	if err != nil {
		return err
	}
	s.row(profile, m.name, figure.Median(ours), faster.Median, figure.Median(peers), n, theirs, 100*figure.Median(t.found[k].of(func(s Sample) float64 { return s.Elsewhere })))
	s.goal(k+", microseconds", "<=", m.bound, figure.Of(ours))
	s.goal(k+", as many in the time as the peer", ">=", 8, faster)
	if m.allocations > 0 {
		s.goal(k+", allocations", "<=", m.allocations, figure.Of([]float64{n}))
	}
	return nil
}

// each is how many microseconds a message took.
func each(s Sample) float64 { return 1000 * s.P50 / batch }

// allocations counts those of one call.
func allocations(do func() error) (float64, error) {
	const calls = 1000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range calls {
		if err := do(); err != nil {
			return 0, err
		}
	}
	runtime.ReadMemStats(&after)
	return float64((after.Mallocs - before.Mallocs) / calls), nil // whole ones: others of this process allocate now and then
}
