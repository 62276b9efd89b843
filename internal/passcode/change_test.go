package passcode_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/sms"
)

func (w *world) change(id ident.ID, number string) (passcode.Phone, error) {
	x, _, err := w.p.Change(w.Context(), audit.Customer(id), both(id), w.set, passcode.Change{Customer: id, Number: number})
	return x, err
}

// TestAnotherNumber: two factors, a code to the new number, a notice to the old one, and a
// day of waiting.
func TestAnotherNumber(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1", "+47 912 34 567")
		by := audit.Customer(c.ID)
		x, err := w.change(c.ID, "915 00 000")
		if err != nil || x.Status != passcode.Pending || x.Number != "+47 ••• 00" {
			t.Fatalf("%+v, %v", x, err)
		}
		all := w.deliver()
		if len(all) != 1 || all[0].To != "+4791500000" || !strings.HasPrefix(all[0].Body, "Confirm a new phone number. Code: ") {
			t.Fatalf("%s", bodies(all))
		}
		if _, ok, err := w.p.Confirm(w.Context(), by, w.set, c.ID, x.ID, w.wrong()); ok || err != nil {
			t.Errorf("a wrong code: %t, %v", ok, err)
		}
		if n := w.count("authenticator WHERE policy = 'sms' AND failures = 1"); n != 1 {
			t.Error("it did not count as a failure")
		}
		if why := w.try(w.request(c.ID, "a login"), w.code()); why != authenticator.Wrong {
			t.Errorf("the code of the phone opened a login: %q", why)
		}
		x, ok, err := w.p.Confirm(w.Context(), by, w.set, c.ID, x.ID, w.code())
		if err != nil || !ok || x.Status != passcode.Held || !x.Until.Equal(w.clock.Now().Add(24*time.Hour)) {
			t.Fatalf("%+v, %t, %v", x, ok, err)
		}
		if all = w.deliver(); len(all) != 2 || all[1].To != "+4791234567" || all[1].Class != sms.ClassNotice || codeIn(all[1].Body) != "" {
			t.Errorf("the notice: %s", bodies(all))
		}
		w.ask(w.request(c.ID, "while it is held"))
		if all = w.deliver(); all[len(all)-1].To != "+4791234567" {
			t.Errorf("while it is held: %s", bodies(all))
		}
		w.later(24 * time.Hour)
		if n, err := w.p.Mature(w.Context(), w.set, 10); n != 1 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		w.ask(w.request(c.ID, "after that"))
		all = w.deliver()
		if all[len(all)-1].To != "+4791500000" || len(all) != 4 {
			t.Errorf("after that: %s", bodies(all))
		}
		for _, k := range w.contacts(c.ID) {
			if k.Verified.IsZero() {
				t.Errorf("%s is not verified", k.Value)
			}
		}
	})
}

func TestWhoMayChangeTheNumber(t *testing.T) {
	each(t, func(w *world) {
		c, other := w.customer("1", "+47 912 34 567"), w.bare("2", "+47 912 34 568")
		try := func(by audit.Actor, warrant passcode.Warrant, number string) error {
			_, _, err := w.p.Change(w.Context(), by, warrant, w.set, passcode.Change{Customer: c.ID, Number: number})
			return err
		}
		by, good := audit.Customer(c.ID), "+47 915 00 000"
		wantFault(t, "somebody else's warrant", try(by, both(other.ID), good), "proof.required")
		wantFault(t, "one factor", try(by, factors{c.ID, authenticator.Possession}, good), "passcode.two_factors")
		for number, code := range map[string]string{
			"": "passcode.number", "call me": "passcode.number", "+47 1": "passcode.number", "+49 900 1234567": "passcode.number_class", "+44 56 1234 5678": "passcode.number_class",
			"+47 21 23 45 67": "passcode.number_class", "+44 7400 123456": "passcode.country", "+47 912 34 567": "passcode.same_number",
		} {
			wantFault(t, number, try(by, both(c.ID), number), code)
		}
		if n := len(w.deliver()); n != 0 {
			t.Errorf("%d texts left", n)
		}
		x, err := w.change(c.ID, good)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = w.p.Confirm(w.Context(), audit.Customer(other.ID), w.set, c.ID, x.ID, w.code())
		wantFault(t, "somebody else confirms", err, "passcode.actor")
		wantFault(t, "somebody else gives it up", w.p.GiveUp(w.Context(), audit.Customer(other.ID), c.ID, x.ID), "passcode.actor")
		_, err = w.p.Again(w.Context(), audit.Customer(other.ID), w.set, c.ID, x.ID, "")
		wantFault(t, "somebody else wants a code", err, "passcode.actor")
		if again, err := w.p.Again(w.Context(), by, w.set, c.ID, x.ID, ""); err != nil || len(w.deliver()) != 1 {
			t.Errorf("too early: %+v, %v", again, err)
		}
		w.later(30 * time.Second)
		if _, err := w.p.Again(w.Context(), by, w.set, c.ID, x.ID, ""); err != nil || len(w.deliver()) != 2 {
			t.Errorf("another code: %v", err)
		}
		if err := w.customers.Close(w.Context(), ann, c.ID, "gone"); err != nil {
			t.Fatal(err)
		}
		_, _, err = w.p.Confirm(w.Context(), by, w.set, c.ID, x.ID, w.code())
		wantFault(t, "a closed customer", err, "customer.closed")
	})
}

