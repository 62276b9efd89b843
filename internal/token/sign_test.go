package token_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

const (
	signSuite  = "OCRA-1:HOTP-SHA256-8:C-QN64"
	clockSuite = "OCRA-1:HOTP-SHA256-8:QN64-T1M"
)

// signers makes the world one of signatures.
func (w *world) signers() {
	w.policy, _ = w.set.Policy("transaction-signature")
	w.policy.Failures.Max = 100
}

// signs makes a key one that signs, of a model that does.
func signs(suite string) func(*pskc.KeyPackage) {
	return func(p *pskc.KeyPackage) {
		ocra(suite)(p)
		p.Device.Manufacturer, p.Device.Model = "oath.ALDR", "k400"
		p.Key.Policy.Usage = pskc.UseIntegrity
	}
}

// pay makes a payment.
func pay(t testing.TB, amount, currency, account string) payment.Payment {
	t.Helper()
	p, err := payment.New(payment.Order{Amount: amount, Currency: currency, Payee: payment.Payee{Scheme: payment.IBAN, Account: account, Name: "Kari"}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const kari, ola = "NO9386011117947", "DE89370400440532013000"

// typed is what a token shows after the entries were typed into it. It follows
// the rule by itself.
func typed(t testing.TB, w *world, serial, suite, model string, p payment.Payment, in oath.Input) string {
	t.Helper()
	profile, _ := w.set.ProfileOf(model)
	entries, err := profile.Entries(p)
	if err != nil {
		t.Fatal(err)
	}
	in.Question = string(rune('0' + len(entries)))
	for _, e := range entries {
		in.Question += string(rune('0'+len(e.Text)/10)) + string(rune('0'+len(e.Text)%10)) + e.Text
	}
	in.Question += strings.Repeat("0", 64-len(in.Question))
	return respond(serial, suite, in, "")
}

// sign verifies a signature.
func (w *world) sign(c ident.ID, p payment.Payment, code string) authenticator.Reason {
	w.t.Helper()
	r, err := w.trySign(c, p, code)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) trySign(c ident.ID, p payment.Payment, code string) (reason authenticator.Reason, err error) {
	r := w.request(c)
	r.Payment = p
	f, err := w.tokens.Check(context.Background(), r, authenticator.Proof{Code: code})
	if err != nil {
		return "", err
	}
	settle := func(f authenticator.Finding) error {
		return w.d.Settle(context.Background(), c, func(tx *db.Tx) (err error) {
			reason, err = authenticator.Settle(tx, by(), c, w.policy, f)
			return err
		})
	}
	if err = settle(f); errors.Is(err, authenticator.ErrLost) {
		err = settle(authenticator.Lost())
	}
	return reason, err
}

// TestSignatures is invariant 3: a code is accepted for exactly the payment that
// was typed, once (F-4.3.3 to F-4.3.7, SCA-13 to SCA-15).
func TestSignatures(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signers()
		c := w.owned("S1", signs(signSuite))
		p := pay(t, "90.00", "EUR", kari)
		at := func(p payment.Payment, counter uint64) string {
			return typed(t, w, "S1", signSuite, "k400", p, oath.Input{Counter: counter})
		}
		for name, other := range map[string]payment.Payment{
			"another amount": pay(t, "90.01", "EUR", kari), "ten times": pay(t, "900.00", "EUR", kari), "another payee": pay(t, "90.00", "EUR", ola),
			"another currency": pay(t, "90.00", "NOK", kari), "the same digits in another currency": pay(t, "9000", "JPY", kari),
		} {
			if got := w.sign(c, other, at(p, 0)); got != authenticator.Wrong {
				t.Errorf("a code for %s: %q", name, got)
			}
		}
		if got := w.sign(ident.Derive("somebody else"), p, at(p, 0)); got != authenticator.None {
			t.Errorf("for somebody else: %q", got)
		}
		if got := w.sign(c, p, at(p, 0)); got != authenticator.Accepted {
			t.Fatalf("the right code: %q", got)
		}
		if got := w.sign(c, p, at(p, 0)); got != authenticator.Replayed {
			t.Errorf("the same again: %q", got)
		}
		if got := w.sign(c, pay(t, "90.01", "EUR", kari), at(p, 0)); got != authenticator.Wrong {
			t.Errorf("a spent code for another payment: %q", got)
		}
		if got := w.sign(c, p, at(p, 3)); got != authenticator.Accepted {
			t.Errorf("the same payment made again: %q", got)
		}
		for _, counter := range []uint64{1, 2} {
			if got := w.sign(c, p, at(p, counter)); got != authenticator.Wrong {
				t.Errorf("a code from before, counter %d: %q", counter, got)
			}
		}
		if k := w.item("S1").Keys; len(k) != 1 || k[0].Next != 4 || k[0].Uses != 2 {
			t.Errorf("%+v", k)
		}
	})
}

// TestSignatureOfAnything: whatever two payments are, the code of one is right for
// the other exactly when nothing that is bound differs.
func TestSignatureOfAnything(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signers()
		c := w.owned("S1", signs(signSuite))
		pick := func(r *rapid.T, name string) payment.Payment {
			of := func(part string, values ...string) string { return rapid.SampledFrom(values).Draw(r, name+" "+part) }
			return pay(t, of("amount", "1", "10", "16", "100", "160"), of("currency", "EUR", "NOK", "JPY"), of("payee", kari, ola))
		}
		rapid.Check(t, func(r *rapid.T) {
			a, b := pick(r, "typed"), pick(r, "sent")
			req := w.request(c)
			req.Payment = b
			f, err := w.tokens.Check(t.Context(), req, authenticator.Proof{Code: typed(t, w, "S1", signSuite, "k400", a, oath.Input{})})
			if err != nil || f.Right != (a.Hash() == b.Hash()) {
				r.Fatalf("right is %t for\n%s\nof\n%s, %v", f.Right, b.Text(payment.Words{}), a.Text(payment.Words{}), err)
			}
		})
	})
}

