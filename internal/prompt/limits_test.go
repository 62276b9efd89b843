package prompt_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/prompt"
)

// pushes is how many messages wake the phones of a customer.
func (w *world) pushes(c ident.ID) int {
	w.Helper()
	return w.count("outbox WHERE kind = 'prompt.push' AND customer = $1", c)
}

// TestAskedAgain: one prompt for one decision, a new one after a while, and never two for one
// idempotency key.
func TestAskedAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, phones := w.customer("100", 1)
		o := w.start("100")
		keyed := func() authenticator.Challenge {
			ch, err := w.hub.Ask(t.Context(), app(), o.Handle, hub.Ask{Policy: "app", Key: "k"})
			w.check(err)
			return ch
		}
		first := keyed()
		w.clock.Advance(29 * time.Second)
		if again := w.ask(o, "app"); again.ID != first.ID || again.Control != first.Control || !again.Again.Equal(first.Again) {
			t.Errorf("asked again: %+v", again)
		}
		w.clock.Advance(time.Second)
		if again := keyed(); again.ID != first.ID {
			t.Error("one key asked twice")
		}
		if w.pushes(c) != 1 {
			t.Errorf("%d pushes", w.pushes(c))
		}
		second := w.ask(o, "app")
		if second.ID == first.ID || w.status(first.ID) != prompt.Superseded || w.pushes(c) != 2 {
			t.Errorf("reminded: %+v, %s", second, w.status(first.ID))
		}
		if got, err := phones[0].approve(t.Context(), w.prompt(first.ID), first.Control); err != nil || got.Accepted || got.Status != prompt.Superseded {
			t.Errorf("the former one: %+v, %v", got, err)
		}
		if got, err := phones[0].approve(t.Context(), w.prompt(second.ID), second.Control); err != nil || !got.Accepted {
			t.Fatal(got, err)
		}
		w.clock.Advance(time.Minute)
		if again := w.ask(o, "app"); again.ID != second.ID || w.pushes(c) != 2 {
			t.Error("asked for what was approved")
		}
		w.clock.Advance(time.Minute)
		if again := w.ask(o, "app"); again.ID == second.ID || w.status(second.ID) != prompt.Expired {
			t.Error("an approval that nobody took lives on")
		}
	})
}

// TestBombing: beyond the limit no phone is told, quietly; an approval or time opens it.
func TestBombing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, phones := w.customer("100", 1)
		var last authenticator.Challenge
		for i := range 7 {
			w.clock.Advance(time.Second)
			w.ask(w.start("100"), "picture") // disturbs nobody, and opens nothing
			last = w.ask(w.start("100"), "app")
			want := ""
			if i >= 4 {
				want = string(prompt.TooMany)
			}
			if last.Withheld != want || last.Control == "" {
				t.Errorf("%d: %+v", i, last)
			}
		}
		if w.pushes(c) != 4 {
			t.Errorf("%d pushes", w.pushes(c))
		}
		in := phones[0].inbox()
		if len(in) != 2 || in[1].ID != last.ID {
			t.Errorf("%d wait", len(in))
		}
		if n := w.count("prompt WHERE status = 'superseded'"); n != 5 {
			t.Errorf("%d were superseded", n)
		}
		if got, err := phones[0].approve(t.Context(), in[1], last.Control); err != nil || !got.Accepted {
			t.Fatal(got, err)
		}
		if ch := w.ask(w.start("100"), "app"); ch.Withheld != "" || w.pushes(c) != 5 {
			t.Errorf("after an approval: %+v", ch)
		}
		for range 5 {
			last = w.ask(w.start("100"), "app")
		}
		if last.Withheld == "" {
			t.Error("not withheld")
		}
		w.clock.Advance(10 * time.Minute)
		if ch := w.ask(w.start("100"), "app"); ch.Withheld != "" {
			t.Errorf("after the window: %+v", ch)
		}
	})
}

// TestPaymentOutlivesLogins: a payment outlives any number of logins of strangers, and is told to
// the phone, however many came before it.
func TestPaymentOutlivesLogins(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, phones := w.customer("100", 1)
		strangers := func() (last authenticator.Challenge) {
			for range 7 {
				w.clock.Advance(time.Second)
				last = w.ask(w.start("100"), "app")
			}
			return last
		}
		if last := strangers(); last.Withheld != string(prompt.TooMany) {
			t.Fatalf("the logins are not limited: %+v", last)
		}
		for range 60 { // more than an inbox lists
			w.ask(w.start("100"), "picture")
		}
		before := w.pushes(c)
		o := w.start("100", pay(t, "12.00", "DE89370400440532013000"))
		ch := w.ask(o, "app-sign")
		if ch.Withheld != "" || w.pushes(c) != before+1 {
			t.Errorf("the payment is not told to the phone: %+v", ch)
		}
		strangers()
		if got := w.status(ch.ID); got != prompt.Pending {
			t.Fatalf("the payment is %s", got)
		}
		if in := phones[0].inbox(); len(in) != 3 || in[0].ID != ch.ID {
			t.Errorf("%d wait", len(in))
		}
		if got, err := phones[0].approve(t.Context(), w.prompt(ch.ID), ch.Control); err != nil || !got.Accepted {
			t.Fatal(got, err)
		}
		if out, err := w.step(o, "app-sign", ""); err != nil || out.State != hub.Granted {
			t.Fatal(out, err)
		}
		if ch := w.ask(w.start("100"), "app"); ch.Withheld != string(prompt.TooMany) {
			t.Errorf("an approved payment opens the window of logins: %+v", ch)
		}
	})
}

