package authenticator_test

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

func TestChallengeBelongsToOneAuthentication(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, other := w.enrolled("c"), w.enrolled("other")
		r := w.request(id, "one")
		c := w.issue(r)
		if !w.asked(r, c.ID) {
			t.Fatal("a new challenge is not found")
		}
		for name, foreign := range map[string]authenticator.Request{"authentication": w.request(id, "two"), "customer": w.request(other, "one")} {
			if w.asked(foreign, c.ID) {
				t.Errorf("found by another %s", name)
			}
		}
		p := r
		p.Policy.Code = "another"
		if w.asked(p, c.ID) || w.asked(r, ident.Derive("no such challenge")) {
			t.Error("found under another policy or id")
		}
		if w.answer(other, c.ID) {
			t.Error("another customer spent the challenge")
		}
	})
}

func TestChallengeIsAnsweredOnceAndInTime(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.enrolled("c")
		r := w.request(id, "one")
		c := w.issue(r)
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				if w.answer(id, c.ID) {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || w.asked(r, c.ID) {
			t.Errorf("%d answers spent one challenge", won.Load())
		}
		late := w.issue(r)
		w.later(w.policy.Challenge.TTL)
		if !w.asked(r, late.ID) {
			t.Error("a challenge lives to its last moment")
		}
		w.later(time.Microsecond)
		if w.asked(r, late.ID) || w.answer(id, late.ID) {
			t.Error("a challenge was answered after its time")
		}
	})
}

// TestChallengeLimit: beyond the limit, and for nobody, a challenge looks the same,
// costs the same, and nothing answers it. A right proof opens the limit again.
func TestChallengeLimit(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, n := w.enrolled("c"), 0
		r := w.request(id, "one")
		for i := range w.policy.Challenge.Max {
			if !w.asked(r, w.issue(r).ID) {
				t.Fatalf("challenge %d of %d is not there", i+1, w.policy.Challenge.Max)
			}
		}
		_, within := w.issuing(w.request(w.enrolled("fresh"), "one"))
		beyond, got := w.issuing(r)
		if got != within || within.Rows != 2 {
			t.Errorf("beyond the limit a challenge costs %+v, within %+v", got, within)
		}
		stranger := w.request(ident.Derive("nobody"), "one")
		nobody, got := w.issuing(stranger)
		if got != within {
			t.Errorf("for nobody a challenge costs %+v, for somebody %+v", got, within)
		}
		for name, c := range map[string]authenticator.Challenge{"beyond": beyond, "nobody": nobody} {
			if c.ID.IsZero() || c.Question != "12345678" || !c.Expires.Equal(w.clock.Now().Add(w.policy.Challenge.TTL)) {
				t.Errorf("%s: %+v", name, c)
			}
		}
		if w.asked(r, beyond.ID) || w.answer(id, beyond.ID) || w.asked(stranger, nobody.ID) || w.answer(stranger.Customer, nobody.ID) {
			t.Error("a challenge that nobody may answer was found")
		}
		w.prove(id, right(&n, true))
		if !w.asked(r, w.issue(r).ID) {
			t.Error("a success did not open the limit")
		}
	})
}

// issuing issues a challenge and says what it cost.
func (w *world) issuing(r authenticator.Request) (c authenticator.Challenge, cost work) {
	w.t.Helper()
	cost.Statements = w.cost(func() {
		w.settle(r.Customer, func(tx *db.Tx) (err error) {
			before := w.written(tx)
			c, err = authenticator.Issue(tx, r, "12345678", rand.Reader)
			cost.Rows = w.written(tx) - before
			return err
		})
	})
	return c, cost
}

// TestChallengeLimitCoolsDown: whoever knows a customer's number can use the limit
// up; that must not shut the customer out for good, nor may asking on prolong it.
func TestChallengeLimitCoolsDown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.request(w.enrolled("c"), "one")
		for range w.policy.Challenge.Max {
			w.issue(r)
		}
		w.later(w.policy.Failures.CoolDown - time.Microsecond)
		if w.asked(r, w.issue(r).ID) {
			t.Error("the limit opened before its time")
		}
		w.later(time.Microsecond)
		for i := range w.policy.Challenge.Max {
			if !w.asked(r, w.issue(r).ID) {
				t.Fatalf("challenge %d after the cool-down is not there", i+1)
			}
		}
		if w.asked(r, w.issue(r).ID) {
			t.Error("after the cool-down there is no limit")
		}
		w.policy.Failures.CoolDown = 0
		held := w.request(w.enrolled("held"), "one")
		for range w.policy.Challenge.Max {
			w.issue(held)
		}
		w.later(365 * 24 * time.Hour)
		if w.asked(held, w.issue(held).ID) {
			t.Error("a limit without cool-down opened by itself")
		}
	})
}

func TestNoLimitAndDisabled(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Challenge.Max = 0
		r := w.request(w.enrolled("c"), "one")
		for range 20 {
			if !w.asked(r, w.issue(r).ID) {
				t.Fatal("there is no limit, and yet a challenge was withheld")
			}
		}
		w.disable(r.Customer)
		if w.asked(r, w.issue(r).ID) {
			t.Error("a disabled authenticator was challenged")
		}
	})
}

func TestSweepAndRestored(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.request(w.enrolled("c"), "one")
		for range 5 {
			w.issue(r)
		}
		w.later(w.policy.Challenge.TTL + time.Second)
		living := w.issue(r)
		for _, want := range []int64{3, 2, 0} {
			var got int64
			w.settle(r.Customer, func(tx *db.Tx) (err error) { got, err = authenticator.Sweep(tx, 3); return err })
			if got != want {
				t.Errorf("swept %d, want %d", got, want)
			}
		}
		if !w.asked(r, living.ID) {
			t.Fatal("a living challenge was swept")
		}
		w.settle(r.Customer, func(tx *db.Tx) error { return authenticator.Restored(tx, audit.Recovery{}) })
		if w.asked(r, living.ID) {
			t.Error("a challenge survived a restored database")
		}
	})
}

func TestDigits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 64).Draw(t, "n")
		got := authenticator.Digits(n, rand.Reader)
		if len(got) != n || strings.Trim(got, "0123456789") != "" {
			t.Fatalf("%d digits: %q", n, got)
		}
	})
	seen := map[byte]bool{}
	for range 400 {
		seen[authenticator.Digits(4, rand.Reader)[0]] = true
	}
	if len(seen) != 10 {
		t.Errorf("400 numbers began with %d different digits", len(seen))
	}
}

func TestOfListsByPolicy(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.enrolled("c")
		w.policy.Code = "another"
		w.enrolled("c")
		var all []authenticator.Authenticator
		err := w.d.Read(context.Background(), func(tx *db.Tx) (err error) { all, err = authenticator.Of(tx, id); return err })
		if err != nil || len(all) != 2 || all[0].Policy != "another" || all[1].Policy != "secure-code" {
			t.Errorf("%+v, %v", all, err)
		}
	})
}
