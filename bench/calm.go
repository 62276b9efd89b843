package main

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/bench/rig"
)

// patience is how long calm waits for the machine.
const patience = time.Minute

// calm waits until others leave the machine alone, if that is asked for, and not
// for ever: what they took is told with every figure.
func (b *bench) calm(ctx context.Context) error {
	if b.Calm <= 0 {
		return nil
	}
	for end := b.now().Add(patience); b.now().Before(end); {
		busy, all := rig.MachineCPU()
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
		busyThen, allThen := rig.MachineCPU()
		if float64(busyThen-busy) <= b.Calm*float64(allThen-all) {
			return nil
		}
	}
	return nil
}
