package idserver_test

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/idserver"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/ota/applet"
)

const hubRules = `policies:
  - {code: sim, method: mobile-id, failures: {max: 5, cool_down: 15m}, approval: {bank: Example Bank, ttl: 2m, resend: 30s}}
  - {code: sim-sign, method: mobile-id, use: sign, failures: {max: 5, cool_down: 15m}, approval: {bank: Example Bank, ttl: 2m, resend: 30s}}
journeys:
  - {purpose: login, channel: web, ttl: 1h, sca: true, steps: [[sim]]}
  - {purpose: payment, channel: web, ttl: 1h, sca: true, steps: [[sim-sign]]}
registration: {code_length: 16, code_valid: 168h, attempts: {max: 5, cool_down: 15m}, resume: 30m, token_tries: {max: 5, cool_down: 15m}, pin_length: 4}
`

// bank is the application of the bank.
func bank() audit.Actor { return audit.Client(ident.Derive("an application"), "online banking") }

// bankWorld is a world whose bank asks by the hub.
type bankWorld struct {
	*world

	hub *hub.Hub
}

func banking(t *testing.T, f func(*testing.T, *bankWorld)) {
	t.Helper()
	each(t, func(t *testing.T, w *world) {
		v, err := w.book.Store(t.Context(), officer, []byte(hubRules))
		if err == nil {
			err = w.book.Activate(t.Context(), officer, w.book.Active().Version, v)
		}
		w.check(err)
		w.register()
		f(t, &bankWorld{w, hub.New(hub.Config{
			DB: w.d, Ring: w.ring, Policies: w.book, Rand: rand.Reader, Evidence: evidence.New(evidence.Config{DB: w.d, Ring: w.ring, Now: w.clock.Now, Name: "https://bank.example"}),
			Methods: map[policy.Method]authenticator.Method{policy.MethodMobileID: w.method()},
		})})
	})
}

func (w *world) method() idserver.Method {
	return idserver.Method{Remote: mobileid.Method{Desk: w.signers}, Desk: w.desk}
}

