package mobileid_test

import (
	"context"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

// standing fails unless all certificates that there are have a status.
func (w *world) standing(want string, n int) {
	w.Helper()
	w.ca.mu.Lock()
	defer w.ca.mu.Unlock()
	got := 0
	for serial, state := range w.ca.state {
		if got++; state != want {
			w.Errorf("the certificate %s is %s; want %s", serial, state, want)
		}
	}
	if got != n {
		w.Errorf("there are %d certificates; want %d", got, n)
	}
}

// turn takes a card out of service, or back into it.
func (w *world) turn(s *sim, usable bool) {
	w.Helper()
	s.c.mu.Lock()
	s.Usable = usable
	s.c.mu.Unlock()
	w.write(func(tx *db.Tx) error { return w.desk.CardTurned(tx, system, s.Card) })
}

// TestSuspendedCard: certificates are on hold as long as the card or the mobile ID is suspended, in
// whatever order that comes and goes.
func TestSuspendedCard(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		w.standing("good", 2)
		w.turn(s, false)
		w.standing("hold", 2)
		_, err := w.sign(ap, phoneA, "Hello")
		want(t, err, "mobileid.card")
		w.turn(s, true)
		w.standing("good", 2)
		w.ask(phoneA, "Hello")
		s.approve()
		w.deliver()

		_, err = w.desk.Suspend(t.Context(), system, order(m))
		w.check(err)
		w.turn(s, false)
		w.turn(s, true)
		w.standing("hold", 2)
		w.turn(s, false)
		_, err = w.desk.Resume(t.Context(), system, order(m))
		w.check(err)
		w.standing("hold", 2)
		w.turn(s, true)
		w.standing("good", 2)
		w.turn(w.cards.add(phoneB), false) // a card that is nobody's
		w.standing("good", 2)
	})
}

// TestClosedCustomer: with the customer their certificates end, at once and for good.
func TestClosedCustomer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		other := w.cards.add(phoneB)
		r, err := w.desk.Register(t.Context(), system, mobileid.Enrollment{Customer: m.Customer, Number: phoneB})
		w.check(err)
		asked := w.ask(phoneA, "Hello")
		l := s.next(applet.Sign)
		w.check(w.register.Close(t.Context(), system, m.Customer, "moved away"))
		w.standing("revoked", 2)
		for serial, why := range w.ca.why {
			if why != mobileid.Cessation {
				t.Errorf("%s is revoked for %d", serial, why)
			}
		}
		for _, m := range []mobileid.MobileID{m, r.MobileID} {
			if got := w.mobile(m); got.State != mobileid.StateRevoked {
				t.Errorf("a mobile ID of a closed customer is %s", got.State)
			}
		}
		w.status(asked, mobileid.Withdrawn, mobileid.Suspension)
		s.answer(l, applet.Answer{Signature: s.hash(l.Role, l.Signed())})
		w.status(asked, mobileid.Withdrawn, mobileid.Suspension)
		if s.count(applet.Erase) != 2 || other.count(applet.Cancel) != 1 {
			t.Errorf("%d keys are erased, %d dialogs ended", s.count(applet.Erase), other.count(applet.Cancel))
		}
		w.check(w.register.Erase(t.Context(), system, m.Customer))
		if s.count(applet.Erase) != 2 {
			t.Error("keys are erased twice")
		}
	})
}

// late is an authority that is slow: something happens before its answer is here.
type late struct {
	*authority

	meanwhile func()
}

func (l late) Issue(ctx context.Context, c mobileid.Certification) (mobileid.Issued, error) {
	x, err := l.authority.Issue(ctx, c)
	l.meanwhile()
	return x, err
}

// TestUnwantedCertificate: a certificate that comes for a key that has ended meanwhile is revoked:
// nobody else knows that it exists.
func TestUnwantedCertificate(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.cards.add(phoneA)
		c := w.customer("1")
		r, err := w.desk.Register(t.Context(), system, mobileid.Enrollment{Customer: c.ID, Number: phoneA})
		w.check(err)
		s.generate(r.Control)
		s.generate("")
		revoked := false
		w.desk.CA = late{w.ca, func() {
			if !revoked {
				revoked = true
				_, err := w.desk.Revoke(t.Context(), system, order(r.MobileID))
				w.check(err)
			}
		}}
		w.deliver()
		if got := w.mobile(r.MobileID); got.State != mobileid.StateRevoked {
			t.Error(got.State)
		}
		w.ca.mu.Lock()
		n := len(w.ca.state)
		w.ca.mu.Unlock()
		w.standing("revoked", n)
		if n == 0 {
			t.Error("the authority was asked for nothing")
		}
	})
}

// TestSuspendedWhileRenewed: the new certificate of a mobile ID that was suspended meanwhile is on hold.
func TestSuspendedWhileRenewed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		w.clock.Advance(w.ca.life - w.book.Active().MobileID.Renew)
		o := order(m)
		o.Role = applet.Authentication
		_, err := w.desk.Renew(t.Context(), system, o)
		w.check(err)
		s.approve()
		w.desk.CA = late{w.ca, func() {
			if w.mobile(m).State == mobileid.StateActive {
				_, err := w.desk.Suspend(t.Context(), audit.System("night"), order(m))
				w.check(err)
			}
		}}
		w.deliver()
		got := map[string]int{}
		w.ca.mu.Lock()
		for _, state := range w.ca.state {
			got[state]++
		}
		w.ca.mu.Unlock()
		if got["revoked"] != 1 || got["hold"] != 2 || got["good"] != 0 {
			t.Errorf("%v", got)
		}
	})
}

// TestCustomerSuspendedWhileRegistered: certificates that come while their owner is suspended are on hold until
// the owner is active again.
func TestCustomerSuspendedWhileRegistered(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.cards.add(phoneA)
		c := w.customer("1")
		r, err := w.desk.Register(t.Context(), system, mobileid.Enrollment{Customer: c.ID, Number: phoneA})
		w.check(err)
		s.generate(r.Control)
		w.check(w.register.Suspend(t.Context(), system, c.ID, "a test"))
		s.generate("")
		w.deliver()
		w.standing("hold", 2)
		w.check(w.register.Activate(t.Context(), system, c.ID, "a test"))
		w.standing("good", 2)
		w.ask(phoneA, "Hello")
	})
}
