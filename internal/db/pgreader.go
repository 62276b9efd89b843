package db

import (
	"context"
	"runtime"
	"sync"
)

// maxRead is how many statements share a round trip at most.
const maxRead = 64

// readQueue collects the statements of all reads of one kind. There are two:
// point reads (Row) and lists (Each), so that a slow page of the console cannot
// hold up a login.
type readQueue struct {
	mu      sync.Mutex
	some    sync.Cond
	waiting []*reading
	closed  bool
}

// reading is a statement of a read on its way.
type reading struct {
	call     call
	answered chan struct{}
	tries    int
}

func newReadQueue() *readQueue {
	q := &readQueue{}
	q.some.L = &q.mu
	return q
}

func (q *readQueue) push(rs ...*reading) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.waiting = append(q.waiting, rs...)
	q.some.Signal()
	return true
}

func (q *readQueue) take() []*reading {
	runtime.Gosched() // see queue.take
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 {
		if q.closed {
			return nil
		}
		q.some.Wait()
		q.mu.Unlock()
		runtime.Gosched()
		q.mu.Lock()
	}
	n := min(len(q.waiting), maxRead)
	taken := append([]*reading(nil), q.waiting[:n]...)
	rest := copy(q.waiting, q.waiting[n:])
	clear(q.waiting[rest:])
	if q.waiting = q.waiting[:rest]; rest > 0 {
		q.some.Signal()
	}
	return taken
}

func (q *readQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.some.Broadcast()
}

// read runs f. Under READ COMMITTED every statement has a snapshot of its own
// anyway, so there is no transaction to begin and end: statements of all reads
// travel together on connections that can only read.
func (e *postgres) read(ctx context.Context, f func(*Tx) error) error {
	tx := &Tx{Now: e.clock.now(), dialect: Postgres, s: readSeat{e, ctx}}
	defer func() { tx.over = true }()
	return tx.close(f(tx))
}

// readSeat is the session of a read.
type readSeat struct {
	e   *postgres
	ctx context.Context //nolint:containedctx // of the one Read it belongs to
}

func (s readSeat) do(c *call) {
	r := &reading{call: *c, answered: make(chan struct{}, 1)}
	q := s.e.points
	if c.want == wantAll {
		q = s.e.lists
	}
	if !q.push(r) {
		c.err = closed()
		return
	}
	select {
	case <-r.answered:
		*c = r.call
	case <-s.ctx.Done(): // the answer will find nobody
		c.err = busy(s.ctx.Err())
	}
}

// reader serves reads until the queue is closed.
func (e *postgres) reader(q *readQueue) {
	settings := e.session(aloneLockTimeout)
	settings["default_transaction_read_only"] = "on"
	var conn *pgConn
	defer func() { e.hangUp(conn) }()
	for rs := q.take(); rs != nil; {
		if conn == nil || conn.broken {
			e.hangUp(conn)
			var err error
			if conn, err = e.dial(settings); err != nil {
				conn = nil
				fail(rs, err)
				rs = q.take()
				continue
			}
		}
		if rs = e.trip(conn, rs); len(rs) == 0 {
			rs = q.take()
		}
	}
}

func fail(rs []*reading, err error) {
	for _, r := range rs {
		r.call.err = err
		r.answered <- struct{}{}
	}
}

// trip makes one round trip and returns the statements that need another one:
// those behind a statement that failed, and, once, those whose connection was
// lost.
func (e *postgres) trip(conn *pgConn, rs []*reading) (left []*reading) {
	calls := make([]*call, len(rs))
	for i, r := range rs {
		calls[i] = &r.call
	}
	err := conn.run(calls)
	e.stats.readTrips.Add(1)
	if err != nil {
		e.stats.lost.Add(1)
	}
	for _, r := range rs {
		gone := err != nil && !r.call.done
		switch {
		case r.call.err == errSkipped, gone && r.tries == 0, stale(r.call.err) && r.tries == 0: //nolint:errorlint // identity
			if gone || r.call.err != errSkipped { //nolint:errorlint // identity
				r.tries++
				clear(conn.stmts)
			}
			r.call = call{sql: r.call.sql, want: r.call.want, args: r.call.args}
			left = append(left, r)
			continue
		case gone && r.call.err == nil:
			r.call.err = err
		}
		e.stats.reads.Add(1)
		r.answered <- struct{}{}
	}
	return left
}
