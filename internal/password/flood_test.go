package password_test

import (
	"context"
	"crypto/rand"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/argon"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/password"
)

// TestFlood: of many logins at once those that find no place in line are told when to
// come back, no more hashes than configured are in memory, and afterwards all is well.
// Without the line, the flood would hold a gigabyte.
func TestFlood(t *testing.T) {
	eachBank(t, "", func(t *testing.T, b *bank) {
		const (
			memory  = 4 << 20 // of one hash
			flood   = 256
			running = 2
			waiting = 6
		)
		c := b.someone("100", horse)
		p := password.New(b.d, b.ring, argon.New(argon.Options{
			Params: argon.Params{Memory: memory >> 10, Time: 1, Threads: 1}, Rand: rand.Reader, Running: running, Waiting: waiting,
		}))
		before := heap()
		var peak atomic.Uint64
		var served, sent, at, most atomic.Int32
		var wg sync.WaitGroup
		start := make(chan struct{})
		for i := range flood {
			who := c
			if i%2 == 1 {
				who = ident.Derive("nobody")
			}
			wg.Go(func() {
				<-start
				r := b.ask(who)
				_, err := p.Check(context.Background(), r, authenticator.Proof{Code: horse})
				peak.Store(max(peak.Load(), heap()))
				f := fault.From(err)
				switch {
				case err == nil:
					served.Add(1)
				case f.Kind == fault.Limited && f.Code == "argon.busy" && f.RetryAfter > 0:
					sent.Add(1)
				default:
					t.Error(err)
				}
			})
			wg.Go(func() { // whatever stands in the line counts who computes beside it
				<-start
				_ = password.Wait(t.Context(), p, func() {
					n := at.Add(1)
					for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
					}
					runtime.Gosched()
					at.Add(-1)
				})
			})
		}
		close(start)
		wg.Wait()
		if served.Load() < running || sent.Load() == 0 || served.Load()+sent.Load() != flood {
			t.Errorf("%d were served and %d sent away", served.Load(), sent.Load())
		}
		if most.Load() > running {
			t.Errorf("%d computed at a time", most.Load())
		}
		// The collector lags behind, so the heap may hold hashes that are over; a flood that
		// is not held back holds all of them at once.
		if held := int64(peak.Load()) - int64(before); held > flood*memory/2 {
			t.Errorf("the heap grew by %d MiB", held>>20)
		}
		if f, err := p.Check(t.Context(), b.ask(c), authenticator.Proof{Code: horse}); err != nil || !f.Right {
			t.Errorf("after the flood: %+v, %v", f, err)
		}
		over, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
		defer cancel()
		err := password.Wait(over, p, func() {})
		if f := fault.From(err); f.Kind != fault.Unavailable || f.RetryAfter <= 0 {
			t.Errorf("who waited too long: %v", err)
		}
	})
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
