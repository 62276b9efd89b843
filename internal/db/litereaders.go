package db

import (
	"context"
	"sync"
)

// readers is the pool of connections that read. The one that was used last goes
// out first: SQLite drops a connection's pages when somebody else has committed
// since it last looked, so few connections that look often keep more of them
// than many in turn.
type readers struct {
	room chan struct{} // one for each connection that is out

	mu     sync.Mutex
	idle   []*liteConn
	closed bool
}

func newReaders(n int) *readers { return &readers{room: make(chan struct{}, n)} }

// take waits for a connection. It returns nil for one that must be opened first;
// either is given back with put.
func (r *readers) take(ctx context.Context) (*liteConn, error) {
	select {
	case r.room <- struct{}{}:
	case <-ctx.Done():
		return nil, busy(ctx.Err())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		<-r.room
		return nil, closed()
	}
	n := len(r.idle)
	if n == 0 {
		return nil, nil //nolint:nilnil // there is none, and that is no error
	}
	l := r.idle[n-1]
	r.idle = r.idle[:n-1]
	return l, nil
}

// put gives back what take returned; nil when it could not be opened.
func (r *readers) put(l *liteConn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l != nil {
		r.idle = append(r.idle, l)
	}
	<-r.room
}

// close waits until all connections are back and returns them; nobody gets one
// any more.
func (r *readers) close() []*liteConn {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	for range cap(r.room) {
		r.room <- struct{}{}
	}
	for range cap(r.room) {
		<-r.room
	}
	return r.idle
}
