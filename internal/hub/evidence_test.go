package hub_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
)

// witness gives the world a hub that signs assertions, and a policy for payments.
func (w *world) witness(m authenticator.Method) *evidence.Issuer {
	w.t.Helper()
	w.activate(strings.NewReplacer(
		"\njourneys:\n", "\n  - {<<: *p, code: sign, name: Sign, use: sign}\njourneys:\n  - {purpose: payment, channel: web, sca: true, ttl: 10m, steps: [[sign]]}\n",
		"device_pin: true, policies: [", "device_pin: true, signing: keypad, policies: [sign, ",
		"\nregistration:", "\nsigning:\n  - {code: keypad, keypad: decimal, length: 64, single: [account, amount, currency], batch: [total, count, currency, payees]}\nregistration:",
	).Replace(rules))
	ring := keyringtest.Open(w.t, w.d)
	issuer := evidence.New(evidence.Config{DB: w.d, Ring: ring, Now: w.clock.Now, Name: "https://auth.bank.example"})
	w.hub = hub.New(hub.Config{DB: w.d, Ring: ring, Policies: w.policies, Methods: map[policy.Method]authenticator.Method{policy.MethodToken: m}, Rand: rand.Reader, Evidence: issuer})
	return issuer
}

// signed stands for a token that signed the payment it was asked about: "yes" is right.
type signed struct {
	authenticator.Method
	device ident.ID
}

func (s signed) Check(_ context.Context, r authenticator.Request, p authenticator.Proof) (authenticator.Finding, error) {
	if p.Code != "yes" || r.Payment.IsZero() {
		return authenticator.Finding{Reason: authenticator.Wrong}, nil
	}
	return authenticator.Finding{Right: true, Factors: authenticator.Possession | authenticator.Knowledge, Device: s.device}, nil
}

// TestAssertionSaysWhatWasShown: each step's policy, factors and device, in their order;
// and the same after everything that it was made of has changed.
func TestAssertionSaysWhatWasShown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.witness(w.tokens)
		c := w.customer("100", "PLAIN", "PINNED")
		o, err := w.start(hub.Start{CustomerNumber: "100", Purpose: "consent", Channel: "twice", Proof: &hub.Proof{Code: code("PLAIN100", 0)}})
		if err != nil || !o.Accepted || o.State != hub.Open {
			t.Fatalf("%+v, %v", o, err)
		}
		if _, err := w.hub.Assert(t.Context(), by(), o.Handle, ""); !fault.Is(err, "evidence.not_granted") {
			t.Errorf("between two steps: %v", err)
		}
		if o, err = w.step(o.Handle, hub.Proof{Code: code("PINNED100", 0)}); err != nil || o.State != hub.Granted {
			t.Fatalf("%+v, %v", o, err)
		}
		first, err := w.hub.Assert(t.Context(), by(), o.Handle, "")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]evidence.Method{
			{Policy: "secure-code", Method: "token", Use: "code", Factors: []string{"possession"}, Device: "PLAIN100"},
			{Policy: "second", Method: "token", Use: "code", Factors: []string{"knowledge", "possession"}, Device: "PINNED100"},
		}, first.Claims.Methods); diff != "" {
			t.Error(diff)
		}
		if x := first.Claims; x.Subject != "100" || x.Txn != o.Handle || x.Class != evidence.ClassSCA || x.Purpose != "consent" || x.AuthTime != w.clock.Now().Unix() || x.Audience != by().ID.String() {
			t.Errorf("%+v", x)
		}
		w.clock.Advance(time.Hour)
		w.activate(strings.ReplaceAll(rules, "device_pin: true, ", ""))
		w.sql("UPDATE device SET name = 'mine', status = 'stock', customer = NULL")
		if err := w.customers.Close(t.Context(), by(), c.ID, "gone"); err != nil {
			t.Fatal(err)
		}
		if err := w.customers.Erase(t.Context(), by(), c.ID); err != nil {
			t.Fatal(err)
		}
		again, err := w.hub.Assert(t.Context(), by(), o.Handle, "")
		if err != nil {
			t.Fatal(err)
		}
		again.Claims.IssuedAt -= 3600
		if diff := cmp.Diff(first.Claims, again.Claims); diff != "" {
			t.Error(diff)
		}
		if _, err := w.hub.Assert(t.Context(), other(), o.Handle, ""); !fault.Is(err, "authentication.unknown") {
			t.Errorf("for another client: %v", err)
		}
	})
}

// TestDeniedIsNotAsserted: all steps were shown, but not two factors (SCA-01).
func TestDeniedIsNotAsserted(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.witness(w.tokens)
		w.customer("100", "PLAIN")
		o, err := w.start(hub.Start{CustomerNumber: "100", Purpose: "consent", Proof: &hub.Proof{Code: code("PLAIN100", 0)}})
		if err != nil || o.State != hub.Denied {
			t.Fatalf("%+v, %v", o, err)
		}
		if a, err := w.hub.Assert(t.Context(), by(), o.Handle, ""); !fault.Is(err, "evidence.not_granted") || a.Text != "" {
			t.Errorf("%q, %v", a.Text, err)
		}
	})
}

// TestGrantedPayment (F-4.3.7): the answer that grants a payment has its evidence, bound to
// the hash of exactly that payment; a repeated answer says the same.
func TestGrantedPayment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		issuer := w.witness(signed{Method: w.tokens})
		w.customer("100", "PINNED")
		p, err := payment.New(payment.Order{Amount: "90.00", Currency: "EUR", Payee: payment.Payee{Scheme: payment.IBAN, Account: "NO9386011117947"}})
		if err != nil {
			t.Fatal(err)
		}
		granted := func(o hub.Outcome, err error) evidence.Assertion {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			a, err := w.hub.Granted(t.Context(), by(), o)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		o, err := w.start(hub.Start{CustomerNumber: "100", Purpose: "payment", Payment: p})
		if a := granted(o, err); a.Text != "" {
			t.Errorf("before any proof: %+v", a)
		}
		if a := granted(w.step(o.Handle, hub.Proof{Code: "no"})); a.Text != "" {
			t.Errorf("after a wrong one: %+v", a)
		}
		first := granted(w.step(o.Handle, hub.Proof{Code: "yes", Key: "k"}))
		w.clock.Advance(time.Minute)
		again := granted(w.step(o.Handle, hub.Proof{Code: "yes", Key: "k"}))
		if diff := cmp.Diff(first.Claims, again.Claims); diff != "" {
			t.Error(diff)
		}
		set, err := issuer.Archive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c, _, err := evidence.Verify(first.Text, set)
		if err != nil || c.PaymentHash != p.Hash().String() || c.Payment.Amount != "90.00" || c.Payment.Orders[0].Payee.Account != "NO9386011117947" ||
			c.Methods[0].Use != "sign" || c.Class != evidence.ClassSCA || c.IssuedAt != c.AuthTime {
			t.Errorf("%v, %+v", err, c)
		}
	})
}

// TestLoginsSignNothing: the hot path makes no signature, and needs no key.
func TestLoginsSignNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.witness(w.tokens)
		w.customer("100", "PLAIN")
		o, err := w.start(hub.Start{CustomerNumber: "100", Proof: &hub.Proof{Code: code("PLAIN100", 0)}})
		if err != nil || o.State != hub.Granted {
			t.Fatalf("%+v, %v", o, err)
		}
		if a, err := w.hub.Granted(t.Context(), by(), o); err != nil || a.Text != "" {
			t.Errorf("%+v, %v", a, err)
		}
		if n := w.count("evidence_key"); n != 0 {
			t.Errorf("%d keys were made", n)
		}
	})
}
