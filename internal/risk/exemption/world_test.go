package exemption_test

import (
	"crypto/rand"
	"errors"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
)

// tb is what tests and property tests have in common.
type tb interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// world is a bank that uses every exemption.
type world struct {
	*exemption.Desk
	t     *testing.T
	clock *dbtest.Clock
}

// everything are the rules of a bank that uses every exemption.
func everything() *policy.Set {
	s := policy.Version0()
	x := &s.Exemptions
	x.Access.On, x.Provider.On, x.Own.On, x.Trusted.On, x.Recurring.On, x.LowValue.On, x.Risk.On = true, true, true, true, true, true, true
	x.Corporate = policy.CorporateRule{On: true, Protocols: []string{"ebics"}}
	x.Euro = policy.Euro{Until: "2030-12-31", Rates: map[string]string{"USD": "1.25"}}
	return s
}

func newWorld(t *testing.T, d *db.DB, clock *dbtest.Clock, set *policy.Set) *world {
	t.Helper()
	b, err := policy.Open(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Desk: &exemption.Desk{DB: d, Policies: b, Rand: rand.Reader}, t: t, clock: clock}
	w.follow(set)
	return w
}

// follow puts other policies in force.
func (w *world) follow(set *policy.Set) {
	w.t.Helper()
	doc, err := set.Format()
	if err != nil {
		w.t.Fatal(err)
	}
	v, err := w.Policies.Store(w.t.Context(), staff(), doc)
	if err == nil {
		err = w.Policies.Activate(w.t.Context(), staff(), w.Policies.Active().Version, v)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func staff() audit.Actor { return audit.Staff(ident.Derive("staff"), "") }

func somebody() ident.ID { return ident.New(dbtest.NewClock().Now(), rand.Reader) }

const (
	friend   = "NO9386011117947"
	landlord = "DE89370400440532013000"
	stranger = "GB82WEST12345698765432"
)

func iban(account string) payment.Payee { return payment.Payee{Scheme: payment.IBAN, Account: account} }

func account(number string) exemption.Account {
	return exemption.Account{Scheme: payment.IBAN, Account: number}
}

// order is one to an account.
func order(amount, currency, to string) payment.Order {
	return payment.Order{Amount: amount, Currency: currency, Payee: iban(to)}
}

func pay(t tb, orders ...payment.Order) payment.Payment {
	t.Helper()
	p, err := payment.New(orders...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func euros(t tb, amount string) payment.Payment { return pay(t, order(amount, "EUR", stranger)) }

// allow is what risk says of what is harmless.
func allow() exemption.Risk { return exemption.Risk{Advice: exemption.Allow, Score: 10} }

// transfer asks for an exemption of a payment.
func transfer(customer ident.ID, p payment.Payment) exemption.Request {
	return exemption.Request{Customer: customer, Channel: "web", Risk: allow(), Payment: p, Instrument: exemption.Transfer}
}

func (w *world) decide(t tb, r exemption.Request) (d exemption.Decision) {
	t.Helper()
	err := w.DB.Read(w.t.Context(), func(tx *db.Tx) (err error) { d, err = w.Decide(tx, r); return err })
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (w *world) use(t tb, d exemption.Decision) (id ident.ID, ok bool) {
	t.Helper()
	err := w.DB.Settle(w.t.Context(), ident.New(w.clock.Now(), rand.Reader), func(tx *db.Tx) (err error) {
		id, ok, err = w.Use(tx, staff(), d)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id, ok
}

// exempt decides and uses; it returns the exemption, or "" when it was refused.
func (w *world) exempt(t tb, r exemption.Request) policy.Exemption {
	t.Helper()
	d := w.decide(t, r)
	if _, ok := w.use(t, d); !ok {
		return ""
	}
	return d.Exemption
}

// shown tells of a strong authentication, and returns its warrant.
func (w *world) shown(t tb, s exemption.Shown) exemption.Warrant {
	t.Helper()
	if s.Authentication.IsZero() {
		s.Authentication = somebody()
	}
	if err := w.DB.Settle(w.t.Context(), s.Customer, func(tx *db.Tx) error { return w.Strong(tx, s) }); err != nil {
		t.Fatal(err)
	}
	return exemption.Warrant{Authentication: s.Authentication, Payment: s.Payment}
}

// warrant is a fresh one for any change.
func (w *world) warrant(customer ident.ID) exemption.Warrant {
	w.t.Helper()
	return w.shown(w.t, exemption.Shown{Customer: customer, Purpose: policy.PurposeSelfService})
}

// approved is a payment with strong authentication.
func (w *world) approved(customer ident.ID, p payment.Payment, i exemption.Instrument) exemption.Warrant {
	w.t.Helper()
	return w.shown(w.t, exemption.Shown{Customer: customer, Purpose: policy.PurposePayment, Channel: "web", Payment: p, Instrument: i})
}

func (w *world) count(sql string, args ...any) (n int) {
	w.t.Helper()
	if err := w.DB.Read(w.t.Context(), func(tx *db.Tx) error { return tx.Row(sql, args...).Scan(&n) }); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// must fails on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused fails unless err is the fault.
func refused(t *testing.T, err error, code string) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Errorf("%v; want %s", errors.Unwrap(err), code)
	}
}

// codes are the reasons against an exemption.
func codes(d exemption.Decision, e policy.Exemption) (all []string) {
	for _, r := range d.Reasons {
		if r.Exemption == e {
			all = append(all, r.Code)
		}
	}
	return all
}
