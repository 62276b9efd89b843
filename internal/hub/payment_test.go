package hub_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

const signSuite = "OCRA-1:HOTP-SHA256-8:C-QN64"

// signing are the rules of these tests with payments: on the web by a signature,
// in a branch by a code and a signature, and one currency only.
var signing = strings.NewReplacer(
	"journeys:\n", `  - {<<: *p, code: signature, name: Signature, use: sign}
signing:
  - {code: keys, keypad: decimal, single: [account, amount], batch: [total, count, payees], currency: EUR}
journeys:
  - {purpose: payment, channel: web, sca: true, ttl: 10m, steps: [[signature]]}
  - {purpose: payment, channel: branch, ttl: 10m, steps: [[secure-code], [signature]]}
`,
	"models:\n", `models:
  - {code: signer, name: Signer, manufacturer: oath.SIGNER, device_pin: true, policies: [secure-code, signature], signing: keys}
  - {code: other, name: Other signer, manufacturer: oath.OTHER, device_pin: true, policies: [secure-code, signature], signing: keys}
`).Replace(rules)

// signer creates a customer with a token that signs, who is enrolled for codes alone:
// tokens were there before signatures were.
func (w *world) signer(number string) customer.Customer {
	w.t.Helper()
	w.activate(rules)
	c := w.customer(number, "PLAIN")
	w.activate(signing)
	var b bytes.Buffer
	f, err := pskc.NewWriter(&b, pskc.WriterOptions{InsecurePlain: true})
	if err == nil {
		err = f.WritePackage(&pskc.KeyPackage{Device: pskc.Device{Manufacturer: "oath.SIGNER", SerialNo: "S" + number}, Key: pskc.Key{
			ID: "sign", Algorithm: pskc.AlgorithmOCRA, Profile: pskc.ProfileOCRA, Suite: signSuite, Secret: pskc.NewSecret(key("S" + number)),
			Counter: pskc.Some(0), Policy: pskc.Policy{Usage: pskc.UseIntegrity},
		}})
	}
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		_, err = w.tokens.ImportFile(w.t.Context(), by(), token.Import{
			Name: "box", Set: w.policies.Active(), AllOrNothing: true, Now: w.clock.Now(),
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil },
		})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(func(tx *db.Tx) error {
		all, err := device.BySerial(tx, "S"+number)
		if err == nil && len(all) == 1 {
			_, err = device.Assign(tx, all[0].ID, c.ID, 0)
		}
		return err
	})
	return c
}

