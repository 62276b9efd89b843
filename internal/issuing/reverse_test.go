package issuing_test

import (
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/issuing"
)

func (w *world) reverse(key, original string, amount int64) issuing.Returned {
	w.Helper()
	return must[issuing.Returned](w)(w.desk.Reverse(w.Context(), ann, issuing.Reversal{Key: key, Original: original, Amount: amount}))
}

// ISO-5, ISO-6, DD-13: after, in parts, twice, and never more than was approved; amount comes back, a use does not.
func TestISO6Reversals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.payment(1000)
		x := w.ask(r)
		if got := w.reverse("v1", r.Key, 400); got.Amount != 400 || got.Authorization != x.ID || got.Repeated {
			t.Errorf("%+v", got)
		}
		if got := w.reverse("v1", r.Key, 400); got.Amount != 400 || !got.Repeated {
			t.Errorf("again: %+v", got)
		}
		if _, err := w.desk.Reverse(t.Context(), ann, issuing.Reversal{Key: "v1", Original: r.Key, Amount: 401}); !fault.Is(err, "issuing.duplicate") {
			t.Errorf("%v", err)
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

// ISO-4: an advice is recorded whatever speaks against it, charged, and known when it comes again.
func TestISO4Advices(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		good := w.payment(1000)
		advise := func(r issuing.Request, approved int64) issuing.Decision {
			t.Helper()
			return must[issuing.Decision](t)(w.desk.Advise(t.Context(), ann, issuing.Advice{Request: r, Approved: approved, Code: "ABC123"}))
		}
		if x := advise(good, 1000); x.Outcome != issuing.Approve || x.Reason != "" || x.Code != "ABC123" {
			t.Errorf("%+v", x)
		}
		if x := advise(good, 1000); !x.Repeated || w.grant().Used != 1 {
			t.Errorf("again: %+v", x)
		}
		wrong := w.payment(500)
		wrong.Chip.Cryptogram[0] ^= 1
		if x := advise(wrong, 500); x.Outcome != issuing.Approve || x.Reason != issuing.WrongCryptogram || w.grant().Used != 1 {
			t.Errorf("a wrong cryptogram: %+v", x)
		}
		if x := advise(w.payment(100), 0); x.Outcome != issuing.Decline || w.grant().Used != 1 {
			t.Errorf("refused there: %+v", x)
		}
		if x := advise(w.payment(25_000), 25_000); x.Outcome != issuing.Approve || x.Reason != issuing.WornKey || w.grant().Ended.IsZero() {
			t.Errorf("beyond the key: %+v, %+v", x, w.grant())
		}
		if _, err := w.desk.Advise(t.Context(), ann, issuing.Advice{Request: w.payment(1), Approved: 2}); !fault.Is(err, "issuing.request") {
			t.Errorf("%v", err)
		}
	})
}

// What was approved here and decided elsewhere, too, is due once, as the advice says: the answer was lost and the network stood in (nothing more),
// for more than our part (the rest), the network refused what we approved (nothing is left), or the payment was reversed before.
func TestAdvicesOfWhatWasApprovedHere(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		due := func(r issuing.Request) (sum int64) {
			t.Helper()
			all := must[[]issuing.Authorization](t)(w.desk.Authorizations(t.Context(), w.who, ident.ID{}, 100))
			for _, a := range all {
				if a.Counter == int(r.Chip.Transaction.ATC) {
					sum += a.Approved - a.Returned
				}
			}
			return sum
		}
		for name, x := range map[string]struct{ reversed, told, again int64 }{
			"stood in":             {0, 1000, 0},
			"for less":             {0, 400, 0},
			"refused":              {0, 0, 0},
			"reversed in part":     {300, 1000, 0},
			"reversed, stood in":   {1000, 1000, 0},
			"reversed, refused":    {1000, 0, 0},
			"the advice, reversed": {0, 1000, 1000},
		} {
			before := w.grant()
			r := w.payment(1000)
			if got := w.ask(r); got.Outcome != issuing.Approve {
				t.Fatalf("%s: %+v", name, got)
			}
			if x.reversed > 0 {
				w.reverse(w.bare(0).Key, r.Key, x.reversed)
			}
			a := issuing.Advice{Request: r, Approved: x.told, Code: "NET001"}
			a.Key = w.bare(0).Key
			for range 2 {
				must[issuing.Decision](t)(w.desk.Advise(t.Context(), ann, a))
			}
			if x.again > 0 {
				w.reverse(w.bare(0).Key, a.Key, x.again)
			}
			want := x.told - x.again
			if g := w.grant(); due(r) != want || g.Charged-before.Charged != want || g.Used-before.Used != 1 {
				t.Errorf("%s: %d is due, %d charged, %d uses; want %d and one use", name, due(r), g.Charged-before.Charged, g.Used-before.Used, want)
			}
		}
	})
}

// A reversal that comes before its advice is not lost.
func TestAReversalBeforeItsAdvice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.payment(1000)
		w.reverse(w.bare(0).Key, r.Key, 0)
		x := must[issuing.Decision](t)(w.desk.Advise(t.Context(), ann, issuing.Advice{Request: r, Approved: 1000}))
		if g := w.grant(); x.Reason != issuing.Reversed || x.Approved != 0 || g.Charged != 0 {
			t.Errorf("%+v, %+v", x, g)
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
				r, amount := rapid.SampledFrom(all).Draw(rt, "which"), rapid.Int64Range(0, 7000).Draw(rt, "amount")
				v := w.bare(0) // for a key of its own
				back := w.reverse(v.Key, r.Key, amount).Amount
				returned[r.Key] += back
				if returned[r.Key] > approved[r.Key] {
					rt.Fatalf("%d of %d came back", returned[r.Key], approved[r.Key])
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
