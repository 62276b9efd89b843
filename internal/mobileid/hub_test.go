package mobileid_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/ota/applet"
)

func bank() audit.Actor { return audit.Client(ident.Derive("an application"), "online banking") }

func pay(t testing.TB, amount, name string) payment.Payment {
	t.Helper()
	p, err := payment.New(payment.Order{Amount: amount, Currency: "EUR", Payee: payment.Payee{Scheme: payment.IBAN, Account: "NO9386011117947", Name: name}, Reference: "Rent"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (w *world) start(number string, p ...payment.Payment) hub.Outcome {
	w.Helper()
	in := hub.Start{CustomerNumber: number, Purpose: "login", Channel: "web"}
	if len(p) > 0 {
		in.Purpose, in.Payment = "payment", p[0]
	}
	out, err := w.hub.Start(w.Context(), bank(), in)
	w.check(err)
	return out
}

func (w *world) challenge(o hub.Outcome, key string) authenticator.Challenge {
	w.Helper()
	c, err := w.hub.Ask(w.Context(), bank(), o.Handle, hub.Ask{Key: key})
	w.check(err)
	return c
}

func (w *world) step(o hub.Outcome, policyCode string) (hub.Outcome, error) {
	return w.hub.Step(w.Context(), bank(), o.Handle, hub.Proof{Policy: policyCode})
}

// interrupted is the method with something that happens, once, before it is asked how it stands.
type interrupted struct {
	mobileid.Method

	before func()
}

func (i *interrupted) Standing(tx *db.Tx, r authenticator.Request) (authenticator.Standing, error) {
	if do := i.before; do != nil {
		i.before = nil
		do()
	}
	return i.Method.Standing(tx, r)
}

// TestARefusalBetweenTwoReads: whoever looks at the moment of a refusal sees the login before it or after it, and never an open one that
// lapsed: the application would ask the customer again, who has just said that it was not them.
func TestARefusalBetweenTwoReads(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, s := w.person("1", phoneA)
		o := w.start("1")
		w.challenge(o, "a")
		w.method.before = func() { s.refuse(applet.NotMe) }
		out, err := w.hub.Get(t.Context(), bank(), o.Handle)
		w.check(err)
		if out.State == hub.Open && (out.Asked == nil || out.Asked.State != authenticator.Awaited) || out.State != hub.Open && out.Reason != hub.Disowned {
			t.Errorf("%+v, %+v", out, out.Asked)
		}
	})
}

// TestLogin: the hub asks the phone, waits, and grants once.
func TestLogin(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, s := w.person("1", phoneA)
		o := w.start("1")
		c := w.challenge(o, "a")
		if c.Kind != authenticator.KindApproval || len(c.Control) != 4 || c.Withheld != "" {
			t.Fatalf("%+v", c)
		}
		if again := w.challenge(o, "a"); again.ID != c.ID {
			t.Error("asked twice")
		}
		_, err := w.step(o, "sim")
		want(t, err, "mobileid.pending")
		l := s.next(applet.Sign)
		if l.Role != applet.Authentication || l.Shown() != "Example Bank\nLog in on the web" || l.ControlCode() != c.Control {
			t.Fatalf("%q", l.Shown())
		}
		s.acknowledge(l)
		s.answer(l, applet.Answer{Signature: s.hash(l.Role, l.Signed())})
		_, err = w.step(o, "sim") // not validated yet
		want(t, err, "mobileid.pending")
		w.deliver()
		out, err := w.hub.Get(t.Context(), bank(), o.Handle)
		w.check(err)
		if out.Asked == nil || out.Asked.State != authenticator.Agreed {
			t.Fatalf("%+v", out.Asked)
		}
		var granted atomic.Int64
		var all []func()
		for range 8 {
			all = append(all, func() {
				out, err := w.hub.Step(w.Context(), bank(), o.Handle, hub.Proof{Policy: "sim"})
				if err == nil && out.State == hub.Granted {
					granted.Add(1)
				}
			})
		}
		together(all...)
		if granted.Load() < 1 || w.count("mobile_id_request WHERE taken = 1") != 1 {
			t.Errorf("granted %d times", granted.Load())
		}
		if out, err = w.hub.Get(t.Context(), bank(), o.Handle); err != nil || out.State != hub.Granted {
			t.Error(out.State, err)
		}
	})
}