// TestOneSignatureManyTakers is invariant 1 for signatures, with a counter and
// with a clock.
func TestOneSignatureManyTakers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signers()
		p := pay(t, "90.00", "EUR", kari)
		for serial, suite := range map[string]string{"SC": signSuite, "ST": clockSuite} {
			c := w.owned(serial, signs(suite))
			for round := range uint64(8) {
				w.clock.Advance(time.Minute)
				code := typed(t, w, serial, suite, "k400", p, oath.Input{Counter: round, Time: w.clock.Now()})
				var won atomic.Int32
				var wg sync.WaitGroup
				for range 32 {
					wg.Go(func() {
						reason, err := w.trySign(c, p, code)
						if err != nil {
							t.Error(err)
						}
						if reason == authenticator.Accepted {
							won.Add(1)
						}
					})
				}
				wg.Wait()
				if won.Load() != 1 {
					t.Fatalf("%s, round %d: accepted %d times", suite, round, won.Load())
				}
			}
		}
	})
}

// TestSignaturesByTheClock: without a counter the time step is what is spent, for
// any payment.
func TestSignaturesByTheClock(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signers()
		c := w.owned("ST", signs(clockSuite))
		one, two := pay(t, "1", "EUR", kari), pay(t, "2", "EUR", kari)
		try := func(p payment.Payment, ahead time.Duration) authenticator.Reason {
			return w.sign(c, p, typed(t, w, "ST", clockSuite, "k400", p, oath.Input{Time: w.clock.Now().Add(ahead)}))
		}
		for i, s := range []struct {
			p     payment.Payment
			ahead time.Duration
			want  authenticator.Reason
		}{
			{one, 5 * time.Minute, authenticator.Accepted}, // its clock is learned
			{one, 5 * time.Minute, authenticator.Wrong},
			{two, 5 * time.Minute, authenticator.Wrong}, // one signature a step
			{two, 4 * time.Minute, authenticator.Wrong},
			{two, 6 * time.Minute, authenticator.Accepted},
		} {
			if got := try(s.p, s.ahead); got != s.want {
				t.Errorf("%d: %q, want %q", i, got, s.want)
			}
		}
	})
}

// TestPINInASignature: the PIN goes into the computation, for the signing key too.
func TestPINInASignature(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const suite = "OCRA-1:HOTP-SHA256-8:C-QN64-PSHA1"
		w.signers()
		var b box
		b.add("P1", "k", func(p *pskc.KeyPackage) {
			signs(suite)(p)
			p.Device.Model = "k310"
			p.Key.Policy.PIN = &pskc.PINPolicy{KeyID: "pin", Mode: pskc.PINAlgorithmic}
		})
		b.pinKey("P1", "pin", "4711")
		b[1].Device = b[0].Device
		for _, r := range w.load(b) {
			if r.Result != token.Imported {
				t.Fatalf("%+v", r)
			}
		}
		c := ident.Derive("customer", "P1")
		w.assign("P1", c)
		p := pay(t, "90.00", "EUR", kari)
		profile, _ := w.set.ProfileOf("k310")
		q, err := profile.Question(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []struct {
			pin  string
			want authenticator.Reason
		}{{"4712", authenticator.Wrong}, {"4711", authenticator.Accepted}, {"4711", authenticator.Replayed}} {
			if got := w.sign(c, p, respond("P1", suite, oath.Input{Question: q}, s.pin)); got != s.want {
				t.Errorf("PIN %s: %q, want %q", s.pin, got, s.want)
			}
		}
	})
}

