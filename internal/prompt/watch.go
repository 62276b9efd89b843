package prompt

import (
	"sync"

	"github.com/countersign-auth/countersign/internal/ident"
)

// waiting are those on this node who wait for an answer to what was asked for an
// authentication.
type waiting struct {
	mu  sync.Mutex
	all map[ident.ID][]chan<- struct{}
}

// Watch returns a channel that is told, once, of the next change to what was asked for an
// authentication on this node; what happens on others it does not see. Stop ends the watch.
func (d *Desk) Watch(authentication ident.ID) (changed <-chan struct{}, stop func()) {
	w := &d.waiting
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = map[ident.ID][]chan<- struct{}{}
	}
	w.all[authentication] = append(w.all[authentication], c)
	return c, func() { w.drop(authentication, c) }
}

func (w *waiting) drop(authentication ident.ID, c chan<- struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	left := w.all[authentication][:0]
	for _, x := range w.all[authentication] {
		if x != c {
			left = append(left, x)
		}
	}
	if w.all[authentication] = left; len(left) == 0 {
		delete(w.all, authentication)
	}
}

// tell wakes who waits.
func (w *waiting) tell(authentication ident.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.all[authentication] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
