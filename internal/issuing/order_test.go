package issuing_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/issuing"
)

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

// A reversal in part that comes before its advice leaves what it says stays paid, the least of several; one in part before its request has that refused, as
// nobody waits for its answer.
func TestAReversalInPartComesFirst(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		advise := func(r issuing.Request, approved int64) issuing.Decision {
			return must[issuing.Decision](t)(w.desk.Advise(t.Context(), ann, issuing.Advice{Request: r, Approved: approved}))
		}
		for _, c := range []struct {
			paid []int64
			told int64
			due  int64
		}{{[]int64{600}, 1000, 600}, {[]int64{600, 200}, 1000, 200}, {[]int64{200, 600}, 1000, 200}, {[]int64{600}, 400, 400}, {[]int64{600, 0}, 1000, 0}} {
			before, r := w.grant().Charged, w.payment(1000)
			var keys []string
			for _, paid := range c.paid {
				keys = append(keys, w.bare(0).Key)
				if got := w.reverse(keys[len(keys)-1], r.Key, paid); got.Amount != 0 || !got.Authorization.IsZero() {
					t.Errorf("%+v: %+v", c, got)
				}
			}
			x := advise(r, c.told)
			if charged := w.grant().Charged - before; x.Approved != c.due || w.due(r) != c.due || charged != c.due || x.Approves() != (c.due > 0) {
				t.Errorf("%+v: %d is due, %d charged, %+v", c, w.due(r), charged, x)
			}
			if again := advise(r, c.told); !again.Repeated || again.Approved != c.due || w.due(r) != c.due {
				t.Errorf("%+v, again: %+v", c, again)
			}
			if got := w.reverse(w.bare(0).Key, r.Key, c.paid[0]); got.Amount != 0 {
				t.Errorf("%+v, what was known: %+v", c, got)
			}
			if got := w.reverse(w.bare(0).Key, r.Key, 0); got.Amount != c.due || w.due(r) != 0 {
				t.Errorf("%+v, the rest: %+v", c, got)
			}
		}
		r := w.payment(1000)
		w.reverse(w.bare(0).Key, r.Key, 600)
		if x := w.ask(r); x.Outcome != issuing.Decline || x.Reason != issuing.Reversed || w.due(r) != 0 {
			t.Errorf("a request: %+v", x)
		}
	})
}

// TestALateAnswer: whoever did not get the answer in time takes back what was approved here, and the network tells what it decided instead. What is due is
// that, in whichever order the two come, and whatever was told. A reversal by the merchant afterwards takes it back.
func TestALateAnswer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, told := range []int64{0, 400, 1000, 1500} {
			for _, first := range []string{"reversal", "advice"} {
				before, r := w.grant().Charged, w.payment(1000)
				a := issuing.Advice{Request: r, Approved: told}
				a.Key, a.Amount = w.bare(0).Key, max(1000, told)
				if a.Amount != 1000 {
					a.Chip = &issuing.Chip{Transaction: r.Chip.Transaction, Application: r.Chip.Application}
					a.Chip.Transaction.Amount = uint64(a.Amount)
					w.sign(&a.Request)
				}
				w.ask(r)
				late := issuing.Reversal{Key: w.bare(0).Key, Original: r.Key, Late: true}
				acts := []func(){
					func() { must[issuing.Returned](t)(w.desk.Reverse(t.Context(), ann, late)) },
					func() { must[issuing.Decision](t)(w.desk.Advise(t.Context(), ann, a)) },
				}
				if first == "advice" {
					acts[0], acts[1] = acts[1], acts[0]
				}
				acts[0]()
				acts[1]()
				if charged := w.grant().Charged - before; w.due(r) != told || charged != told {
					t.Errorf("%d told, the %s first: %d is due, %d charged", told, first, w.due(r), charged)
				}
				if got := must[issuing.Returned](t)(w.desk.Reverse(t.Context(), ann, late)); !got.Repeated {
					t.Errorf("the same again: %+v", got)
				}
				late.Late = false
				if _, err := w.desk.Reverse(t.Context(), ann, late); !fault.Is(err, "issuing.duplicate") {
					t.Errorf("its key with another reason: %v", err)
				}
				w.reverse(w.bare(0).Key, a.Key, 0)
				if left := w.grant().Charged - before; w.due(r) != 0 || left != 0 {
					t.Errorf("%d told, the %s first, then taken back: %d is due, %d charged", told, first, w.due(r), left)
				}
			}
		}
	})
}
