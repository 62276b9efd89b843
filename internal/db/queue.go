package db

import (
	"context"
	"runtime"
	"sync"

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
}

func newQueue(limit int) *queue {
	q := &queue{room: make(chan struct{}, limit), chains: map[ident.ID][]*unit{}}
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
// empty.
//
// It yields once before it looks: whoever can run now, for instance the callers
// that were just told their outcome, gets its next request in. That doubles the
// size of groups under load and costs an idle node nothing; nobody waits for a
// timer.
func (q *queue) take(limit int) []*unit {
	runtime.Gosched()
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.ready) == 0 {
		if q.closed && len(q.room) == 0 {
			return nil
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
	taken := append([]*unit(nil), q.ready[:n]...)
	rest := copy(q.ready, q.ready[n:])
	clear(q.ready[rest:])
	q.ready = q.ready[:rest]
	if rest > 0 {
		q.some.Signal()
	}
	return taken
}
