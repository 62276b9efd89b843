package token_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/pskc"
)

func (w *world) reads(serial string, counter *int64, clock time.Time) (token.Read, error) {
	w.t.Helper()
	return w.upkeep().ResyncByHand(w.t.Context(), by(), sure{}, token.Reading{Target: w.target(serial), Counter: counter, Clock: clock})
}

// TestReadCounter: up within events.resync, never down, and unproven until the next
// good code.
func TestReadCounter(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Resync.Counter = true
		c := w.assigned("RC", "HOTP")
		w.verify(c, hotp("RC", 5))
		far := int64(w.policy.Events.Resync)
		for at, want := range map[int64]string{5: "token.counter_down", 0: "token.counter_down", -1: "token.counter_down", 6 + far + 1: "token.counter_far", 1 << 62: "token.counter_far"} {
			if _, err := w.reads("RC", &at, time.Time{}); !fault.Is(err, want) {
				t.Errorf("the counter %d: %v, want %s", at, err, want)
			}
		}
		if k := w.item("RC").Keys[0]; k.Next != 6 || !k.Proven {
			t.Fatalf("a refused reading changed something: %+v", k)
		}
		got, err := w.reads("RC", new(6+far), time.Time{})
		if err != nil || got != (token.Read{Moved: far}) {
			t.Fatalf("%+v, %v", got, err)
		}
		if k := w.item("RC").Keys[0]; k.Next != 6+far || k.Proven {
			t.Errorf("after a reading: %+v", k)
		}
		if got := w.verify(c, hotp("RC", uint64(5+far))); got == authenticator.Accepted {
			t.Error("a code below the reading was accepted")
		}
		if got := w.verify(c, hotp("RC", uint64(6+far+40))); got != authenticator.Accepted || !w.item("RC").Keys[0].Proven {
			t.Errorf("the next good code: %q, %+v", got, w.item("RC").Keys[0])
		}
		if d := w.details(token.AuditRead); !strings.Contains(d, `"moved":1000`) || !strings.Contains(d, `"identification":"sure"`) {
			t.Errorf("its record: %s", d)
		}
	})
}

// TestReadClock: both ways within time.max_drift; far off is refused in words.
func TestReadClock(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const step = 30 * time.Second
		c := w.assigned("RK", "TOTP")
		w.verify(c, totp("RK", w.clock.Now()))
		for name, off := range map[string]time.Duration{"a year ahead": 365 * 24 * time.Hour, "a year behind": -365 * 24 * time.Hour, "another time zone": time.Hour, "a step too far": 21 * step} {
			_, err := w.reads("RK", nil, w.clock.Now().Add(off))
			if !fault.Is(err, "token.clock_far") || !strings.Contains(err.Error(), "10m0s") {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, off := range []time.Duration{20 * step, -20 * step} {
			got, err := w.reads("RK", nil, w.clock.Now().Add(off))
			if err != nil || got.Drift != off {
				t.Fatalf("%s: %+v, %v", off, got, err)
			}
			if k := w.item("RK").Keys[0]; k.Proven || k.Drift != int(off/step) {
				t.Errorf("%s: %+v", off, k)
			}
			// A clock that went back shows steps that are spent until it has caught up.
			if (off < 0) != (got.Wait > 0) {
				t.Errorf("%s: codes are refused for %s", off, got.Wait)
			}
			w.clock.Advance(got.Wait)
			if got.Wait > 0 {
				if r := w.verify(c, totp("RK", w.clock.Now().Add(off-step))); r == authenticator.Accepted {
					t.Error("a code of a spent step was accepted")
				}
			}
			if r := w.verify(c, totp("RK", w.clock.Now().Add(off))); r != authenticator.Accepted || !w.item("RK").Keys[0].Proven {
				t.Errorf("the next good code: %q", r)
			}
			w.clock.Advance(step)
		}
	})
}

