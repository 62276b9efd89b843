package load

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Source gives one connection its requests. It is used by one goroutine.
type Source interface {
	// Next appends the next request to b.
	Next(b []byte) []byte
	// Check says whether an answer is the expected one.
	Check(status int, body []byte) bool
}

// Config says what load to make.
type Config struct {
	Address     string
	Connections int
	Warmup      time.Duration         // not measured
	Measure     time.Duration         // measured
	Source      func(conn int) Source // of the connection of that number, from 0
	Now         func() time.Time
	Patience    time.Duration // for one answer; 30 s when 0
}

// Result is what was measured.
type Result struct {
	Took   time.Duration
	Times  Histogram
	Rate   float64 // answers a second
	Wrong  uint64  // answers that were not the expected ones
	Sample string  // the first of them
}

// Run makes the load and stops by itself: after Warmup and Measure, when ctx
// ends, or when a connection fails. before and after are called at the edges of
// what is measured, so that the caller can read other clocks; they may be nil.
func Run(ctx context.Context, c Config, before, after func()) (*Result, error) {
	if c.Patience == 0 {
		c.Patience = 30 * time.Second
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := &run{Config: c, ctx: ctx, stop: cancel}
	begin := c.Now()
	r.from, r.to = begin.Add(c.Warmup), begin.Add(c.Warmup+c.Measure)
	for i := range c.Connections {
		r.all.Go(func() { r.connection(i) })
	}
	r.edge(r.from, before)
	r.edge(r.to, after)
	r.all.Wait()
	if r.err == nil {
		r.err = context.Cause(ctx)
	}
	r.Took = c.Measure
	r.Rate = float64(r.Times.N()) / c.Measure.Seconds()
	return &r.Result, r.err
}

// run is a load under way.
type run struct {
	Config
	ctx      context.Context //nolint:containedctx // of the one Run it belongs to
	stop     func()
	from, to time.Time
	all      sync.WaitGroup

	mu sync.Mutex
	Result
	err error
}

// edge waits for a moment and calls f there.
func (r *run) edge(at time.Time, f func()) {
	t := time.NewTimer(at.Sub(r.Now()))
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.ctx.Done():
	}
	if f != nil {
		f()
	}
}

// connection asks until the time is over.
func (r *run) connection(i int) {
	var mine Result
	err := r.ask(r.Source(i), &mine)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Times.Merge(&mine.Times)
	r.Wrong += mine.Wrong
	if r.Sample == "" {
		r.Sample = mine.Sample
	}
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("connection %d: %w", i, err)
		r.stop()
	}
}

func (r *run) ask(s Source, mine *Result) error {
	c, err := Dial(r.Address, r.Patience)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // nothing is lost
	if err := c.net.SetDeadline(r.to.Add(r.Patience)); err != nil {
		return err
	}
	var request []byte
	for now := r.Now(); now.Before(r.to) && r.ctx.Err() == nil; {
		request = s.Next(request[:0])
		status, body, err := c.Ask(request)
		if err != nil {
			return err
		}
		end := r.Now()
		if !s.Check(status, body) {
			mine.wrong(status, body)
		}
		if !end.Before(r.from) && end.Before(r.to) {
			mine.Times.Add(end.Sub(now))
		}
		now = end
	}
	return nil
}

func (r *Result) wrong(status int, body []byte) {
	if r.Wrong++; r.Sample == "" {
		r.Sample = fmt.Sprintf("%d %.300s", status, body)
	}
}
