package dskppserver

import (
	"context"
	"errors"
)

// line bounds how many key derivations run at a time, and how many requests wait for one.
type line struct {
	running chan struct{}
	places  chan struct{} // running and waiting
}

func newLine(running, waiting int) *line {
	if running == 0 {
		running = 2
	}
	if waiting == 0 {
		waiting = 64
	}
	return &line{running: make(chan struct{}, running), places: make(chan struct{}, running+waiting)}
}

// errFull says that no more requests can wait.
var errFull = errors.New("dskppserver: too many requests wait for a key derivation")

// take waits for a turn. free ends it.
func (l *line) take(ctx context.Context) (free func(), err error) {
	select {
	case l.places <- struct{}{}:
	default:
		return nil, errFull
	}
	select {
	case l.running <- struct{}{}:
		return func() { <-l.running; <-l.places }, nil
	case <-ctx.Done():
		<-l.places
		return nil, ctx.Err()
	}
}