// TestReadRefuses: what a policy or a token does not take.
func TestReadRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		now := w.clock.Now()
		w.assigned("H1", "HOTP")
		w.assigned("T1", "TOTP")
		w.owned("O1", ocra(plainSuite))
		w.policy.Resync.Counter, w.policy.Resync.Clock = false, false
		for name, c := range map[string]struct {
			serial  string
			counter *int64
			clock   time.Time
			code    string
		}{
			"nothing":                     {"H1", nil, time.Time{}, "token.reading_form"},
			"a clock of an event token":   {"H1", nil, now, "token.reading_form"},
			"a counter of a clock token":  {"T1", new(int64(9)), time.Time{}, "token.reading_form"},
			"a counter, switched off":     {"H1", new(int64(9)), time.Time{}, "token.reading_off"},
			"a clock, switched off":       {"T1", nil, now, "token.reading_off"},
			"of a token that has neither": {"O1", new(int64(9)), time.Time{}, "token.resync_nothing"},
		} {
			if _, err := w.reads(c.serial, c.counter, c.clock); !fault.Is(err, c.code) {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.policy.Resync.Counter = true
		_, err := w.upkeep().ResyncByHand(t.Context(), audit.Customer(w.target("H1").Customer), sure{}, token.Reading{Target: w.target("H1"), Counter: new(int64(9))})
		if !fault.Is(err, "token.resync_customer") {
			t.Errorf("a customer: %v", err)
		}
	})
}

// TestReadingLeavesTheLock: a reading proves nothing, so it opens nothing.
func TestReadingLeavesTheLock(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Resync.Counter = true
		c := w.assigned("LK", "HOTP")
		for range w.policy.Failures.Max {
			w.verify(c, "123456")
		}
		before := w.authenticator(c).Failures
		if _, err := w.reads("LK", new(int64(7)), time.Time{}); err != nil {
			t.Fatal(err)
		}
		if got := w.authenticator(c).Failures; got != before || !got.Blocked(w.clock.Now()) {
			t.Errorf("the failure counter went from %+v to %+v", before, got)
		}
	})
}

// TestTwoAgentsReadAtOnce: of two readings the lower does not undo the higher.
func TestTwoAgentsReadAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Resync.Counter = true
		w.assigned("TA", "HOTP")
		target := w.target("TA")
		for round := range int64(8) {
			var done atomic.Int32
			var wg sync.WaitGroup
			for i := range int64(4) {
				at := round*10 + i + 1
				wg.Go(func() {
					_, err := w.upkeep().ResyncByHand(t.Context(), by(), sure{}, token.Reading{Target: target, Counter: &at})
					switch {
					case err == nil:
						done.Add(1)
					case !fault.Is(err, "token.counter_down"):
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if k := w.item("TA").Keys[0]; k.Next != round*10+4 || done.Load() < 1 {
				t.Fatalf("round %d: the counter is %d after %d readings", round, k.Next, done.Load())
			}
		}
	})
}

// TestReadCounterAndClock: a key may have both.
func TestReadCounterAndClock(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Resync.Counter = true
		w.owned("CC", func(p *pskc.KeyPackage) { ocra("OCRA-1:HOTP-SHA1-6:C-QN08-T1M")(p); p.Key.Counter = pskc.Some(3) })
		w.sql("UPDATE token_key SET resync_first = 1")
		if got, err := w.reads("CC", nil, w.clock.Now().Add(4*time.Minute)); err != nil || got.Drift != 4*time.Minute || got.Wait != 0 {
			t.Fatalf("%+v, %v", got, err)
		}
		if k := w.item("CC").Keys[0]; k.Drift != 4 || k.Next != 3 || !k.ResyncFirst {
			t.Errorf("a clock does not say where the counter is: %+v", k)
		}
		if got, err := w.reads("CC", new(int64(9)), w.clock.Now().Add(-2*time.Minute)); err != nil || got.Moved != 6 || got.Drift != -2*time.Minute {
			t.Fatalf("%+v, %v", got, err)
		}
		if k := w.item("CC").Keys[0]; k.Drift != -2 || k.Next != 9 || k.ResyncFirst || k.Proven {
			t.Errorf("%+v", k)
		}
	})
}
