package token_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

func TestHOTPCodesAreAcceptedOnceAndForward(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.assigned("H1", "HOTP")
		steps := []struct {
			counter uint64
			want    authenticator.Reason
		}{
			{0, authenticator.Accepted},
			{0, authenticator.Replayed},
			{5, authenticator.Accepted},
			{3, authenticator.Wrong}, // behind
			{5, authenticator.Replayed},
			{15, authenticator.Accepted}, // the last of a window of 10 from 6
			{26, authenticator.Wrong},    // one beyond the window from 16
		}
		for i, s := range steps {
			if got := w.verify(c, hotp("H1", s.counter)); got != s.want {
				t.Errorf("step %d, counter %d: %q, want %q", i+1, s.counter, got, s.want)
			}
		}
	})
}

func TestFirstUseWindowIsWider(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.assigned("F1", "HOTP")
		if got := w.verify(c, hotp("F1", 99)); got != authenticator.Accepted {
			t.Fatalf("within first use: %q", got)
		}
		if got := w.verify(c, hotp("F1", 120)); got != authenticator.Wrong {
			t.Errorf("the wide window is for the first code only: %q", got)
		}
	})
}

func TestTOTPLearnsDriftAndRefusesReplay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.assigned("T1", "TOTP")
		ahead := 10 * 30 * time.Second // the token's clock is ten steps ahead
		code := totp("T1", w.clock.Now().Add(ahead))
		if got := w.verify(c, code); got != authenticator.Accepted {
			t.Fatalf("first use: %q", got)
		}
		if got := w.verify(c, code); got != authenticator.Replayed {
			t.Errorf("same code again: %q", got)
		}
		w.clock.Advance(5 * time.Minute)
		if got := w.verify(c, totp("T1", w.clock.Now().Add(-30*time.Second))); got != authenticator.Wrong {
			t.Errorf("without the learned drift: %q", got)
		}
		if got := w.verify(c, totp("T1", w.clock.Now().Add(ahead+30*time.Second))); got != authenticator.Accepted {
			t.Errorf("with the learned drift and one step of skew: %q", got)
		}
	})
}

// TestClockJumpsBack: the server's clock going back an hour accepts nothing that
// was spent.
func TestClockJumpsBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.assigned("J1", "TOTP")
		at := w.clock.Now()
		if got := w.verify(c, totp("J1", at)); got != authenticator.Accepted {
			t.Fatal(got)
		}
		w.clock.Set(at.Add(-time.Hour))
		if got := w.verify(c, totp("J1", at)); got == authenticator.Accepted {
			t.Error("a spent code was accepted after the clock went back")
		}
		w.clock.Set(at.Add(time.Minute))
		if got := w.verify(c, totp("J1", at.Add(time.Minute))); got != authenticator.Accepted {
			t.Errorf("after the clock came back: %q", got)
		}
	})
}

func TestTypedForms(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.assigned("N1", "HOTP")
		code := hotp("N1", 0)
		spaced := " " + code[:3] + " " + code[3:] + "\t"
		wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, hotp("N1", 1))
		for _, typed := range []string{spaced, wide} {
			if got := w.verify(c, typed); got != authenticator.Accepted {
				t.Errorf("%q: %q", typed, got)
			}
		}
		for _, typed := range []string{"", "12a456", "12345678901234567890", strings.Repeat("1", 100000), "123456\x00"} {
			before := w.authenticator(c).Failures
			_, err := w.tryVerify(c, typed, authenticator.Challenge{})
			if fault.KindOf(err) != fault.Invalid || err == nil {
				t.Errorf("%.20q: %v, want an Invalid fault", typed, err)
			}
			if w.authenticator(c).Failures != before {
				t.Errorf("%.20q counted as an attempt", typed)
			}
		}
	})
}

func TestSuspendedAndForeignTokensGiveNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.assigned("S1", "HOTP")
		other := w.assigned("S2", "HOTP")
		if got := w.verify(other, hotp("S1", 0)); got != authenticator.Wrong {
			t.Errorf("somebody else's token: %q", got)
		}
		w.write(func(tx *db.Tx) error {
			all, err := device.BySerial(tx, "S1")
			if err != nil {
				return err
			}
			_, err = all[0].Change(tx, device.Change{Act: device.Suspend})
			return err
		})
		if got := w.verify(c, hotp("S1", 0)); got != authenticator.Wrong {
			t.Errorf("a suspended token: %q", got)
		}
	})
}

func TestNobodyIsRefusedLikeSomebody(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if got := w.verify(ident.Derive("nobody"), "123456"); got != authenticator.None {
			t.Errorf("got %q", got)
		}
	})
}

// TestOneCodeManyTakers is invariant 1, and invariant 2 for the losers: of 64
// takers of one code one is accepted, and each of the others counts.
func TestOneCodeManyTakers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Failures.Max = 100
		c := w.assigned("R1", "HOTP")
		for round := range uint64(8) {
			if won := w.race(c, hotp("R1", round), 64); won != 1 {
				t.Fatalf("round %d: %d takers were accepted", round, won)
			}
		}
	})
}

func (w *world) race(customer ident.ID, code string, n int) int32 {
	var won atomic.Int32
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			reason, err := w.tryVerify(customer, code, authenticator.Challenge{})
			if err != nil {
				w.t.Error(err)
			} else if reason == authenticator.Accepted {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	return won.Load()
}

// TestParallelGuesses is invariant 2 through the method: five count, then the
// authenticator is blocked and the right code is refused too.
func TestParallelGuesses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.assigned("G1", "HOTP")
		if won := w.race(c, "000000", 64); won != 0 {
			t.Skip("the guess was right: one in ten thousand runs")
		}
		a := w.authenticator(c)
		if a.Failures.Count != w.policy.Failures.Max || !a.Failures.Blocked(w.clock.Now()) {
			t.Errorf("after 64 guesses: %+v", a.Failures)
		}
		if got := w.verify(c, hotp("G1", 0)); got != authenticator.Blocked {
			t.Errorf("the right code while blocked: %q", got)
		}
		w.clock.Advance(w.policy.Failures.CoolDown + time.Second)
		if got := w.verify(c, hotp("G1", 0)); got != authenticator.Accepted {
			t.Errorf("after the cool-down, the code was not burned: %q", got)
		}
		if a := w.authenticator(c); a.Failures.Count != 0 || a.Failures.Blocks != 0 || a.Successes != 1 {
			t.Errorf("success clears: %+v", a)
		}
	})
}