// TestKeysThatCannotSign are told at the import.
func TestKeysThatCannotSign(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for says, change := range map[string]func(*pskc.KeyPackage){
			"neither a counter nor a clock": signs("OCRA-1:HOTP-SHA256-8:QN64"),
			"takes questions QN40":          signs("OCRA-1:HOTP-SHA256-8:C-QN40"),
			"takes questions QA64":          signs("OCRA-1:HOTP-SHA256-8:C-QA64"),
			"gives the whole HMAC":          signs("OCRA-1:HOTP-SHA256-0:C-QN64"),
			"only OCRA signs payments": func(p *pskc.KeyPackage) {
				h := *p
				signs(signSuite)(p)
				p.Key, p.Key.Policy.Usage = h.Key, pskc.UseIntegrity
			},
			"asks for session data, which a token w": signs("OCRA-1:HOTP-SHA256-8:C-QN64-S064"),
		} {
			var b box
			b.add("X1", "k", change)
			if rows := w.load(b); len(rows) != 1 || rows[0].Result != token.Refused || !strings.Contains(rows[0].Reason, says) {
				t.Errorf("%+v, want %q", rows, says)
			}
		}
	})
}

// TestKeysOfModelsThatSignLater: keys that no signature could be made with came in
// when their model signed nothing. They match nothing, whatever they compute.
func TestKeysOfModelsThatSignLater(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signers()
		at := slices.IndexFunc(w.set.Models, func(m policy.Model) bool { return m.Code == "k400" })
		later := w.set.Models[at]
		w.set.Models[at].Policies, w.set.Models[at].Signing = []string{"secure-code"}, ""
		event := w.owned("H1", func(p *pskc.KeyPackage) {
			h := *p
			signs(signSuite)(p)
			p.Key, p.Key.Policy.Usage = h.Key, pskc.UseIntegrity
		})
		forever := w.owned("Q1", signs("OCRA-1:HOTP-SHA256-8:QN64"))
		w.set.Models[at] = later
		p := pay(t, "90.00", "EUR", kari)
		if got := w.sign(event, p, hotp("H1", 0)); got != authenticator.Wrong {
			t.Errorf("a plain secure code: %q", got)
		}
		if got := w.sign(forever, p, typed(t, w, "Q1", "OCRA-1:HOTP-SHA256-8:QN64", "k400", p, oath.Input{})); got != authenticator.Wrong {
			t.Errorf("a signature that can be used again: %q", got)
		}
	})
}

// TestSignaturesAreNoCodes, nor are codes signatures: each key serves its use.
func TestSignaturesAreNoCodes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var b box
		b.add("B1", "login", func(p *pskc.KeyPackage) { p.Device.Manufacturer, p.Device.Model = "oath.ALDR", "k400" })
		b.add("B1", "sign", signs(signSuite))
		w.load(b)
		c := ident.Derive("customer", "B1")
		w.assign("B1", c)
		login := w.policy
		w.signers()
		w.write(func(tx *db.Tx) error { return authenticator.Enroll(tx, by(), c, w.policy) })
		p := pay(t, "90.00", "EUR", kari)
		code := typed(t, w, "B1", signSuite, "k400", p, oath.Input{})
		if got := w.sign(c, p, hotp("B1", 0)); got != authenticator.Wrong {
			t.Errorf("a secure code for a payment: %q", got)
		}
		w.policy = login
		if got := w.verify(c, code); got != authenticator.Wrong {
			t.Errorf("a signature for a login: %q", got)
		}
		if got := w.verify(c, hotp("B1", 0)); got != authenticator.Accepted {
			t.Errorf("a secure code for a login: %q", got)
		}
		w.signers()
		if got := w.sign(c, p, code); got != authenticator.Accepted {
			t.Errorf("a signature for a payment: %q", got)
		}
		if _, err := w.trySign(c, payment.Payment{}, code); err == nil {
			t.Error("a signature of nothing was looked at")
		}
		err := w.d.Settle(t.Context(), c, func(tx *db.Tx) error {
			_, err := w.tokens.Begin(tx, w.request(c))
			return err
		})
		if !fault.Is(err, "token.no_challenge") {
			t.Errorf("a challenge for a signature: %v", err)
		}
	})
}

