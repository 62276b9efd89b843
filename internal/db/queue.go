package db

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
)

// queue holds the units that were admitted and wait for a worker. It is bounded:
// when it is full, admission waits as long as the caller's context allows.
//
// A key that waits or runs is in chains, and later units with that key wait
// there: what workers can take has each key once, in this queue and in every
// transaction that is open.
type queue struct {
	room chan struct{}

	mu     sync.Mutex
	some   sync.Cond
	ready  []*unit
	chains map[ident.ID][]*unit
	closed bool
	enough int // units that are worth a group of their own
	quick  int // groups under way that have not proved slow
}

func newQueue(limit, enough int) *queue {
	q := &queue{room: make(chan struct{}, limit), chains: map[ident.ID][]*unit{}, enough: max(enough, 1)}
	q.some.L = &q.mu
	return q
}

// admit lets u in, or says why not.
func (q *queue) admit(ctx context.Context, u *unit) error {
	if err := ctx.Err(); err != nil {
		return busy(err)
	}
	select {
	case q.room <- struct{}{}:
	default:
		select {
		case q.room <- struct{}{}:
		case <-ctx.Done():
			return busy(ctx.Err())
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		<-q.room
		q.some.Broadcast()
		return closed()
	}
	u.done = func() { q.leave(u) }
	if !u.alone {
		chain, taken := q.chains[u.key]
		if taken {
			q.chains[u.key] = append(chain, u)
			return nil
		}
		q.chains[u.key] = nil
	}
	q.push(u)
	return nil
}

func (q *queue) push(u *unit) {
	q.ready = append(q.ready, u)
	q.some.Signal()
}

// again lets a unit that was admitted elsewhere wait here; nobody refuses it.
func (q *queue) again(u *unit) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.push(u)
}

// leave is the end of a unit: the next one with its key becomes ready.
func (q *queue) leave(u *unit) {
	q.mu.Lock()
	defer q.mu.Unlock()
	<-q.room
	if q.closed && len(q.room) == 0 {
		q.some.Broadcast()
	}
	if u.alone {
		return
	}
	chain := q.chains[u.key]
	if len(chain) == 0 {
		delete(q.chains, u.key)
		return
	}
	q.chains[u.key] = chain[1:]
	q.push(chain[0])
}

// close refuses newcomers. Workers go home when everybody inside has left.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.some.Broadcast()
}

// take waits for work and takes up to limit units, but never one that wants to
// be alone together with others. It returns nil when the queue is closed and
// empty. over is called when the units have their outcome.
//
// It yields once before it looks: whoever can run now, for instance the callers
// that were just told their outcome, gets its next request in. And while a
// group is under way, the next one starts when it is worth a commit of its own
// or when the first turns out to be slow. Both make groups larger under load;
// somebody who comes alone never waits.
func (q *queue) take(limit int) (units []*unit, over func()) {
	runtime.Gosched()
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.ready) == 0 || q.quick > 0 && len(q.ready) < q.enough {
		if q.closed && len(q.room) == 0 {
			return nil, nil
		}
		q.some.Wait()
		q.mu.Unlock()
		runtime.Gosched()
		q.mu.Lock()
	}
	n := 1
	for n < min(limit, len(q.ready)) && !q.ready[0].alone && !q.ready[n].alone {
		n++
	}
	units = append(units, q.ready[:n]...)
	rest := copy(q.ready, q.ready[n:])
	clear(q.ready[rest:])
	q.ready = q.ready[:rest]
	if rest > 0 {
		q.some.Signal()
	}
	return units, q.watch()
}

// slow is how long a group may take before the next one need not fill up.
const slow = 5 * time.Millisecond

// watch counts a group as quick until it is over or proves slow; q.mu is held.
func (q *queue) watch() (over func()) {
	if q.enough == 1 {
		return func() {}
	}
	q.quick++
	var once sync.Once
	done := func() {
		once.Do(func() {
			q.mu.Lock()
			defer q.mu.Unlock()
			q.quick--
			q.some.Signal()
		})
	}
	timer := time.AfterFunc(slow, done)
	return func() { timer.Stop(); done() }
}