// wood is what is paid for.
func wood(t testing.TB, amount string) payment.Payment {
	t.Helper()
	p, err := payment.New(payment.Order{Amount: amount, Currency: "EUR", Payee: payment.Payee{Scheme: payment.IBAN, Account: "NO9386011117947", Name: "Wood"}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// pay has the bank ask for the approval of a payment; nothing is asked of the phone yet.
func (w *bankWorld) pay(amount string) hub.Outcome {
	w.Helper()
	o, err := w.hub.Start(w.Context(), bank(), hub.Start{CustomerNumber: "4711", Purpose: "payment", Channel: "web", Payment: wood(w, amount)})
	w.check(err)
	return o
}

func (w *bankWorld) challenge(o hub.Outcome) {
	w.Helper()
	_, err := w.hub.Ask(w.Context(), bank(), o.Handle, hub.Ask{})
	w.check(err)
}

// signed is a payment whose signature is here, and valid for the signature server.
func (w *bankWorld) signed(amount string) hub.Outcome {
	w.Helper()
	o := w.pay(amount)
	w.challenge(o)
	w.card.sign()
	w.deliver()
	return o
}

func (w *bankWorld) step(o hub.Outcome) (hub.Outcome, error) {
	return w.hub.Step(w.Context(), bank(), o.Handle, hub.Proof{Policy: "sim-sign"})
}

// refused fails unless a step is refused for a reason, and nothing came of it.
func (w *bankWorld) refused(o hub.Outcome, code string) {
	w.Helper()
	if _, err := w.step(o); !fault.Is(err, code) {
		w.Errorf("%v; want %s", err, code)
	}
	w.deliver()
	out, err := w.hub.Get(w.Context(), bank(), o.Handle)
	w.check(err)
	if out.State == hub.Granted || w.count("mobile_id_request WHERE taken = 1") != 0 || w.card.count(applet.Show) != 0 {
		w.Errorf("%s; %d signatures are used up, %d confirmations", out.State, w.count("mobile_id_request WHERE taken = 1"), w.card.count(applet.Show))
	}
}

// TestHubGrant: a payment is granted by what the person has signed, once, and the phone shows it.
func TestHubGrant(t *testing.T) {
	banking(t, func(t *testing.T, w *bankWorld) {
		o := w.pay("90.00")
		w.challenge(o)
		w.refused(o, "mobileid.pending")
		w.card.sign()
		w.refused(o, "mobileid.pending") // it is here, and not validated
		out, err := w.step(o)
		if err != nil || out.State != hub.Granted {
			t.Fatal(out.State, err)
		}
		w.deliver()
		if l := w.card.next(applet.Show); !strings.Contains(l.Text, "Approved: EUR 90.00") {
			t.Errorf("the phone shows %q", l.Text)
		}
		if again, err := w.step(o); err == nil && again.State != hub.Granted {
			t.Error(again.State)
		}
		w.deliver()
		if n := w.card.count(applet.Show); n != 0 {
			t.Errorf("%d more confirmations", n)
		}
	})
}

// TestHubLogin: a login is granted, and not confirmed on the phone.
func TestHubLogin(t *testing.T) {
	banking(t, func(t *testing.T, w *bankWorld) {
		o, err := w.hub.Start(t.Context(), bank(), hub.Start{CustomerNumber: "4711", Purpose: "login", Channel: "web"})
		w.check(err)
		w.challenge(o)
		w.card.sign()
		w.deliver()
		out, err := w.hub.Step(t.Context(), bank(), o.Handle, hub.Proof{Policy: "sim"})
		if err != nil || out.State != hub.Granted {
			t.Fatal(out.State, err)
		}
		w.deliver()
		if n := w.card.count(applet.Show); n != 0 {
			t.Errorf("%d confirmations of a login", n)
		}
	})
}

// TestHubJudgement: what the signature server says is valid counts for the hub only if it stands up to
// the ID server's own judgement. Nothing is counted against the customer.
func TestHubJudgement(t *testing.T) {
	lie := func(column string, value func(*world) any) func(*world) {
		return func(w *world) {
			v := value(w)
			w.write(func(tx *db.Tx) error {
				n, err := tx.Exec("UPDATE mobile_id_request SET "+column+" = $1 WHERE kind = 'sign' AND status = 'valid'", v)
				if err == nil && n != 1 {
					err = errors.New("there is no valid signature to lie about")
				}
				return err
			})
		}
	}
	verdict := func(r mobileid.Reason) func(*world) {
		return func(w *world) { w.judge.verdict = &mobileid.Verdict{Reason: r} }
	}
	for name, spoil := range map[string]func(*world){
		"no CMS":              lie("cms", func(*world) any { return []byte{} }),
		"another certificate": lie("certificate", func(w *world) any { return w.certificate(applet.Authentication).DER }),
		"another digest":      lie("digest", func(*world) any { b := sha256.Sum256([]byte("x")); return b[:] }),
		"another content":     lie("content", func(*world) any { return []byte("Amount: EUR 1.00") }),
		"another text":        lie("text", func(*world) any { return "Amount: EUR 1.00\nTo: Wood\nAccount: NO93 8601 1117 947" }),
		"another nonce":       lie("nonce", func(*world) any { return make([]byte, 16) }),
		"another role":        lie("role", func(*world) any { return applet.Authentication }),
		"too late":            lie("answered_at", func(w *world) any { return w.clock.Now().Add(time.Hour) }),
		"wrong signature":     verdict(mobileid.WrongSignature),
		"wrong chain":         verdict(mobileid.BadCertificate),
		"on hold":             verdict(mobileid.HeldCert),
	} {
		t.Run(name, func(t *testing.T) {
			banking(t, func(t *testing.T, w *bankWorld) {
				o := w.signed("90.00")
				spoil(w.world)
				w.refused(o, "identity.not_valid")
				if n := w.count("journal WHERE kind = $1", idserver.AuditDenied); n != 1 {
					t.Errorf("%d records", n)
				}
				if n := w.count("authenticator WHERE failures > 0"); n != 0 {
					t.Error("it was counted as a failure of the customer")
				}
			})
		})
	}
}

// TestHubRevokedMidway: a certificate that ends between the signature and the step grants nothing.
func TestHubRevokedMidway(t *testing.T) {
	for name, x := range map[string]struct {
		end  func(w *world, serial string) error
		code string
	}{
		"revoked": {func(w *world, serial string) error {
			return w.d.Write(w.Context(), func(tx *db.Tx) error { return w.pki.Revoke(tx, officer, serial, pki.KeyCompromise) })
		}, "identity.not_valid"},
		"on hold": {func(w *world, serial string) error {
			return w.d.Write(w.Context(), func(tx *db.Tx) error { return w.pki.Suspend(tx, officer, serial) })
		}, "identity.not_valid"},
		"mobile ID suspended": {func(w *world, _ string) error {
			_, err := w.signers.Suspend(w.Context(), officer, mobileid.Order{Customer: w.owner.Customer, Mobile: w.owner.ID, Reason: "lost"})
			return err
		}, "identity.not_valid"},
		"mobile ID revoked": {func(w *world, _ string) error {
			_, err := w.signers.Revoke(w.Context(), officer, mobileid.Order{Customer: w.owner.Customer, Mobile: w.owner.ID, Reason: "lost"})
			return err
		}, "identity.not_valid"},
	} {
		t.Run(name, func(t *testing.T) {
			banking(t, func(t *testing.T, w *bankWorld) {
				o := w.signed("90.00")
				w.check(x.end(w.world, w.certificate(applet.Signing).Serial))
				w.refused(o, x.code)
			})
		})
	}
}

// TestHubSuspendedAtLast: a mobile ID that is suspended between the judgement and the grant grants nothing.
func TestHubSuspendedAtLast(t *testing.T) {
	banking(t, func(t *testing.T, w *bankWorld) {
		o := w.signed("90.00")
		f := w.found(o, "90.00")
		_, err := w.signers.Suspend(t.Context(), officer, mobileid.Order{Customer: w.owner.Customer, Mobile: w.owner.ID, Reason: "lost"})
		w.check(err)
		if w.consume(f) {
			t.Error("it counts")
		}
		w.deliver()
		if w.card.count(applet.Show) != 0 {
			t.Error("the phone shows a confirmation of what was not granted")
		}
	})
}

// TestHubTooLate: neither a signature that came after the time, nor one that nobody took in time, nor a
// wrong control code counts.
func TestHubTooLate(t *testing.T) {
	for name, act := range map[string]func(*bankWorld){
		"late answer": func(w *bankWorld) { w.clock.Advance(3 * time.Minute); w.card.sign(); w.deliver() },
		"left alone":  func(w *bankWorld) { w.card.sign(); w.deliver(); w.clock.Advance(4 * time.Minute) },
		"wrong control": func(w *bankWorld) {
			w.card.answer(w.card.next(applet.Sign), applet.Answer{Result: applet.WrongControl})
		},
		"another key": func(w *bankWorld) {
			l := w.card.next(applet.Sign)
			w.card.answer(l, applet.Answer{Signature: w.card.hash(w.card.keys[applet.Authentication], l.Signed())})
			w.deliver()
		},
	} {
		t.Run(name, func(t *testing.T) {
			banking(t, func(t *testing.T, w *bankWorld) {
				o := w.pay("90.00")
				w.challenge(o)
				act(w)
				w.refused(o, "mobileid.nothing")
			})
		})
	}
}

// TestHubNoStatus: while the status of the certificate cannot be learned the step can be repeated.
func TestHubNoStatus(t *testing.T) {
	banking(t, func(t *testing.T, w *bankWorld) {
		o := w.signed("90.00")
		for _, r := range []mobileid.Reason{mobileid.NoRevocation, mobileid.StaleRevocation} {
			w.judge.verdict = &mobileid.Verdict{Reason: r}
			w.refused(o, "identity.no_status")
		}
		w.judge.verdict = nil
		if out, err := w.step(o); err != nil || out.State != hub.Granted {
			t.Error(out.State, err)
		}
	})
}

// asked is what the method is told of an authentication of a payment.
func (w *bankWorld) asked(o hub.Outcome, amount string) authenticator.Request {
	w.Helper()
	customer, id, ok := authenticator.NewHandles(w.ring, "authentication").Open(o.Handle)
	if !ok {
		w.Fatal("no handle")
	}
	p, _ := w.book.Active().Policy("sim-sign")
	return authenticator.Request{Authentication: id, Customer: customer, Policy: p, Payment: wood(w, amount), Purpose: "payment", Channel: "web", Set: w.book.Active(), Now: w.clock.Now()}
}

// found is the good finding of a signature.
func (w *bankWorld) found(o hub.Outcome, amount string) authenticator.Finding {
	w.Helper()
	f, err := w.method().Check(w.Context(), w.asked(o, amount), authenticator.Proof{})
	if err != nil || !f.Right {
		w.Fatalf("%v, %v", f.Right, err)
	}
	return f
}

func (w *bankWorld) consume(f authenticator.Finding) (ok bool) {
	w.Helper()
	w.check(w.d.Settle(w.Context(), w.owner.Customer, func(tx *db.Tx) (err error) { ok, err = f.Consume(tx); return err }))
	return ok
}

// TestHubOnce: one signature is used once, for its own authentication and payment, by however many at a time.
func TestHubOnce(t *testing.T) {
	banking(t, func(t *testing.T, w *bankWorld) {
		o := w.signed("90.00")
		if _, err := w.method().Check(t.Context(), w.asked(o, "91.00"), authenticator.Proof{}); !fault.Is(err, "mobileid.nothing") {
			t.Errorf("another payment: %v", err)
		}
		other := w.pay("90.00")
		if _, err := w.method().Check(t.Context(), w.asked(other, "90.00"), authenticator.Proof{}); !fault.Is(err, "mobileid.nothing") {
			t.Errorf("another authentication: %v", err)
		}
		first, second := w.found(o, "90.00"), w.found(o, "90.00")
		if !w.consume(first) || w.consume(second) || w.consume(first) {
			t.Error("it does not count once")
		}
		w.deliver()
		if n := w.card.count(applet.Show); n != 1 {
			t.Errorf("%d confirmations", n)
		}
		if _, err := w.method().Check(t.Context(), w.asked(o, "90.00"), authenticator.Proof{}); !fault.Is(err, "mobileid.nothing") {
			t.Errorf("it is there again: %v", err)
		}
	})
}

// TestHubParallel: of 32 steps at once one uses the signature, and all that are answered say the same.
func TestHubParallel(t *testing.T) {
	banking(t, func(t *testing.T, w *bankWorld) {
		o := w.signed("90.00")
		var wg sync.WaitGroup
		start := make(chan struct{})
		for range 32 {
			wg.Go(func() {
				<-start
				if out, err := w.step(o); err == nil && out.State == hub.Denied {
					t.Error(out.State)
				}
			})
		}
		close(start)
		wg.Wait()
		w.deliver()
		out, err := w.hub.Get(t.Context(), bank(), o.Handle)
		w.check(err)
		if n := w.count("mobile_id_request WHERE taken = 1"); out.State != hub.Granted || n != 1 || w.card.count(applet.Show) != 1 {
			t.Errorf("%s; %d signatures are used up, %d confirmations", out.State, n, w.card.count(applet.Show))
		}
	})
}
