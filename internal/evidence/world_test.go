package evidence_test

import (
	"context"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
)

const name = "https://auth.bank.example"

// world is an installation with as many nodes as a test makes.
type world struct {
	t      testing.TB
	d      *db.DB
	clock  *dbtest.Clock
	ring   *keyring.Ring
	issuer *evidence.Issuer
}

func each(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := &world{t: t, d: d, clock: clock, ring: keyringtest.Open(t, d)}
		w.issuer = w.node()
		f(t, w)
	})
}

// node is another node of the installation: it has read nothing yet.
func (w *world) node() *evidence.Issuer {
	return evidence.New(evidence.Config{DB: w.d, Ring: w.ring, Now: w.clock.Now, Name: name})
}

func app() audit.Actor { return audit.Client(ident.Derive("an application"), "online banking") }

// facts are those of a payment with a token that asks for a PIN.
func facts(t testing.TB) evidence.Facts {
	t.Helper()
	p, err := payment.New(payment.Order{Amount: "90.00", Currency: "EUR", Payee: payment.Payee{Scheme: payment.IBAN, Account: "NO93 8601 1117 947", Name: "Kari Nordmann"}, Reference: "rent"})
	if err != nil {
		t.Fatal(err)
	}
	return evidence.Facts{
		Authentication: "a-handle", ID: ident.Derive("an authentication"), Customer: ident.Derive("a customer"), Subject: "10023", Client: app(),
		Purpose: "payment", Channel: "web", Payment: p, Policies: 7, Granted: time.Date(2026, 3, 1, 12, 0, 0, 5e8, time.UTC),
		Proofs: []evidence.Proof{{Policy: "signature", Method: policy.MethodToken, Use: "sign", Factors: authenticator.Possession | authenticator.Knowledge, Device: "KP100"}},
	}
}

func (w *world) issue(i *evidence.Issuer, f evidence.Facts, audience string) evidence.Assertion {
	w.t.Helper()
	a, err := i.Issue(context.Background(), app(), f, audience)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) keySet(i *evidence.Issuer) string {
	w.t.Helper()
	b, err := i.KeySet(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

func (w *world) keys() []evidence.Key {
	w.t.Helper()
	all, err := w.issuer.Keys(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *world) rotate(i *evidence.Issuer, atOnce bool) evidence.Key {
	w.t.Helper()
	k, err := i.Rotate(context.Background(), audit.System("cli"), atOnce)
	if err != nil {
		w.t.Fatal(err)
	}
	return k
}

// exec changes the database behind the package's back.
func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if err := w.d.Write(context.Background(), func(tx *db.Tx) error { _, err := tx.Exec(sql, args...); return err }); err != nil {
		w.t.Fatal(err)
	}
}

// one reads a single number.
func (w *world) one(sql string, args ...any) (n int64) {
	w.t.Helper()
	if err := w.d.Read(context.Background(), func(tx *db.Tx) error { return tx.Row(sql, args...).Scan(&n) }); err != nil {
		w.t.Fatal(err)
	}
	return n
}
