package issuing_test

import (
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/issuing"
)

// reverse tells that a payment is one of so much.
func (w *world) reverse(key, original string, paid int64) issuing.Returned {
	w.Helper()
	return must[issuing.Returned](w)(w.desk.Reverse(w.Context(), ann, issuing.Reversal{Key: key, Original: original, Paid: paid}))
}

// ISO-5, ISO-6, DD-13: after, in parts, twice, and never more than was approved; amount comes back, a use does not.
func TestISO6Reversals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.payment(1000)
		x := w.ask(r)
		if got := w.reverse("v1", r.Key, 600); got.Amount != 400 || got.Authorization != x.ID || got.Repeated {
			t.Errorf("%+v", got)
		}
		if got := w.reverse("v1", r.Key, 600); got.Amount != 400 || !got.Repeated {
			t.Errorf("again: %+v", got)
		}
		if _, err := w.desk.Reverse(t.Context(), ann, issuing.Reversal{Key: "v1", Original: r.Key, Paid: 601}); !fault.Is(err, "issuing.duplicate") {
			t.Errorf("%v", err)
		}
		if got := w.reverse("the same by another message", r.Key, 600); got.Amount != 0 || got.Repeated {
			t.Errorf("the same under another key: %+v", got)
		}
		if got := w.reverse("v2", r.Key, 0); got.Amount != 600 {
			t.Errorf("the rest: %+v", got)
		}
		if got := w.reverse("v3", r.Key, 5); got.Amount != 0 {
			t.Errorf("more than there was: %+v", got)
		}
		if g := w.grant(); g.Charged != 0 || g.Used != 1 {
			t.Errorf("%+v", g)
		}
		if again := w.ask(r); again.Outcome != issuing.Approve || !again.Repeated {
			t.Errorf("a repeat after all: %+v", again)
		}
		if _, err := w.desk.Reverse(t.Context(), ann, issuing.Reversal{Key: "x", Original: "x"}); !fault.Is(err, "issuing.request") {
			t.Errorf("%v", err)
		}
	})
}

// A reversal with another token or another currency than its original takes nothing back, and says so; that of a part is one of what was approved, whatever was
// asked for.
func TestReversalsThatDoNotFit(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.payment(1000)
		w.ask(r)
		for name, x := range map[string]struct{ number, currency, other string }{
			"token":    {"4900000000000003", "EUR", "token"},
			"card":     {"4147090000001237", "EUR", "token"},
			"currency": {w.token.Number, "USD", "currency"},
		} {
			v := issuing.Reversal{Key: "other " + name, Original: r.Key, Number: x.number, Currency: x.currency}
			for range 2 {
				if got := must[issuing.Returned](t)(w.desk.Reverse(t.Context(), ann, v)); got.Amount != 0 || got.Other != x.other {
					t.Errorf("%s: %+v", name, got)
				}
			}
		}
		if g := w.grant(); g.Charged != 1000 {
			t.Errorf("%+v", g)
		}
		if got := must[issuing.Returned](t)(w.desk.Reverse(t.Context(), ann, issuing.Reversal{Key: "own", Original: r.Key, Paid: 100, Number: w.token.Number, Currency: "EUR"})); got.Amount != 900 || got.Other != "" {
			t.Errorf("its own: %+v", got)
		}
	})
}

// An advice tells of a payment as a whole: its reversal takes back all that was approved of it, that of the request its own part. One of a token that nobody knows
// can be taken back, too.
func TestReversalsOfAdvices(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		// both is a payment of 1000 here, of which an advice says 1500.
		both := func() (r issuing.Request, a issuing.Advice) {
			r = w.payment(1000)
			w.ask(r)
			a = issuing.Advice{Request: r, Approved: 1500}
			a.Chip = &issuing.Chip{Transaction: r.Chip.Transaction, Application: r.Chip.Application}
			a.Key, a.Amount, a.Chip.Transaction.Amount = w.bare(0).Key, 1500, 1500
			w.sign(&a.Request)
			must[issuing.Decision](t)(w.desk.Advise(t.Context(), ann, a))
			return r, a
		}
		for _, x := range []struct {
			advice    bool
			paid, due int64
		}{{true, 0, 0}, {true, 1200, 1200}, {true, 700, 700}, {false, 0, 500}, {false, 400, 900}} {
			before := w.grant().Charged
			r, a := both()
			key := r.Key
			if x.advice {
				key = a.Key
			}
			got := w.reverse(w.bare(0).Key, key, x.paid)
			if charged := w.grant().Charged - before; w.due(r) != x.due || charged != x.due || got.Amount != 1500-x.due {
				t.Errorf("%+v: %d is due, %d charged, %+v", x, w.due(r), charged, got)
			}
		}
		stranger := issuing.Advice{Request: w.payment(300), Approved: 300}
		stranger.Number = "4900000000000003"
		must[issuing.Decision](t)(w.desk.Advise(t.Context(), ann, stranger))
		if got := must[issuing.Returned](t)(w.desk.Reverse(t.Context(), ann, issuing.Reversal{Key: w.bare(0).Key, Original: stranger.Key, Number: stranger.Number, Currency: "EUR"})); got.Amount != 300 || got.Other != "" {
			t.Errorf("of nobody's token: %+v", got)
		}
	})
}

