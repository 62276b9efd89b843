package watch

import (
	"slices"
	"sync"

	"github.com/countersign-auth/countersign/internal/ident"
)

// Watchers are those who wait. The zero value is ready, and safe for concurrent use.
type Watchers struct {
	mu  sync.Mutex
	all map[ident.ID][]chan<- struct{}
}

// Watch returns a channel that is told, once, of the next news of an id on this node. Stop ends the watch.
func (w *Watchers) Watch(id ident.ID) (changed <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = map[ident.ID][]chan<- struct{}{}
	}
	w.all[id] = append(w.all[id], c)
	return c, func() { w.drop(id, c) }
}

func (w *Watchers) drop(id ident.ID, c chan<- struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	left := slices.DeleteFunc(w.all[id], func(x chan<- struct{}) bool { return x == c })
	if w.all[id] = left; len(left) == 0 {
		delete(w.all, id)
	}
}

// Tell wakes who waits for news of an id.
func (w *Watchers) Tell(id ident.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.all[id] {
		select {
		case c <- struct{}{}:
		default: // it has been told, and has not looked yet
		}
	}
}
