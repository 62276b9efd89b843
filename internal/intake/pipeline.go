package intake

import (
	"errors"
	"fmt"
	"sync"
)

// pipeline writes batches on a goroutine of its own, so that the file is parsed
// and decrypted while the database works.
type pipeline[E any] struct {
	batches chan []E
	done    chan struct{}
	once    sync.Once
	err     error
}

var errStopped = errors.New("intake: the writer stopped")

func newPipeline[E any](write func([]E) error) *pipeline[E] {
	p := &pipeline[E]{batches: make(chan []E, 2), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		defer func() {
			if broken := recover(); broken != nil { // a mistake of ours ends the import, not the node
				p.err = fmt.Errorf("intake: the import broke off: %v", broken)
			}
		}()
		for b := range p.batches {
			if p.err = write(b); p.err != nil {
				return
			}
		}
	}()
	return p
}

// send hands a batch to the writer.
func (p *pipeline[E]) send(b []E) error {
	select {
	case p.batches <- b:
		return nil
	case <-p.done:
		return errStopped
	}
}

// close waits for the writer and returns its error.
func (p *pipeline[E]) close() error {
	p.once.Do(func() { close(p.batches) })
	<-p.done
	return p.err
}