// sign is what the customer's token shows who types what the outcome says.
func sign(t testing.TB, o hub.Outcome, number string, counter uint64) string {
	t.Helper()
	if len(o.Signing) != 1 {
		t.Fatalf("what is to be typed is not there once: %+v", o)
	}
	var typed []string
	for _, e := range o.Signing[0].Entries {
		typed = append(typed, e.Text)
	}
	q, err := payment.Decimal.Question(typed, 64)
	if err != nil {
		t.Fatal(err)
	}
	s, err := oath.ParseSuite(signSuite)
	if err != nil {
		t.Fatal(err)
	}
	x, err := oath.NewOCRA(s, key("S"+number))
	if err != nil {
		t.Fatal(err)
	}
	code, err := x.Code(oath.Input{Question: q, Counter: counter})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// pay makes a payment of as many orders as there are amounts.
func pay(t testing.TB, currency string, amounts ...string) payment.Payment {
	t.Helper()
	var orders []payment.Order
	for _, a := range amounts {
		orders = append(orders, payment.Order{Amount: a, Currency: currency, Payee: payment.Payee{Scheme: payment.IBAN, Account: "NO9386011117947"}})
	}
	p, err := payment.New(orders...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func paying(number string, p payment.Payment) hub.Start {
	return hub.Start{CustomerNumber: number, Purpose: "payment", Payment: p}
}

// TestPayments is F-4.3 at the hub: data values and code come together, the code
// counts for exactly the payment that was started, and a mistake of the bank
// counts against nobody.
func TestPayments(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.signer("100")
		rent := pay(t, "EUR", "950.00")
		o := w.begun(paying("100", rent))
		want := []hub.Signing{{
			Policy: "signature", Profile: "keys", Keypad: payment.Decimal, Models: []string{"signer", "other"}, Names: []string{"Signer", "Other signer"},
			Entries: []payment.Entry{{Field: payment.FieldAccount, Text: "12324" + "9386011117947"}, {Field: payment.FieldAmount, Text: "95000"}},
		}}
		if d := cmp.Diff(want, o.Signing); d != "" || o.Payment != rent.Hash() {
			t.Fatalf("to be typed: %s", d)
		}
		if d := cmp.Diff(want, w.begun(paying("nobody", rent)).Signing); d != "" {
			t.Errorf("for nobody something else is to be typed: %s", d)
		}
		code := sign(t, o, "100", 0)
		if _, err := w.step(o.Handle, hub.Proof{Code: code, Payment: pay(t, "EUR", "951.00")}); !fault.Is(err, "authentication.payment_differs") || fault.KindOf(err) != fault.Conflict {
			t.Errorf("another payment with the code: %v", err)
		}
		if n := w.count("authenticator WHERE policy = 'signature'"); n != 0 {
			t.Errorf("a payment that differs was counted: %d authenticators", n)
		}
		got := w.must(w.step(o.Handle, hub.Proof{Code: code, Payment: pay(t, "EUR", "950")}))
		if got.State != hub.Granted || got.Payment != rent.Hash() || got.Signing != nil {
			t.Errorf("the right code: %+v", got)
		}
		if a := w.holds(c.ID, "signature"); a.Successes != 1 || a.Failures.Count != 0 {
			t.Errorf("%+v", a)
		}
		if _, err := w.step(o.Handle, hub.Proof{Code: code, Payment: pay(t, "EUR", "951.00")}); !fault.Is(err, "authentication.payment_differs") {
			t.Errorf("another payment afterwards: %v", err)
		}
		again := w.begun(paying("100", rent))
		if got := w.must(w.step(again.Handle, hub.Proof{Code: code})); got.Accepted || got.Reason != authenticator.Replayed {
			t.Errorf("the code again: %+v", got)
		}
		if n := w.count("journal WHERE kind = $1", hub.AuditGranted); n != 1 {
			t.Errorf("%d records", n)
		}
	})
}

// TestPaymentInOneCall: with the start, in batches, and after a code.
func TestPaymentInOneCall(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signer("100")
		wages := pay(t, "EUR", "1", "2", "3")
		in := paying("100", wages)
		in.Proof = &hub.Proof{Code: sign(t, w.begun(in), "100", 0), Payment: wages}
		if got := w.must(w.start(in)); got.State != hub.Granted {
			t.Errorf("a batch: %+v", got)
		}
		in.Proof = &hub.Proof{Code: "00000000", Payment: pay(t, "EUR", "1", "2")}
		if _, err := w.start(in); !fault.Is(err, "authentication.payment_differs") {
			t.Errorf("with another payment: %v", err)
		}
		in = paying("100", wages)
		in.Channel = "branch"
		o := w.begun(in)
		if o.Signing != nil || o.Payment != wages.Hash() {
			t.Errorf("before the code: %+v", o)
		}
		o = w.must(w.step(o.Handle, hub.Proof{Code: code("PLAIN100", 0)}))
		if got := w.must(w.step(o.Handle, hub.Proof{Code: sign(t, o, "100", 1)})); got.State != hub.Granted {
			t.Errorf("after the code: %+v", got)
		}
	})
}

// TestPaymentsThatCannotBe are refused before anything is stored.
func TestPaymentsThatCannotBe(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signer("100")
		for name, c := range map[string]struct {
			in   hub.Start
			code string
		}{
			"no payment":            {hub.Start{Purpose: "payment"}, "authentication.payment_missing"},
			"a payment for a login": {hub.Start{Payment: pay(t, "EUR", "1")}, "authentication.payment_unexpected"},
			"another currency":      {hub.Start{Purpose: "payment", Payment: pay(t, "NOK", "1")}, "payment.not_typeable"},
			"after a code":          {hub.Start{Purpose: "payment", Channel: "branch", Payment: pay(t, "NOK", "1")}, "payment.not_typeable"},
		} {
			for _, number := range []string{"100", "nobody"} {
				c.in.CustomerNumber = number
				if got, err := w.start(c.in); !fault.Is(err, c.code) || got.Handle != "" {
					t.Errorf("%s: %+v, %v", name, got, err)
				}
			}
		}
		// A document that was stored before codes and signatures were told apart.
		w.write(func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE policy_version SET document = $1 WHERE version = $2", strings.Replace(rules, "purpose: consent, channel: web", "purpose: payment, channel: web", 1), w.policies.Active().Version)
			return err
		})
		book, err := policy.Open(t.Context(), w.d, nil)
		if err != nil {
			t.Fatal(err)
		}
		old := hub.New(hub.Config{DB: w.d, Ring: keyringtest.Open(t, w.d), Policies: book, Methods: map[policy.Method]authenticator.Method{policy.MethodToken: w.tokens}, Rand: rand.Reader})
		if got, err := old.Start(t.Context(), by(), hub.Start{CustomerNumber: "100", Purpose: "payment", Channel: "web", Payment: pay(t, "EUR", "1"), Proof: &hub.Proof{Code: code("PLAIN100", 0)}}); !fault.Is(err, "authentication.journey") {
			t.Errorf("a payment by a code: %+v, %v", got, err)
		}
		if n := w.count("authentication_payment"); n != 0 {
			t.Errorf("%d payments are stored", n)
		}
	})
}

