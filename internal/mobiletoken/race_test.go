package mobiletoken_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// together runs n functions at once, and returns how many reported that they did it.
func together(t *testing.T, n int, f func(i int) (bool, error)) int {
	t.Helper()
	var did atomic.Int32
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			done, err := f(i)
			if err != nil {
				t.Error(err)
			}
			if done {
				did.Add(1)
			}
		})
	}
	close(start)
	wg.Wait()
	return int(did.Load())
}

// unless takes the faults of a race for a "no" by value.
func unless(err error) (bool, error) {
	if fault.KindOf(err) == fault.Conflict {
		return false, nil
	}
	return err == nil, err
}

// TestTwoDevicesRedeemOneCode: of devices that have one code, one gets a key that can be
// proven.
func TestTwoDevicesRedeemOneCode(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("R1")
		for range 4 {
			x, out := w.enroll(c, "same")
			var mu sync.Mutex
			var won []phone
			n := together(t, 3, func(int) (bool, error) {
				p, _, done, err := w.tryRedeem(w.Context(), out.ClientID)
				mu.Lock()
				defer mu.Unlock()
				if done {
					won = append(won, p)
				}
				return done, err
			})
			if n != 1 || w.count("mobile_key WHERE token = $1", x.ID) != 1 {
				t.Fatalf("%d devices were provisioned", n)
			}
			w.confirm(x, won[0], mobiletoken.Accepted)
			if a, err := w.desk.Attempt(w.Context(), out.ClientID); err != nil || a.Standing != mobiletoken.Closed {
				t.Fatalf("the code is %s afterwards, %v", a.Standing, err)
			}
			if _, err := w.desk.Archive(w.Context(), system, order(x)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestTwoMigrationsStart: one begins, and the other leaves nothing behind.
func TestTwoMigrationsStart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, _ := w.active(w.customer("R2"), "bank")
		n := together(t, 6, func(int) (bool, error) {
			_, _, _, err := w.desk.Migrate(w.Context(), system, mobiletoken.Migrate{Order: order(x)})
			return unless(err)
		})
		if n != 1 || w.count("mobile_token WHERE customer = $1", x.Customer) != 2 || w.count("mobile_code WHERE customer = $1 AND status = 'valid'", x.Customer) != 1 {
			t.Fatalf("%d migrations began, with %d tokens", n, w.count("mobile_token WHERE customer = $1", x.Customer))
		}
	})
}

// TestLimitRace: of many who enroll at once, as many get a token as may.
func TestLimitRace(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("R3")
		n := together(t, 8, func(int) (bool, error) {
			_, _, err := w.desk.Enroll(w.Context(), system, mobiletoken.Enrollment{Customer: c, Application: "bank"})
			return unless(err)
		})
		if n != 3 || w.count("mobile_token WHERE customer = $1", c) != 3 {
			t.Fatalf("%d tokens were made; three are allowed", n)
		}
	})
}

// TestOneCodeOnce: a secure code that is given many times at once, to two nodes, is right
// once.
func TestOneCodeOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, p := w.active(w.customer("R4"), "bank")
		w.clock.Advance(time.Minute)
		code := w.code(p)
		nodes := []*mobiletoken.Desk{w.desk, w.node(w.d)}
		n := together(t, 3, func(i int) (bool, error) {
			why, err := w.login(w.Context(), nodes[i%2], x.Customer, code)
			return why == authenticator.Accepted, err
		})
		if n != 1 {
			t.Fatalf("one code was accepted %d times", n)
		}
	})
}

// TestBlockWhileUsing: once a block is acknowledged, nothing is accepted any more, however
// far its check had come.
func TestBlockWhileUsing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, p := w.active(w.customer("R5"), "bank")
		var blocked atomic.Bool
		var wg sync.WaitGroup
		ctx, stop := context.WithCancel(w.Context())
		defer stop()
		w.clock.Advance(time.Minute)
		code := w.code(p)
		wg.Go(func() {
			for range 4 {
				before := blocked.Load()
				why, err := w.login(ctx, w.desk, x.Customer, code)
				if err != nil {
					t.Error(err)
				}
				if before && why == authenticator.Accepted {
					t.Error("accepted after the block")
				}
			}
		})
		if _, err := w.desk.Block(w.Context(), system, order(x), time.Time{}); err != nil {
			t.Fatal(err)
		}
		blocked.Store(true)
		wg.Wait()
	})
}

// TestCheckedBeforeBlocked: a code that was found right before the block is not settled
// after it.
func TestCheckedBeforeBlocked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, stop := range map[string]func(mobiletoken.Token) error{
			"RB": func(x mobiletoken.Token) error {
				_, err := w.desk.Block(w.Context(), system, order(x), time.Time{})
				return err
			},
			"RA": func(x mobiletoken.Token) error {
				_, err := w.desk.Archive(w.Context(), system, order(x))
				return err
			},
			"RN": nil, // a control: without an act in between it is settled
		} {
			x, p := w.active(w.customer(name), "bank")
			w.clock.Advance(time.Minute)
			won, err := w.between(x, p, stop)
			if err != nil || won != (stop == nil) {
				t.Errorf("%s: %t, %v", name, won, err)
			}
		}
	})
}

// TestFinishRace: the first code is given twice at once while the old token logs in: there
// is one change, and at the end exactly one of the two tokens is active.
func TestFinishRace(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		old, was := w.active(w.customer("R6"), "bank")
		_, next, out, err := w.desk.Migrate(w.Context(), system, mobiletoken.Migrate{Order: order(old)})
		want(t, err, "")
		p, _, _ := w.redeem(out.ClientID)
		w.clock.Advance(time.Minute)
		n := together(t, 3, func(i int) (bool, error) {
			if i == 2 {
				_, err := w.login(w.Context(), w.desk, old.Customer, w.code(was))
				return false, err
			}
			got, err := w.desk.Confirm(w.Context(), system, next.Customer, next.ID, w.code(p))
			return got.Reason == mobiletoken.Accepted && !got.Repeated, err
		})
		if a, b := w.get(old).Status, w.get(next).Status; n != 1 || a != mobiletoken.Archived || b != mobiletoken.Active {
			t.Fatalf("%d changes; the old one is %s, the new one %s", n, a, b)
		}
	})
}
