package mobileid

import (
	"sync"

	"github.com/countersign-auth/countersign/internal/ident"
)

// waiting are those on this node who wait for a change of a transaction, or of what was asked for an
// authentication.
type waiting struct {
	mu  sync.Mutex
	all map[ident.ID][]chan<- struct{}
}

// Watch returns a channel that is told, once, of the next change to a transaction, or what was asked for an
// authentication on this node; what happens on others it does not see. Stop ends the watch.
func (d *Desk) Watch(id ident.ID) (changed <-chan struct{}, stop func()) {
	w := &d.waiting
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = map[ident.ID][]chan<- struct{}{}
	}
	w.all[id] = append(w.all[id], c)
	return c, func() { w.drop(id, c) }
}

func (w *waiting) drop(id ident.ID, c chan<- struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	left := w.all[id][:0]
	for _, x := range w.all[id] {
		if x != c {
			left = append(left, x)
		}
	}
	if w.all[id] = left; len(left) == 0 {
		delete(w.all, id)
	}
}

// tell wakes who waits.
func (w *waiting) tell(id ident.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.all[id] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