// TestOneNoticeForManyConfirmations: however many confirm at once, one notice leaves.
func TestOneNoticeForManyConfirmations(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1", "+47 912 34 567")
		x, err := w.change(c.ID, "+47 915 00 000")
		if err != nil {
			t.Fatal(err)
		}
		code := w.code()
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for range 20 {
			wg.Go(func() {
				_, ok, err := w.p.Confirm(w.Context(), audit.Customer(c.ID), w.set, c.ID, x.ID, code)
				mu.Lock()
				defer mu.Unlock()
				if ok {
					won++
				}
				if f := new(fault.Error); err != nil && (!errors.As(err, &f) || f.Kind != fault.Conflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if all := w.deliver(); won != 1 || len(all) != 2 || w.records(passcode.AuditConfirmed) != 1 {
			t.Errorf("%d confirmed, %s", won, bodies(all))
		}
	})
}

// TestStaffNeedAnIdentification for everything that they do with phones, and a reason.
func TestStaffNeedAnIdentification(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1", "+47 912 34 567")
		contact := w.vouched(c.ID)
		acts := func(a passcode.Act) map[string]error {
			_, one := w.p.Unregister(w.Context(), ann, a)
			_, two := w.p.Register(w.Context(), ann, w.set, a, contact)
			_, three := w.p.Decide(w.Context(), ann, w.set, a, contact, true)
			return map[string]error{"unregister": one, "register": two, "decide": three}
		}
		for what, err := range acts(passcode.Act{Customer: c.ID, Reason: "called"}) {
			wantFault(t, what, err, "identification.required")
		}
		over := w.act(c.ID)
		w.later(time.Hour)
		for what, err := range acts(over) {
			wantFault(t, what, err, "identification.expired")
		}
		silent := w.act(c.ID)
		for _, reason := range []string{"", " ", "a\nb", strings.Repeat("x", 201)} {
			silent.Reason = reason
			for what, err := range acts(silent) {
				wantFault(t, what, err, "passcode.reason")
			}
		}
		_, err := w.p.Register(w.Context(), ann, w.set, w.act(c.ID), ident.Derive("no contact"))
		wantFault(t, "no contact", err, "passcode.contact")
		unverified, err := w.customers.AddContact(w.Context(), ann, c.ID, customer.NewContact{Kind: customer.Phone, Value: "+47 916 00 000"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.p.Register(w.Context(), ann, w.set, w.act(c.ID), unverified)
		wantFault(t, "a number that nobody vouches for", err, "passcode.not_verified")
	})
}

// TestTheRequestLimit (F-6.8): neither a reset of the failure counter (F-6.7) nor time
// opens it; a right code or staff do.
func TestTheRequestLimit(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1", "+47 912 34 567")
		for i := range 4 {
			w.ask(w.request(c.ID, string(rune('a'+i))))
		}
		last := w.request(c.ID, "e")
		w.ask(last)
		if got := w.ask(w.request(c.ID, "f")); got.Withheld != string(passcode.RequestLimit) || len(w.deliver()) != 5 {
			t.Fatalf("%+v, %d texts", got, len(w.deliver()))
		}
		if n := w.records(passcode.AuditLimit); n != 1 {
			t.Errorf("%d records", n)
		}
		w.sql("UPDATE authenticator SET failures = 3, blocks = 1, blocked_until = $1 WHERE customer = $2", w.clock.Now().Add(time.Hour), c.ID)
		k := &authenticator.Keeper{DB: w.d, Policies: w.book}
		a := w.act(c.ID)
		if _, err := k.Reset(w.Context(), ann, authenticator.Act{Customer: c.ID, Policy: "sms", Reason: "called"}, a.Identified); err != nil {
			t.Fatal(err)
		}
		if got := w.ask(w.request(c.ID, "g")); got.Withheld != string(passcode.RequestLimit) {
			t.Errorf("after the reset: %+v", got)
		}
		w.later(2 * time.Minute)
		if why := w.try(last, w.codeOfText(4)); why != authenticator.Accepted {
			t.Errorf("the last code that was sent: %q", why)
		}
		if got := w.ask(w.request(c.ID, "h")); got.Withheld != "" {
			t.Errorf("after a right code: %+v", got)
		}
		w.exhaust(c.ID)
		w.sql("UPDATE authenticator SET failures = 2 WHERE customer = $1", c.ID)
		if _, err := w.p.Unregister(w.Context(), ann, w.act(c.ID)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.p.Register(w.Context(), ann, w.set, w.act(c.ID), w.vouched(c.ID)); err != nil {
			t.Fatal(err)
		}
		if got := w.ask(w.request(c.ID, "i")); got.Withheld != "" {
			t.Errorf("registered anew: %+v", got)
		}
		if n := w.count("authenticator WHERE customer = $1 AND failures = 2", c.ID); n != 2 {
			t.Error("registering anew touched the failure counters")
		}
	})
}

// codeOfText is the code in the text of the decision that was asked for as number n.
func (w *world) codeOfText(n int) string {
	w.Helper()
	all := w.deliver()
	for _, o := range all {
		if w.count("passcode_code WHERE id = $1 AND authentication = $2", o.ID, ident.Derive(string(rune('a'+n)))) == 1 {
			return codeIn(o.Body)
		}
	}
	w.Fatal("no such text")
	return ""
}

// TestANumberThatWasRemoved gets no codes.
func TestANumberThatWasRemoved(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1", "+47 912 34 567")
		if err := w.customers.RemoveContact(w.Context(), ann, c.ID, w.vouched(c.ID)); err != nil {
			t.Fatal(err)
		}
		if got := w.ask(w.request(c.ID, "a login")); got.Withheld != string(passcode.NoPhone) || got.To != "" || len(w.deliver()) != 0 {
			t.Errorf("%+v", got)
		}
	})
}