// TestKeysStandForOnePayment: an idempotency key is for one payment.
func TestKeysStandForOnePayment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signer("100")
		in := paying("100", pay(t, "EUR", "1"))
		in.Key = "k"
		first := w.begun(in)
		if again := w.begun(in); !cmp.Equal(again, first) {
			t.Errorf("again: %s", cmp.Diff(first, again))
		}
		in.Payment = pay(t, "EUR", "2")
		if got, err := w.start(in); !fault.Is(err, "authentication.key_reused") {
			t.Errorf("another payment: %+v, %v", got, err)
		}
	})
}

// TestFirstSignatures: customers who had their tokens before there were signatures
// are enrolled by their first one, right or wrong, and every wrong one counts.
func TestFirstSignatures(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.signer("100")
		in := paying("100", pay(t, "EUR", "1"))
		in.Proof = &hub.Proof{Code: "00000000"}
		for _, got := range w.all(16, func(int) (hub.Outcome, error) { return w.start(in) }) {
			if got.Accepted || got.Reason != authenticator.Wrong {
				t.Errorf("%+v", got)
			}
		}
		if a := w.holds(c.ID, "signature"); a.Failures.Count != 16 {
			t.Errorf("sixteen wrong ones at once count %d", a.Failures.Count)
		}
		in.CustomerNumber = "nobody"
		if got := w.must(w.start(in)); got.Reason != authenticator.None {
			t.Errorf("nobody: %+v", got)
		}
		in = paying("100", pay(t, "EUR", "1"))
		o := w.begun(in)
		in.Proof = &hub.Proof{Code: sign(t, o, "100", 0)}
		granted := slices.DeleteFunc(w.all(16, func(int) (hub.Outcome, error) { return w.start(in) }), func(o hub.Outcome) bool { return o.State != hub.Granted })
		if len(granted) != 1 {
			t.Errorf("one signature was granted %d times", len(granted))
		}
	})
}

// TestStoredPaymentIsTheOne: a payment that was changed in the database is not
// approved, and one that is gone is not either (invariant 8).
func TestStoredPaymentIsTheOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signer("100")
		o := w.begun(paying("100", pay(t, "EUR", "1")))
		right := sign(t, o, "100", 0)
		for name, change := range map[string]func(*db.Tx) error{
			"changed": func(tx *db.Tx) error {
				_, err := tx.Exec("UPDATE authentication_payment SET canonical = $1", pay(t, "EUR", "2").Canonical())
				return err
			},
			"broken": func(tx *db.Tx) error {
				_, err := tx.Exec("UPDATE authentication_payment SET canonical = $1", []byte("x"))
				return err
			},
			"gone": func(tx *db.Tx) error {
				_, err := tx.Exec("DELETE FROM authentication_payment")
				return err
			},
		} {
			w.write(change)
			if got, err := w.step(o.Handle, hub.Proof{Code: right}); err == nil || got.State != "" {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
			w.write(func(tx *db.Tx) error {
				_, err := tx.Exec("DELETE FROM authentication_payment")
				return err
			})
			w.write(func(tx *db.Tx) error {
				_, err := tx.Exec("INSERT INTO authentication_payment (customer, id, canonical) SELECT customer, id, $1 FROM authentication", pay(t, "EUR", "1").Canonical())
				return err
			})
		}
		if got := w.must(w.step(o.Handle, hub.Proof{Code: right})); got.State != hub.Granted {
			t.Errorf("as it was: %+v", got)
		}
	})
}

// TestPaymentsAreSwept with their authentications.
func TestPaymentsAreSwept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signer("100")
		w.begun(paying("100", pay(t, "EUR", "1")))
		w.clock.Advance(31 * 24 * time.Hour)
		if n, _, err := w.hub.Sweep(context.Background(), 100); err != nil || n != 1 {
			t.Fatalf("%d, %v", n, err)
		}
		if n := w.count("authentication_payment"); n != 0 {
			t.Errorf("%d are left", n)
		}
	})
}
