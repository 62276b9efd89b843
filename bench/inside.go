package main

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/bench/load"
	"github.com/countersign-auth/countersign/bench/rig"
)

// drive has so many workers do f again and again, each when it is done with the last,
// in this process. n counts what a worker has done. Processor time of this process is
// that of the node: what makes the load is next to nothing.
func (b *bench) drive(ctx context.Context, server, workers int, f work) (s Sample, err error) {
	return b.driveNode(ctx, nil, server, workers, f)
}

// driveNode is drive where f asks a node: its processor time is apart from that of this process. n is nil for none.
func (b *bench) driveNode(ctx context.Context, n *rig.Node, server, workers int, f work) (s Sample, err error) {
	for range trials {
		if s, err = b.driveOnce(ctx, n, server, workers, f); err != nil || s.Rate > 0 {
			return s, err
		}
	}
	return s, errors.New("nothing was done: measure longer, or with fewer connections")
}

// work is what a load consists of.
type work func(ctx context.Context, worker, n int) error

func (b *bench) driveOnce(ctx context.Context, n *rig.Node, server, workers int, f work) (Sample, error) {
	if err := b.calm(ctx); err != nil {
		return Sample{}, err
	}
	d := &drive{b: b, f: f, from: b.now().Add(b.warmup())}
	d.to = d.from.Add(b.span())
	ctx, d.stop = context.WithCancel(ctx)
	defer d.stop()
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() { d.worker(ctx, i) })
	}
	m := &meter{server: server}
	if n != nil {
		m.node = n.PID()
		var err error
		if m.startUnits, m.startGroup, err = commits(ctx, n); err != nil {
			return Sample{}, err
		}
	}
	wait(ctx, d.from.Sub(b.now()))
	m.start()
	wait(ctx, d.to.Sub(b.now()))
	m.stop()
	all.Wait()
	if d.err != nil || d.times.N() == 0 {
		return Sample{}, d.err
	}
	if n != nil {
		var err error
		if m.units, m.groups, err = commits(context.WithoutCancel(ctx), n); err != nil {
			return Sample{}, err
		}
		return m.sample(&load.Result{Rate: float64(d.times.N()) / b.span().Seconds(), Times: d.times}), nil
	}
	return d.sample(m), nil
}

// sample is what was measured.
func (d *drive) sample(m *meter) Sample {
	_, peak := rig.Memory(os.Getpid())
	each := func(t time.Duration) float64 { return float64(t.Microseconds()) / float64(d.times.N()) }
	s := Sample{
		Rate: float64(d.times.N()) / d.b.span().Seconds(), P50: milliseconds(d.times.Quantile(0.5)), P99: milliseconds(d.times.Quantile(0.99)),
		Max: milliseconds(d.times.Max()), RSS: float64(peak) / 1e6, NodeCPU: each(m.own), Elsewhere: m.elsewhere(),
	}
	if m.server > 0 {
		s.DatabaseCPU = each(m.database)
	}
	return s
}

// drive is a load under way.
type drive struct {
	b        *bench
	f        work
	from, to time.Time
	stop     func()

	mu    sync.Mutex
	times load.Histogram
	err   error
}

func (d *drive) worker(ctx context.Context, i int) {
	var mine load.Histogram
	var err error
	now := d.b.now()
	for n := 0; now.Before(d.to) && ctx.Err() == nil && err == nil; n++ {
		err = d.f(ctx, i, n)
		end := d.b.now()
		if !end.Before(d.from) && end.Before(d.to) {
			mine.Add(end.Sub(now))
		}
		now = end
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.times.Merge(&mine)
	if err != nil && d.err == nil {
		d.err = err
		d.stop()
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// limit measures one-row transactions, one for each commit.
func (b *bench) limit(ctx context.Context, store *rig.Store, server int) (s Sample, err error) {
	bare, err := store.Bare(ctx)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, bare.Close()) }()
	return b.drive(ctx, server, clients, func(ctx context.Context, _, _ int) error { return bare.Commit(ctx) })
}