// TestPayment: amount and payee are on the phone, and the signature is of exactly this payment.
func TestPayment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, s := w.person("1", phoneA)
		o := w.start("1", pay(t, "90.00", "Kari Nordmann"))
		w.challenge(o, "")
		l := s.approve()
		if l.Role != applet.Signing || l.Control != applet.ChosenControl {
			t.Errorf("%+v", l)
		}
		for _, part := range []string{"Amount: EUR 90.00", "To: Kari Nordmann", "NO93 8601 1117 947", "Rent"} {
			if !strings.Contains(l.Shown(), part) {
				t.Errorf("%q is not in %q", part, l.Shown())
			}
		}
		w.deliver()
		out, err := w.step(o, "sim-sign")
		if err != nil || out.State != hub.Granted {
			t.Fatal(out.State, err)
		}
	})
}

// TestNo: a no of the person ends the authentication at once; what they could not do does not.
func TestNo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, s := w.person("1", phoneA)
		for _, c := range []struct {
			result applet.Result
			state  hub.State
			why    authenticator.Reason
		}{
			{applet.Cancelled, hub.Denied, hub.Declined}, {applet.NotMe, hub.Denied, hub.Disowned}, {applet.WrongPIN, hub.Open, "wrong_pin"}, {applet.WrongControl, hub.Open, "wrong_control"},
		} {
			w.clock.Advance(soonOver)
			o := w.start("1")
			w.challenge(o, "")
			s.refuse(c.result)
			out, err := w.hub.Get(t.Context(), bank(), o.Handle)
			w.check(err)
			if out.State != c.state {
				t.Errorf("%s: %s", c.result, out.State)
			}
			if c.state == hub.Open && (out.Asked == nil || out.Asked.State != authenticator.Lapsed || out.Asked.Why != c.why) {
				t.Errorf("%s: %+v", c.result, out.Asked)
			}
		}
		o := w.start("1")
		w.challenge(o, "")
		_, err := w.step(o, "sim")
		want(t, err, "mobileid.pending")
		w.clock.Advance(3 * time.Minute)
		_, err = w.step(o, "sim")
		want(t, err, "mobileid.nothing")
	})
}

// TestHubOfNobody: customers without a mobile ID, and nobody, are answered alike.
func TestHubOfNobody(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customer("1")
		for _, number := range []string{"1", "nobody"} {
			o := w.start(number)
			c := w.challenge(o, "")
			if c.Kind != authenticator.KindApproval || len(c.Control) != 4 || c.Withheld != string(mobileid.NoCard) {
				t.Errorf("%s: %+v", number, c)
			}
			_, err := w.step(o, "sim")
			want(t, err, "mobileid.pending")
		}
	})
}

// TestSpamAtLogin: a stranger who types a customer number has no phone ring without the code.
func TestSpamAtLogin(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		_, err := w.desk.SetSpam(t.Context(), system, mobileid.Order{Customer: m.Customer, Mobile: m.ID}, "Ab12")
		w.check(err)
		before := s.sent
		o := w.start("1")
		if c := w.challenge(o, ""); c.Withheld != string(mobileid.SpamMissing) || s.sent != before {
			t.Errorf("%+v", c)
		}
		w.clock.Advance(31 * time.Second)
		c, err := w.hub.Ask(t.Context(), bank(), o.Handle, hub.Ask{Key: "b", Spam: "Ab12"})
		if err != nil || c.Withheld != "" || s.sent == before {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

// TestCanceledByTheHub: what ends an authentication takes the request off the screen.
func TestCanceledByTheHub(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		o := w.start("1")
		w.challenge(o, "")
		l := s.next(applet.Sign)
		_, id, _ := w.handles().Open(o.Handle)
		w.write(func(tx *db.Tx) error {
			_, err := w.hub.Refuse(tx, system, m.Customer, id, hub.Declined)
			return err
		})
		if got := s.next(applet.Cancel); got.Transaction != l.Transaction || len(s.dropped) != 1 || s.dropped[0] != l.id {
			t.Error("the card is not told")
		}
		w.ask(phoneA, "The next one")
	})
}