// TestTheHoldOfSomebodyWhoLeft ends without a new phone.
func TestTheHoldOfSomebodyWhoLeft(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1", "+47 912 34 567")
		w.later(time.Second)
		x, err := w.change(c.ID, "+47 915 00 000")
		if err != nil {
			t.Fatal(err)
		}
		if _, ok, err := w.p.Confirm(w.Context(), audit.Customer(c.ID), w.set, c.ID, x.ID, w.code()); !ok || err != nil {
			t.Fatal(ok, err)
		}
		if all, err := w.p.Waiting(w.Context()); err != nil || len(all) != 1 || all[0].CustomerNumber != "1" || all[0].Number != "+47 ••• 00" {
			t.Errorf("%+v, %v", all, err)
		}
		if err := w.customers.Suspend(w.Context(), ann, c.ID, "stolen"); err != nil {
			t.Fatal(err)
		}
		w.later(24 * time.Hour)
		if n, err := w.p.Mature(w.Context(), w.set, 10); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if all, err := w.p.Phones(w.Context(), c.ID); err != nil || len(all) != 2 || all[0].Status != passcode.Refused || all[1].Status != passcode.Active {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// TestARegistrationByPhone is the passcode's part of F-6.1.
func TestARegistrationByPhone(t *testing.T) {
	each(t, func(w *world) {
		c := w.bare("1", "+47 912 34 567")
		r := w.request(c.ID, "a registration")
		write := func(f func(*db.Tx) error) {
			t.Helper()
			if err := w.d.Settle(w.Context(), c.ID, f); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // asking twice sends one code
			write(func(tx *db.Tx) error { _, err := w.p.Ask(tx, ann, r); return err })
		}
		if all := w.deliver(); len(all) != 1 || all[0].To != "+4791234567" {
			t.Fatalf("%s", bodies(all))
		}
		given, err := w.p.Prove(w.Context(), r, authenticator.Proof{Code: w.wrong()})
		if err != nil || given.Right {
			t.Errorf("a wrong code: %+v, %v", given, err)
		}
		if given, err = w.p.Prove(w.Context(), r, authenticator.Proof{Code: w.code()}); err != nil || !given.Right {
			t.Fatalf("%+v, %v", given, err)
		}
		write(func(tx *db.Tx) error {
			if won, err := w.p.Complete(tx, ann, r, given.Kept); won || err != nil {
				t.Errorf("completed before it was proven: %t, %v", won, err)
			}
			won, err := given.Consume(tx)
			if !won {
				t.Error("the code was not spent")
			}
			return err
		})
		write(func(tx *db.Tx) error {
			won, err := w.p.Complete(tx, ann, r, given.Kept)
			if !won {
				t.Error("not completed")
			}
			return err
		})
		if w.stateOf(c.ID) != "active" || w.ask(w.request(c.ID, "a login")).Withheld != "" {
			t.Errorf("%s", w.stateOf(c.ID))
		}
		write(func(tx *db.Tx) error { _, err := w.p.Cancel(tx, ann, c.ID); return err })
		if w.stateOf(c.ID) != "none" {
			t.Errorf("canceled: %s", w.stateOf(c.ID))
		}
	})
}