// TestOtherKeypads: tokens with letters, and tokens that are told the hash.
func TestOtherKeypads(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signers()
		p := pay(t, "90.00", "EUR", kari)
		for _, c := range []struct {
			keypad          payment.Keypad
			suite, question string
		}{
			{payment.Text, "OCRA-1:HOTP-SHA256-8:C-QA64", "3161NO9386011117947" + "049000" + "03978" + strings.Repeat("0", 34)},
			{payment.Wire, "OCRA-1:HOTP-SHA256-8:C-QH64", p.Hash().String()},
		} {
			if w.set.Signing[0].Keypad = c.keypad; c.keypad == payment.Wire {
				w.set.Signing[0].Single, w.set.Signing[0].Batch = nil, nil
			}
			if err := w.set.Signing[0].Validate(); err != nil {
				t.Fatal(err)
			}
			serial := "K" + string(c.keypad[0])
			id := w.owned(serial, signs(c.suite))
			if got := w.sign(id, p, respond(serial, c.suite, oath.Input{Question: c.question}, "")); got != authenticator.Accepted {
				t.Errorf("%s: %q", c.keypad, got)
			}
		}
	})
}

// TestSignaturesComeBackIntoStep: a challenge is typed as the only entry, so that
// the code for it is nobody's signature; and after a restore that must come first,
// for the same payment may be made again.
func TestSignaturesComeBackIntoStep(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signers()
		c := w.owned("S1", signs(signSuite))
		p := pay(t, "90.00", "EUR", kari)
		sign := func(counter uint64) authenticator.Reason {
			return w.sign(c, p, typed(t, w, "S1", signSuite, "k400", p, oath.Input{Counter: counter}))
		}
		upkeep := token.NewUpkeep(w.tokens, func() *policy.Set { return w.set })
		resync := func(counters ...uint64) token.Resynced {
			t.Helper()
			at := token.Challenges{Target: w.target("S1"), Policy: w.policy.Code, Number: len(counters)}
			posed, err := upkeep.Challenges(t.Context(), by(), sure{}, at)
			if err != nil {
				t.Fatal(err)
			}
			in := token.Resync{Target: at.Target, Policy: at.Policy}
			for i, n := range counters {
				q := "108" + posed[i].Question + strings.Repeat("0", 53)
				in.Challenges = append(in.Challenges, posed[i].ID)
				in.Codes = append(in.Codes, respond("S1", signSuite, oath.Input{Question: q, Counter: n}, ""))
			}
			out, err := upkeep.Resync(t.Context(), by(), sure{}, in)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		if got := sign(0); got != authenticator.Accepted {
			t.Fatalf("the first: %q", got)
		}
		w.keep()
		if got := sign(1); got != authenticator.Accepted {
			t.Fatalf("the second: %q", got)
		}
		w.restore(1000)
		for counter := range uint64(3) {
			if got := sign(counter); got != authenticator.Wrong {
				t.Errorf("after a restore, counter %d: %q", counter, got)
			}
		}
		if got := resync(4); got.Outcome != token.Synchronized || got.Moved != 4 {
			t.Fatalf("by one code: %+v", got)
		}
		for counter, want := range map[uint64]authenticator.Reason{1: authenticator.Wrong, 3: authenticator.Wrong} {
			if got := sign(counter); got != want {
				t.Errorf("spent or passed by, counter %d: %q", counter, got)
			}
		}
		if got := sign(5); got != authenticator.Accepted {
			t.Errorf("in step again: %q", got)
		}
		if got := resync(700, 701); got.Outcome != token.Synchronized {
			t.Errorf("far ahead: %+v", got)
		}
		if got := resync(600); got.Outcome != token.NoMatch {
			t.Errorf("behind: %+v", got)
		}
	})
}

// TestClocksOfSignaturesAfterARestore: no step that may have been spent is taken.
func TestClocksOfSignaturesAfterARestore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signers()
		c := w.owned("ST", signs(clockSuite))
		p := pay(t, "90.00", "EUR", kari)
		sign := func(at time.Time) authenticator.Reason {
			return w.sign(c, p, typed(t, w, "ST", clockSuite, "k400", p, oath.Input{Time: at}))
		}
		w.keep()
		spent := w.clock.Now()
		if got := sign(spent); got != authenticator.Accepted {
			t.Fatalf("%q", got)
		}
		w.restore(1000)
		if got := sign(spent); got != authenticator.Wrong {
			t.Errorf("after a restore: %q", got)
		}
		w.clock.Advance(time.Duration(w.policy.Time.MaxDrift+2) * time.Minute)
		if got := sign(w.clock.Now()); got != authenticator.Accepted {
			t.Errorf("later: %q", got)
		}
	})
}

// TestSuspendedTokensDoNotSign: what a device may not do, its signing key may not.
func TestSuspendedTokensDoNotSign(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signers()
		c := w.owned("S1", signs(signSuite))
		p := pay(t, "90.00", "EUR", kari)
		w.status("S1", device.Suspended)
		if got := w.sign(c, p, typed(t, w, "S1", signSuite, "k400", p, oath.Input{})); got != authenticator.Wrong {
			t.Errorf("%q", got)
		}
	})
}
