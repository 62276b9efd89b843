package issuing_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/vault"
)

// another is a world with another token of the customer, on another phone.
func (w *world) another() *world {
	w.Helper()
	o := *w
	o.counter = 0
	o.token = must[vault.Issued](w)(w.vault.Issue(w.Context(), ann, w.card.ID, w.phone()))
	w.ok(w.vault.Activate(w.Context(), ann, o.token.ID))
	o.key = must[vault.Granted](w)(w.vault.Renew(w.Context(), ann, o.token.ID, vault.Key, 1))
	return &o
}

// hold keeps every worker of the database busy until it is let go, so that what comes meanwhile makes groups.
func (w *world) hold() (let func()) {
	busy := 1
	if w.d.Dialect() == db.Postgres {
		busy = 2
	}
	var all sync.WaitGroup
	begun, end := make(chan struct{}, busy), make(chan struct{})
	for i := range busy {
		all.Go(func() {
			if err := w.d.Settle(context.WithoutCancel(w.Context()), ident.Derive("hold", string(rune('a'+i))), func(*db.Tx) error {
				begun <- struct{}{}
				<-end
				return nil
			}); err != nil {
				w.Error(err)
			}
		})
	}
	for range busy {
		<-begun
	}
	return func() { close(end); all.Wait() }
}

// Payments share a commit. Of two with the last use of a key one is approved; one that cannot be decided leaves nothing and spoils no other.
func TestPaymentsShareACommit(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range 9 {
			if got := w.ask(w.payment(1)); got.Outcome != issuing.Approve {
				t.Fatalf("%+v", got)
			}
		}
		var requests []issuing.Request
		for range 10 {
			requests = append(requests, w.another().payment(100))
		}
		bad, broken := w.another(), errors.New("nobody knows")
		badly := bad.payment(100)
		requests = append(requests, w.payment(1), w.payment(1), badly)
		w.desk.Assess = func(_ *db.Tx, _ audit.Actor, a interaction.Ask) (x interaction.Decision, judged bool, err error) {
			if a.Primary == bad.token.Device {
				err = broken
			}
			return x, false, err
		}
		var ready sync.WaitGroup
		ready.Add(len(requests))
		w.desk.Risk = func(context.Context, audit.Actor, *issuing.Request, *vault.Token) (issuing.Risked, error) {
			ready.Done()
			return issuing.Risked{}, nil
		}
		let := w.hold()
		before := w.d.Stats()
		got, errs := make([]issuing.Decision, len(requests)), make([]error, len(requests))
		var all sync.WaitGroup
		for i, r := range requests {
			all.Go(func() { got[i], errs[i] = w.desk.Authorize(t.Context(), ann, r) })
		}
		ready.Wait()
		let()
		all.Wait()
		after := w.d.Stats()
		if units, groups := after.Units-before.Units, after.Groups-before.Groups; groups >= units {
			t.Errorf("%d units had %d commits", units, groups)
		}
		for i := range 10 {
			if errs[i] != nil || got[i].Outcome != issuing.Approve {
				t.Errorf("%v, %+v", errs[i], got[i])
			}
		}
		if !errors.Is(errs[12], broken) {
			t.Errorf("what could not be decided: %v, %+v", errs[12], got[12])
		}
		first, second := got[10], got[11]
		if first.Outcome != issuing.Approve {
			first, second = second, first
		}
		if errs[10] != nil || errs[11] != nil || first.Outcome != issuing.Approve || second.Reason != issuing.WornKey || second.Detail != "uses" {
			t.Errorf("the last use: %+v, %+v", first, second)
		}
		if g := w.grant(); g.Used != 10 {
			t.Errorf("%+v", g)
		}
		// The one that failed has left neither a counter nor a message: it may come again.
		w.desk.Assess, w.desk.Risk = w.assess, nil
		if again := w.ask(badly); again.Outcome != issuing.Approve || again.Repeated {
			t.Errorf("again: %+v", again)
		}
	})
}

// A message that is stored elsewhere while it is decided here has the answer of there, or is decided anew: it is never decided twice.
func TestAMessageThatComesTwiceAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.payment(100)
		var there issuing.Decision
		w.desk.Risk = func(context.Context, audit.Actor, *issuing.Request, *vault.Token) (issuing.Risked, error) {
			w.desk.Risk = nil
			there = w.ask(r) //nolint:contextcheck // of the test
			return issuing.Risked{}, nil
		}
		if here := w.ask(r); !here.Repeated || here.ID != there.ID || here.Code != there.Code || there.Outcome != issuing.Approve {
			t.Errorf("%+v, %+v", here, there)
		}
		// Its row is there when it is to be stored: what was taken for it is given back, and it is looked at again.
		r = w.payment(100)
		calls := 0
		w.desk.Assess = func(tx *db.Tx, _ audit.Actor, a interaction.Ask) (x interaction.Decision, judged bool, err error) {
			if calls++; calls == 1 {
				_, err = tx.Exec("INSERT INTO issuing_message (digest, content, decision, answer, reversed, created_at) VALUES ($1, NULL, NULL, '', 1, $2)",
					w.desk.Ring.MAC("issuing.key", []byte("message"), []byte(r.Key)), tx.Now)
			}
			return interaction.Decision{Outcome: judge.Allow}, false, err
		}
		if got := w.ask(r); got.Outcome != issuing.Approve || got.Repeated || calls < 2 {
			t.Errorf("%+v after %d calls", got, calls)
		}
		if g := w.grant(); g.Used != 2 || g.Charged != 200 {
			t.Errorf("%+v", g)
		}
	})
}
