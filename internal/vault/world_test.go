package vault_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/vault"
)

var (
	ann    = audit.Staff(ident.Derive("ann"), "ann")
	ours   = vault.Range{Prefix: "490000", Digits: 16}
	serial atomic.Int64
)

// world is an issuer with a vault.
type world struct {
	testing.TB

	d     *db.DB
	clock *dbtest.Clock
	ring  *keyring.Ring
	desk  *vault.Desk
}

func each(t *testing.T, f func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		ring := keyringtest.Open(t, d)
		f(t, &world{TB: t, d: d, clock: clock, ring: ring, desk: &vault.Desk{DB: d, Ring: ring, Rand: rand.Reader}})
	})
}

// must ends the test at an error.
func must[T any](w testing.TB) func(T, error) T {
	return func(x T, err error) T {
		w.Helper()
		if err != nil {
			w.Fatal(err)
		}
		return x
	}
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) wants(err error, code string) {
	w.Helper()
	if !fault.Is(err, code) {
		w.Errorf("%v, want %s", err, code)
	}
}

// portfolio is a new one, with a profile that may be changed before.
func (w *world) portfolio(name string, r vault.Range, change func(*vault.Profile)) vault.Portfolio {
	w.Helper()
	p := vault.DefaultProfile()
	if change != nil {
		change(&p)
	}
	return must[vault.Portfolio](w)(w.desk.CreatePortfolio(w.Context(), ann, vault.NewPortfolio{Name: name, Range: r, Profile: p}))
}

// person is a new customer with a device in use.
func (w *world) person() (who, phone ident.ID) {
	w.Helper()
	n := serial.Add(1)
	cards := &customer.Register{DB: w.d, Ring: w.ring, Rand: rand.Reader}
	c := must[customer.Customer](w)(cards.Create(w.Context(), ann, customer.New{Number: fmt.Sprintf("V%d", n)}))
	return c.ID, w.phone(c.ID)
}

// phone is another device of a customer.
func (w *world) phone(who ident.ID) ident.ID {
	w.Helper()
	x := device.Device{ID: ident.New(w.clock.Now(), rand.Reader), Kind: device.Companion, Manufacturer: "companion", Status: device.Active, Customer: who, Created: w.clock.Now(), Assigned: w.clock.Now()}
	x.Serial = device.Serial(x.ID.String())
	w.ok(w.d.Write(w.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(device.InsertSQL, x.Row()...)
		return err
	}))
	return x.ID
}

// pan is a card number of its own.
func pan() string {
	s := fmt.Sprintf("41470900%07d", serial.Add(1))
	for c := byte('0'); c <= '9'; c++ {
		if _, err := vault.Number(s + string(c)); err == nil {
			return s + string(c)
		}
	}
	panic("no check digit fits")
}

// card enrolls a card of a customer.
func (w *world) card(p vault.Portfolio, who ident.ID) vault.Account {
	w.Helper()
	return must[vault.Account](w)(w.desk.AddAccount(w.Context(), ann, vault.NewAccount{Customer: who, Portfolio: p.ID, Number: pan(), Expires: "2912"}))
}

// token is an active token on a new customer's phone.
func (w *world) token(p vault.Portfolio) vault.Issued {
	w.Helper()
	who, phone := w.person()
	t := must[vault.Issued](w)(w.desk.Issue(w.Context(), ann, w.card(p, who).ID, phone))
	w.ok(w.desk.Activate(w.Context(), ann, t.ID))
	return t
}

// now is the token as it is stored.
func (w *world) now(id ident.ID) vault.Token {
	w.Helper()
	var t vault.Token
	w.ok(w.d.Read(w.Context(), func(tx *db.Tx) error {
		var err error
		t, err = vault.Need(tx, id)
		return err
	}))
	return t
}

// key gives a token its next key.
func (w *world) key(t vault.Token) vault.Granted {
	w.Helper()
	return must[vault.Granted](w)(w.desk.Renew(w.Context(), ann, t.ID, vault.Key, w.now(t.ID).Renewals+1))
}

// use takes of a grant.
func (w *world) use(g vault.Granted, amount int64, currency string) vault.Worn {
	w.Helper()
	var out vault.Worn
	w.ok(w.d.Write(w.Context(), func(tx *db.Tx) error {
		var err error
		out, err = vault.Use(tx, vault.Charge{Token: g.Token, Kind: g.Kind, Index: g.Index, Amount: amount, Currency: currency})
		return err
	}))
	return out
}

// fieldOf is the field that a fault names.
func fieldOf(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Field
	}
	return ""
}
