package issuing_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/vault"
)

// told is an advice of a payment, under a key of its own.
func (w *world) told(r issuing.Request, approved int64) issuing.Decision {
	w.Helper()
	r.Key = w.bare(0).Key
	return must[issuing.Decision](w)(w.desk.Advise(w.Context(), ann, issuing.Advice{Request: r, Approved: approved, Code: "NET001"}))
}

// due sums up what is left of the payments under the counter of a request.
func (w *world) due(r issuing.Request) (sum int64) {
	w.Helper()
	for _, a := range must[[]issuing.Authorization](w)(w.desk.Authorizations(w.Context(), w.who, ident.ID{}, 100)) {
		if a.Counter == int(r.Chip.Transaction.ATC) {
			sum += a.Approved - a.Returned
		}
	}
	return sum
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
				w.reverse(w.bare(0).Key, r.Key, 1000-x.reversed)
			}
			a := issuing.Advice{Request: r, Approved: x.told, Code: "NET001"}
			a.Key = w.bare(0).Key
			for range 2 {
				must[issuing.Decision](t)(w.desk.Advise(t.Context(), ann, a))
			}
			if x.again > 0 {
				w.reverse(w.bare(0).Key, a.Key, x.told-x.again)
			}
			want := x.told - x.again
			if g := w.grant(); w.due(r) != want || g.Charged-before.Charged != want || g.Used-before.Used != 1 {
				t.Errorf("%s: %d is due, %d charged, %d uses; want %d and one use", name, w.due(r), g.Charged-before.Charged, g.Used-before.Used, want)
			}
		}
	})
}

// An advice needs no proof to be due; its own key with another amount is another's, and told so.
func TestAdvicesWithoutAProof(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a := issuing.Advice{Request: w.bare(700), Approved: 700, Code: "NET001"}
		x := must[issuing.Decision](t)(w.desk.Advise(t.Context(), ann, a))
		if x.Outcome != issuing.Approve || x.Reason != issuing.WrongCryptogram || x.Approved != 700 || x.Token != w.token.ID {
			t.Errorf("%+v", x)
		}
		if _, err := w.desk.Authorize(t.Context(), ann, w.bare(700)); !fault.Is(err, "issuing.request") {
			t.Errorf("a request without one: %v", err)
		}
		a.Approved = 0
		if x := must[issuing.Decision](t)(w.desk.Advise(t.Context(), ann, a)); x.Reason != issuing.Duplicate {
			t.Errorf("refused after all: %+v", x)
		}
		n := must[int](t)(w.desk.Clearing(t.Context(), ann, w.clock.Now().Add(-1e9), w.clock.Now().Add(1e9), func(c issuing.Cleared) error {
			if c.Due != 700 {
				t.Errorf("%+v", c)
			}
			return nil
		}))
		if g := w.grant(); n != 1 || g.Used != 0 {
			t.Errorf("%d are due, %+v", n, g)
		}
	})
}

// One payment is due once, however many advices tell of it and whatever keys they have: by what the last of them says.
func TestAPaymentIsToldTwice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.payment(1500)
		r.Amount, r.Chip.Transaction.Amount = 1000, 1000
		w.sign(&r)
		if got := w.ask(r); got.Outcome != issuing.Approve {
			t.Fatalf("%+v", got)
		}
		more := r
		more.Amount, more.Chip = 1500, &issuing.Chip{Transaction: r.Chip.Transaction, Application: r.Chip.Application}
		more.Chip.Transaction.Amount = 1500
		w.sign(&more)
		for _, x := range []struct{ approved, due int64 }{{1500, 1500}, {1500, 1500}, {700, 700}, {700, 700}, {0, 0}, {900, 900}, {900, 900}} {
			w.told(more, x.approved)
			if g := w.grant(); w.due(more) != x.due || g.Charged != x.due || g.Used != 1 {
				t.Errorf("told %d: %d is due, %+v", x.approved, w.due(more), g)
			}
		}
		// Of what only the network saw it is the same.
		alone := w.payment(400)
		for range 3 {
			w.told(alone, 400)
		}
		if g := w.grant(); w.due(alone) != 400 || g.Used != 2 || g.Charged != 1300 {
			t.Errorf("%d is due, %+v", w.due(alone), g)
		}
		// A wrong cryptogram under its counter is another matter, and takes nothing of it.
		forged := alone
		forged.Chip = &issuing.Chip{Transaction: alone.Chip.Transaction, Application: alone.Chip.Application, Cryptogram: slices.Repeat([]byte{1}, 8)}
		if x := w.told(forged, 100); x.Reason != issuing.WrongCryptogram || x.Approved != 100 {
			t.Errorf("%+v", x)
		}
		w.told(alone, 400)
		if g := w.grant(); w.due(alone) != 500 || g.Charged != 1300 {
			t.Errorf("%d is due, %+v", w.due(alone), g)
		}
	})
}

// What was approved elsewhere is due whatever became of the token: the record names it, and its worst.
func TestAnAdviceForATokenThatIsGone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r, wrong := w.payment(1000), w.payment(500)
		wrong.Chip.Cryptogram[0] ^= 1
		w.ok(w.vault.Suspend(t.Context(), ann, w.token.ID, vault.Cause{Reason: vault.ByCustomer}))
		if x := w.told(wrong, 500); x.Reason != issuing.WrongCryptogram || x.Detail != string(issuing.Suspended) || x.Token != w.token.ID {
			t.Errorf("suspended: %+v", x)
		}
		w.ok(w.vault.Delete(t.Context(), ann, w.token.ID, ""))
		if x := w.told(r, 1000); x.Outcome != issuing.Approve || x.Reason != issuing.UnknownToken || x.Detail != "deleted" || x.Token != w.token.ID || x.Customer != w.who {
			t.Errorf("deleted: %+v", x)
		}
		n := 0
		must[int](w)(w.desk.Clearing(t.Context(), ann, w.clock.Now().Add(-1e9), w.clock.Now().Add(1e9), func(c issuing.Cleared) error {
			if n++; c.Account != "4147090000001237" {
				t.Errorf("%+v", c)
			}
			return nil
		}))
		if n != 2 {
			t.Errorf("%d payments are due, want 2", n)
		}
	})
}

// An advice that comes while its payment is being approved on another node finds it when that is done.
func TestAnAdviceRacesItsPayment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if w.d.Dialect() != db.Postgres {
			t.Skip("one writer: there is no between")
		}
		r := w.payment(1000)
		taken, let := make(chan struct{}), make(chan struct{})
		w.desk.Assess = func(*db.Tx, audit.Actor, interaction.Ask) (x interaction.Decision, judged bool, err error) {
			close(taken)
			<-let
			return x, false, nil
		}
		var both sync.WaitGroup
		both.Go(func() { w.ask(r) })
		<-taken
		both.Go(func() { w.told(r, 1000) })
		for waits := 0; waits == 0; {
			w.ok(w.d.Read(t.Context(), func(tx *db.Tx) error {
				return tx.Row("SELECT COUNT(*) FROM pg_locks WHERE NOT granted").Scan(&waits)
			}))
		}
		close(let)
		both.Wait()
		if g := w.grant(); w.due(r) != 1000 || g.Used != 1 || g.Charged != 1000 {
			t.Errorf("%d is due, %+v", w.due(r), g)
		}
	})
}
