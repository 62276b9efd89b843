package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/countersign-auth/countersign/bench/rig"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/db"
)

// What scenario risk measures, in turns.
const (
	modeLimit    = "one row, one commit, 16 clients"
	modeDecide   = "decisions, all customers"
	modeSmall    = "decisions, a thousand customers"
	modeFewFed   = "decisions, 10 events fed each"
	modeManyFed  = "decisions, many events fed each"
	modeBacktest = "backtest"
)

// fedGroup is how many customers are fed many events: decisions of one customer wait
// for each other, and one alone would measure the disk.
const fedGroup = 64

// riskBench is the scenario under way.
type riskBench struct {
	*bench
	events int // fed to the customers of modeManyFed
	found  map[string]series
}

// risk measures decisions of the risk engine: a login judged and completed, through the
// desk, in this process.
func (b *bench) risk(ctx context.Context) (*Scenario, error) {
	r := &riskBench{b, max(1000, min(million, 10*b.Tokens)), map[string]series{}}
	for _, d := range b.rig.Dialects() {
		if err := r.dialect(ctx, d); err != nil {
			return nil, err
		}
	}
	return r.report(), nil
}

// many is how many customers the large store has.
func (r *riskBench) many() int {
	if r.Large {
		return million
	}
	return r.Tokens
}

// few is how many the small one has.
func (r *riskBench) few() int { return min(1000, max(r.Connections, r.Tokens/10)) }

// judged is a store that is open in this process.
type judged struct {
	store  *rig.Store
	app    *app.App
	known  *rig.Judged
	server int
}

func (r *riskBench) dialect(ctx context.Context, d db.Dialect) error {
	return r.within(ctx, d, r.few(), func(small judged) error {
		return r.within(ctx, d, r.many(), func(large judged) error {
			if err := errors.Join(
				large.known.Feed(ctx, large.app.DB, r.group(modeFewFed), 10),
				large.known.Feed(ctx, large.app.DB, r.group(modeManyFed), r.events),
				large.store.Rest(ctx),
			); err != nil {
				return err
			}
			for round := range r.Rounds {
				r.rig.Sayf("risk, %s: round %d of %d", d, round+1, r.Rounds)
				for _, mode := range riskModes() {
					s, err := r.one(ctx, mode, small, large)
					if err != nil {
						return fmt.Errorf("%s: %w", key(d, mode), err)
					}
					r.found[key(d, mode)] = append(r.found[key(d, mode)], s)
				}
			}
			return nil
		})
	})
}

func riskModes() []string {
	return []string{modeLimit, modeDecide, modeSmall, modeFewFed, modeManyFed, modeBacktest}
}

// group are the customers of a mode about events fed.
func (*riskBench) group(mode string) rig.Known { return rig.Known{Name: mode, N: fedGroup} }

// within makes a store of n customers and has it open meanwhile.
func (r *riskBench) within(ctx context.Context, d db.Dialect, n int, f func(judged) error) error {
	store, err := r.rig.Store(ctx, d)
	if err != nil {
		return err
	}
	server, err := store.Server(ctx)
	if err != nil {
		return err
	}
	err = store.With(ctx, func(a *app.App) error {
		begin := r.now()
		known, err := store.Judge(ctx, a, n)
		if err != nil {
			return err
		}
		r.rig.Sayf("filled %s with %d judged customers in %s", d, n, r.now().Sub(begin).Round(100*time.Millisecond))
		return f(judged{store, a, known, server})
	})
	return errors.Join(err, store.Drop(context.WithoutCancel(ctx)))
}

// one measures one mode once.
func (r *riskBench) one(ctx context.Context, mode string, small, large judged) (Sample, error) {
	switch mode {
	case modeLimit:
		return r.limit(ctx, large.store, large.server)
	case modeSmall:
		return r.decide(ctx, small, small.known.Everybody(), r.Connections)
	case modeFewFed, modeManyFed:
		return r.decide(ctx, large, r.group(mode), fedGroup)
	case modeBacktest:
		return r.backtest(ctx, large)
	default:
		return r.decide(ctx, large, large.known.Everybody(), r.Connections)
	}
}

// decide has customers of a group log in, while what they teach is counted as a node
// does it.
func (r *riskBench) decide(ctx context.Context, j judged, k rig.Known, workers int) (Sample, error) {
	folding, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- r.fold(folding, j.app) }()
	stride := scatter(max(k.N/workers, 1))
	s, err := r.drive(ctx, j.server, workers, func(ctx context.Context, worker, n int) error {
		share := max(k.N/workers, 1)
		return j.known.Decide(ctx, j.app, k, (worker+workers*(n*stride%share))%k.N)
	})
	stop()
	return s, errors.Join(err, <-done)
}

// fold counts what was learned, every two seconds, and what is left at the end.
func (*riskBench) fold(ctx context.Context, a *app.App) error {
	for ctx.Err() == nil {
		wait(ctx, 2*time.Second)
		for n := int64(lessons); n == lessons; {
			var err error
			if n, err = a.Risk.Fold(context.WithoutCancel(ctx), lessons); err != nil {
				return err
			}
		}
	}
	return nil
}

// lessons is how many are counted in one transaction, as on a node.
const lessons = 500

// backtest tries the rules in force on all that the rounds before have stored; the rate
// is events in a second of processor time, the database's included.
func (r *riskBench) backtest(ctx context.Context, j judged) (s Sample, err error) {
	if err := r.calm(ctx); err != nil {
		return s, err
	}
	rules, _ := j.app.Risk.Rules()
	m, begin, events := &meter{server: j.server}, r.now(), int64(0)
	m.start()
	for end := begin.Add(r.span()); r.now().Before(end) || m.cost() == 0; m.stop() {
		b, err := j.app.Risk.Try(ctx, rules, time.Unix(0, 0), begin.Add(time.Hour), nil)
		if err != nil || b.Stopped || b.Events == 0 {
			return s, errors.Join(err, ctx.Err(), fmt.Errorf("%d events were tried", b.Events))
		}
		events += b.Events
	}
	each := func(t time.Duration) float64 { return float64(t.Nanoseconds()) / 1000 / float64(events) }
	return Sample{Rate: float64(events) / m.cost().Seconds(), NodeCPU: each(m.own), DatabaseCPU: each(m.database), Elsewhere: m.elsewhere()}, nil
}

// cost is the processor time of this process and the database.
func (m *meter) cost() time.Duration { return m.own + m.database }
