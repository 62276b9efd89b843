package watch_test

import (
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/watch"
)

// Who waits for an id is told once, nobody else is, and whoever has stopped is not held.
func TestWatchers(t *testing.T) {
	t.Parallel()
	var w watch.Watchers
	one, two := ident.Derive("one"), ident.Derive("two")
	first, stopFirst := w.Watch(one)
	second, stopSecond := w.Watch(one)
	other, stopOther := w.Watch(two)
	defer stopOther()
	told := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	w.Tell(one)
	w.Tell(one) // nobody has looked: it does not wait
	if !told(first) || told(first) || !told(second) || told(other) {
		t.Error("not everybody was told once, or somebody else was")
	}
	stopFirst()
	w.Tell(one)
	if told(first) || !told(second) {
		t.Error("who stopped is told, or the other one is not")
	}
	stopSecond()
	stopSecond()
	w.Tell(one)
	if told(second) {
		t.Error("who stopped is told")
	}
}

// TestWatchersAtOnce is for the race detector.
func TestWatchersAtOnce(t *testing.T) {
	t.Parallel()
	var w watch.Watchers
	var all sync.WaitGroup
	id := ident.Derive("one")
	for range 8 {
		all.Go(func() {
			for range 200 {
				c, stop := w.Watch(id)
				w.Tell(id)
				<-c
				stop()
			}
		})
	}
	all.Wait()
}