// ISO-5: a reversal that is there before its original makes it fail, and takes nothing.
func TestISO5TheReversalCameFirst(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.payment(1000)
		if got := w.reverse("early", r.Key, 0); got.Amount != 0 || !got.Authorization.IsZero() {
			t.Errorf("%+v", got)
		}
		w.refused("the original", r, issuing.Reversed, "")
		if g := w.grant(); g.Used != 0 {
			t.Errorf("%+v", g)
		}
	})
}

// A reversal races its original, many times: in the end nothing is charged.
func TestAReversalRacesItsOriginal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range 8 {
			r := w.payment(100)
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := w.desk.Authorize(t.Context(), ann, r); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if _, err := w.desk.Reverse(t.Context(), ann, issuing.Reversal{Key: "rev " + r.Key, Original: r.Key}); err != nil {
					t.Error(err)
				}
			})
			wg.Wait()
			if g := w.grant(); g.Charged != 0 {
				t.Fatalf("%+v", g)
			}
		}
	})
}

// Random sequences of payments, repeats and reversals: what the key was charged is what was approved and not returned; its uses are the approvals.
func TestSequencesAgainstAModel(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var all []issuing.Request
		approved, returned, uses := map[string]int64{}, map[string]int64{}, 0
		rapid.Check(t, func(rt *rapid.T) {
			switch {
			case len(all) == 0 || rapid.IntRange(0, 2).Draw(rt, "act") == 0:
				r := w.payment(rapid.Int64Range(0, 6000).Draw(rt, "amount"))
				x := w.ask(r)
				all = append(all, r)
				approved[r.Key] = x.Approved
				if x.Approves() {
					uses++
				}
			case rapid.Bool().Draw(rt, "repeat"):
				r := rapid.SampledFrom(all).Draw(rt, "which")
				if x := w.ask(r); !x.Repeated || x.Approved != approved[r.Key] {
					rt.Fatalf("%+v", x)
				}
			default:
				r, paid := rapid.SampledFrom(all).Draw(rt, "which"), rapid.Int64Range(0, 7000).Draw(rt, "paid")
				v := w.bare(0) // for a key of its own
				left := approved[r.Key] - returned[r.Key]
				back := w.reverse(v.Key, r.Key, paid).Amount
				if returned[r.Key] += back; left-back != min(left, paid) {
					rt.Fatalf("%d of %d came back, paid were %d", back, left, paid)
				}
			}
			var want int64
			for k, n := range approved {
				want += n - returned[k]
			}
			if g := w.grant(); g.Charged != want || g.Used != uses {
				rt.Fatalf("charged %d, want %d; used %d, want %d", g.Charged, want, g.Used, uses)
			}
		})
	})
}

// What was paid with is forgotten with its customer, and messages after forty days.
func TestErasedAndSwept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ask(w.payment(1))
		w.ask(w.payment(2))
		w.clock.Advance(41 * 24 * 3600 * 1e9)
		if n := must[int64](t)(w.desk.Sweep(t.Context(), 1)); n != 1 {
			t.Errorf("%d messages", n)
		}
		w.ok(w.d.Write(t.Context(), func(tx *db.Tx) error { return issuing.Erase(tx, w.who) }))
		for _, table := range []string{"issuing_message", "issuing_authorization"} {
			var n int
			w.ok(w.d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row("SELECT COUNT(*) FROM " + table).Scan(&n) }))
			if n != 0 {
				t.Errorf("%d rows in %s", n, table)
			}
		}
	})
}
