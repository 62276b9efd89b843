package issuing_test

import (
	"crypto/rand"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/vault"
)

var (
	ann    = audit.Staff(ident.Derive("ann"), "ann")
	serial atomic.Int64
)

// world is an issuer with one customer, whose phone has a token and a key.
type world struct {
	testing.TB

	d     *db.DB
	clock *dbtest.Clock
	vault *vault.Desk
	desk  *issuing.Desk

	customers *customer.Register

	who     ident.ID
	card    vault.Account
	token   vault.Issued
	key     vault.Granted
	counter int
	judged  func(a interaction.Ask) judge.Outcome // nil: nobody judges
	over    string                                // the restriction that made a step-up
}

func each(t *testing.T, f func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, newWorld(t, d, clock, nil)) })
}

func newWorld(t testing.TB, d *db.DB, clock *dbtest.Clock, change func(*vault.Profile)) *world {
	t.Helper()
	ring := keyringtest.Open(t, d)
	w := &world{TB: t, d: d, clock: clock, vault: &vault.Desk{DB: d, Ring: ring, Rand: rand.Reader}}
	set := policy.Version0()
	w.desk = &issuing.Desk{DB: d, Ring: ring, Vault: w.vault, Rand: rand.Reader, Policies: inForce{set}, Assess: w.assess}
	w.customers = &customer.Register{DB: d, Ring: ring, Rand: rand.Reader}
	c := must[customer.Customer](w)(w.customers.Create(w.Context(), ann, customer.New{Number: "1"}))
	w.who = c.ID
	profile := vault.DefaultProfile()
	if change != nil {
		change(&profile)
	}
	p := must[vault.Portfolio](w)(w.vault.CreatePortfolio(w.Context(), ann, vault.NewPortfolio{Name: "cards", Range: vault.Range{Prefix: "490000", Digits: 16}, Profile: profile}))
	w.card = must[vault.Account](w)(w.vault.AddAccount(w.Context(), ann, vault.NewAccount{Customer: c.ID, Portfolio: p.ID, Number: "4147090000001237", Expires: "2912"}))
	w.token = must[vault.Issued](w)(w.vault.Issue(w.Context(), ann, w.card.ID, w.phone()))
	w.ok(w.vault.Activate(w.Context(), ann, w.token.ID))
	w.key = must[vault.Granted](w)(w.vault.Renew(w.Context(), ann, w.token.ID, vault.Key, 1))
	return w
}

type inForce struct{ *policy.Set }

func (f inForce) Active() *policy.Set { return f.Set }

// phone is a device of the customer.
func (w *world) phone() ident.ID {
	w.Helper()
	x := device.Device{ID: ident.New(w.clock.Now(), rand.Reader), Kind: device.Companion, Manufacturer: "companion", Status: device.Active, Customer: w.who, Created: w.clock.Now(), Assigned: w.clock.Now()}
	x.Serial = device.Serial(x.ID.String())
	w.ok(w.d.Write(w.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(device.InsertSQL, x.Row()...)
		return err
	}))
	return x.ID
}

// assess stands for the pattern of the customer's devices.
func (w *world) assess(tx *db.Tx, _ audit.Actor, a interaction.Ask) (x interaction.Decision, judged bool, err error) {
	if w.judged == nil {
		return x, false, nil
	}
	x = interaction.Decision{ID: ident.New(tx.Now, rand.Reader), Customer: a.Customer, Mode: policy.InteractionOn, Outcome: w.judged(a)}
	if x.Outcome == judge.StepUp {
		x.Details.Over = w.over
	}
	return x, true, nil
}

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

// suite is the key of the customer's phone, ready for use.
func (w *world) suite() *cryptogram.Key {
	w.Helper()
	s := cryptogram.AES
	if len(w.key.Secret) == 16 {
		s = cryptogram.TDES
	}
	return must[*cryptogram.Key](w)(cryptogram.NewKey(s, w.key.Secret))
}

// payment is the next one by chip.
func (w *world) payment(amount int64) issuing.Request {
	w.Helper()
	w.counter++
	c := issuing.Chip{
		Transaction: cryptogram.Transaction{Amount: uint64(amount), Country: 276, Currency: 978, Date: "261123", Unpredictable: [4]byte{1, 2, 3, 4}, ATC: uint16(w.counter)},
		Application: cryptogram.ApplicationData{KeySet: byte(w.key.KeySet), CVR: [5]byte{3}, Wallet: 7, Index: w.key.Index},
	}
	r := w.bare(amount)
	r.Chip = &c
	w.sign(&r)
	return r
}

// sign gives a payment by chip its cryptogram.
func (w *world) sign(r *issuing.Request) {
	w.Helper()
	t := r.Chip.Transaction
	t.Tail = r.Chip.Application.CVR[:]
	r.Chip.Cryptogram = w.suite().Cryptogram(must[[]byte](w)(t.Data()))[:cryptogram.Short]
}

// bare is a payment without any proof.
func (w *world) bare(amount int64) issuing.Request {
	return issuing.Request{
		Key: fmt.Sprintf("request-%d", serial.Add(1)), Path: issuing.Network, Number: w.token.Number, Amount: amount, Currency: "EUR", At: w.clock.Now().Truncate(time.Second),
		Merchant: issuing.Merchant{ID: "SHOP", Name: "Corner shop", Category: "5411", Country: "276", Terminal: "T1"},
	}
}

func (w *world) ask(r issuing.Request) issuing.Decision {
	w.Helper()
	return must[issuing.Decision](w)(w.desk.Authorize(w.Context(), ann, r))
}

// refused checks that a request is declined for a reason.
func (w *world) refused(what string, r issuing.Request, why issuing.Reason, detail string) {
	w.Helper()
	if d := w.ask(r); d.Outcome != issuing.Decline || d.Reason != why || d.Detail != detail || d.Approved != 0 || d.Code != "" {
		w.Errorf("%s: %+v", what, d)
	}
}

// grant is the state of the phone's key.
func (w *world) grant() vault.Grant {
	w.Helper()
	return must[[]vault.Grant](w)(w.vault.Grants(w.Context(), w.token.ID))[0]
}