// TestManyPayments: payments are limited among themselves, and leave logins alone.
func TestManyPayments(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, _ := w.customer("100", 1)
		login := w.ask(w.start("100"), "app")
		var all []authenticator.Challenge
		for range 5 {
			w.clock.Advance(time.Second)
			all = append(all, w.ask(w.start("100", pay(t, "12.00", "DE89370400440532013000")), "app-sign"))
		}
		if all[3].Withheld != "" || all[4].Withheld != string(prompt.TooMany) || w.pushes(c) != 5 {
			t.Errorf("%+v, %d pushes", all, w.pushes(c))
		}
		if w.status(all[2].ID) != prompt.Superseded || w.status(all[3].ID) != prompt.Pending || w.status(login.ID) != prompt.Pending {
			t.Errorf("%s, %s, %s", w.status(all[2].ID), w.status(all[3].ID), w.status(login.ID))
		}
		if ch := w.ask(w.start("100"), "app"); ch.Withheld != "" {
			t.Errorf("payments use up the window of logins: %+v", ch)
		}
		w.clock.Advance(10 * time.Minute)
		if ch := w.ask(w.start("100", pay(t, "13.00", "DE89370400440532013000")), "app-sign"); ch.Withheld != "" {
			t.Errorf("after the window: %+v", ch)
		}
	})
}

// TestNobodyIsDisturbedForNothing: no phone is told where no approval would be taken.
func TestNobodyIsDisturbedForNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, phones := w.customer("100", 1)
		w.exec("UPDATE authenticator SET status = 'disabled' WHERE customer = $1 AND policy = 'app'", c)
		o := w.start("100")
		ch := w.ask(o, "app")
		if ch.Withheld != string(prompt.NotUsed) || w.pushes(c) != 0 || ch.Control == "" {
			t.Errorf("%+v", ch)
		}
		if got, err := phones[0].approve(t.Context(), w.prompt(ch.ID), ch.Control); err != nil || !got.Accepted {
			t.Fatal(got, err)
		}
		if out, err := w.step(o, "app", ""); err != nil || out.State != hub.Open || out.Reason != authenticator.Off {
			t.Errorf("%+v, %v", out, err)
		}
		w.exec("UPDATE authenticator SET status = 'enabled' WHERE customer = $1 AND policy = 'app'", c)
		if ch := w.ask(w.start("100"), "app"); ch.Withheld != "" || w.pushes(c) != 1 {
			t.Errorf("%+v", ch)
		}
	})
}

// work is what something cost.
type work struct{ Statements, Reads, Prompts, Messages, Records int }

func (w *world) cost(f func()) work {
	look := func() work {
		s := w.d.Stats()
		return work{int(s.Statements), int(s.Reads), w.count("prompt"), w.count("outbox"), w.count("journal")}
	}
	counting := look()
	before := look()
	f()
	after := look()
	return work{
		after.Statements - before.Statements, after.Reads - before.Reads - (before.Reads - counting.Reads),
		after.Prompts - before.Prompts, after.Messages - before.Messages, after.Records - before.Records,
	}
}

// TestUniform: a customer with a phone, one without, one who is asked too often, one who is
// suspended and one who does not exist get the same answers after the same work (invariant 4).
func TestUniform(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customer("100", 1)
		w.customer("200", 0)
		w.customer("300", 1)
		suspended, _ := w.customer("400", 1)
		w.check(w.register.Suspend(t.Context(), system, suspended, "a test"))
		for range 5 {
			w.ask(w.start("300"), "app")
		}
		w.opened(w.ask(w.start("300"), "picture").Picture) // the first one makes the key
		for _, policyCode := range []string{"app", "picture"} {
			var first [4]work
			for i, number := range []string{"100", "200", "300", "400", "nobody"} {
				o := w.start(number)
				var ch authenticator.Challenge
				var got [4]work
				got[0] = w.cost(func() { ch = w.ask(o, policyCode) })
				got[1] = w.cost(func() { w.get(o) })
				code := ""
				if policyCode == "picture" {
					code = "12345678"
				}
				got[2] = w.cost(func() {
					out, err := w.step(o, policyCode, code)
					if policyCode == "app" {
						want(t, err, "prompt.pending")
					} else if err != nil || out.Accepted {
						t.Error(out, err)
					}
				})
				got[3] = w.cost(func() { w.ask(o, policyCode) })
				if policyCode == "picture" && len(ch.Picture) < 300 || policyCode == "app" && (len(ch.Control) != 2 || w.get(o).Asked.Control != ch.Control) {
					t.Errorf("%s: %+v", number, ch)
				}
				if i == 0 {
					first = got
				}
				if d := cmp.Diff(first, got); d != "" {
					t.Errorf("%s, %s: other work: %s", policyCode, number, d)
				}
			}
		}
	})
}
