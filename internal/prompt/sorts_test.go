package prompt_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/prompt"
)

// proven begins a login in which the customer has given a code, and waits for the approval.
func (w *world) proven(number string, p phone) hub.Outcome {
	w.Helper()
	w.clock.Advance(30 * time.Second)
	o, err := w.hub.Start(w.Context(), app(), hub.Start{CustomerNumber: number, Purpose: "login", Channel: "branch"})
	w.check(err)
	out, err := w.step(o, "code", p.code())
	if err != nil || !out.Accepted || out.State != hub.Open {
		w.Fatal(out, err)
	}
	return o
}

// TestProvenOutlivesStrangers: a login in which a factor was shown is told to the phone and waits on,
// however many logins strangers ask for before and after; and it does not open their window.
func TestProvenOutlivesStrangers(t *testing.T) {
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
		before := w.pushes(c)
		o := w.proven("100", phones[0])
		ch := w.ask(o, "app")
		if ch.Withheld != "" || w.pushes(c) != before+1 {
			t.Errorf("the login is not told to the phone: %+v", ch)
		}
		if last := strangers(); last.Withheld != string(prompt.TooMany) || w.status(ch.ID) != prompt.Pending {
			t.Fatalf("%+v; the login is %s", last, w.status(ch.ID))
		}
		if got, err := phones[0].approve(t.Context(), w.prompt(ch.ID), ch.Control); err != nil || !got.Accepted {
			t.Fatal(got, err)
		}
		if out, err := w.step(o, "app", ""); err != nil || out.State != hub.Granted {
			t.Fatal(out, err)
		}
		if last := w.ask(w.start("100"), "app"); last.Withheld != string(prompt.TooMany) {
			t.Errorf("a proven login opens the window of strangers: %+v", last)
		}
	})
}

// TestManyProven: proven logins are limited among themselves, and leave payments alone.
func TestManyProven(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, phones := w.customer("100", 1)
		pays := w.ask(w.start("100", pay(t, "12.00", "DE89370400440532013000")), "app-sign")
		var all []authenticator.Challenge
		for range 3 {
			all = append(all, w.ask(w.proven("100", phones[0]), "app"))
		}
		if w.status(all[0].ID) != prompt.Superseded || w.status(all[1].ID) != prompt.Pending || w.status(pays.ID) != prompt.Pending {
			t.Errorf("%s, %s, %s", w.status(all[0].ID), w.status(all[1].ID), w.status(pays.ID))
		}
		all = append(all, w.ask(w.proven("100", phones[0]), "app"), w.ask(w.proven("100", phones[0]), "app"))
		if all[3].Withheld != "" || all[4].Withheld != string(prompt.TooMany) {
			t.Errorf("%+v", all[3:])
		}
	})
}
