package mobileid_test

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/ota/applet"
)

// rules are small numbers, so that every bound is reached soon.
const rules = `policies:
  - {code: sim, method: mobile-id, failures: {max: 5, cool_down: 15m}, approval: {bank: Example Bank, ttl: 2m, resend: 30s}}
  - {code: sim-sign, method: mobile-id, use: sign, failures: {max: 5, cool_down: 15m}, approval: {bank: Example Bank, ttl: 2m, control: chosen}}
journeys:
  - {purpose: login, channel: web, ttl: 10m, sca: true, steps: [[sim]]}
  - {purpose: payment, channel: web, ttl: 10m, sca: true, steps: [[sim-sign]]}
registration: {code_length: 16, code_valid: 168h, attempts: {max: 5, cool_down: 15m}, resume: 30m, token_tries: {max: 5, cool_down: 15m}, pin_length: 4}
mobile_id: {service: Example Bank, ttl: 1m, max_ttl: 5m, hold: 24h, numbers: 2, limits: {window: 10m, number: 6, provider: 40, all: 1000}, refusals: {max: 2, cool_down: 15m}, guesses: {max: 2, cool_down: 1h}}
`

// world is a bank whose customers sign on their SIM cards.
type world struct {
	testing.TB

	d        *db.DB
	ring     *keyring.Ring
	clock    *dbtest.Clock
	book     *policy.Book
	box      *outbox.Outbox
	register *customer.Register
	cards    *cards
	ca       *authority
	desk     *mobileid.Desk
	method   *interrupted
	hub      *hub.Hub

	mu      sync.Mutex
	news    []string
	refused []mobileid.Transaction
}

var (
	system = audit.System("test")
	ap     = mobileid.Provider{Code: "shop", Name: "Corner Shop", Entitled: true}
	closed = mobileid.Provider{Code: "stranger", Name: "Stranger"}
)

func each(t *testing.T, f func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, newWorld(t, d, clock)) })
}

func newWorld(t testing.TB, d *db.DB, clock *dbtest.Clock) *world {
	t.Helper()
	ring := keyringtest.Open(t, d)
	book, err := policy.Open(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, d: d, ring: ring, clock: clock, book: book, box: outbox.New(d, ring, outbox.Config{Now: clock.Now, Rand: rand.Reader})}
	v, err := book.Store(t.Context(), system, []byte(rules))
	if err == nil {
		err = book.Activate(t.Context(), system, book.Active().Version, v)
	}
	w.check(err)
	w.register = &customer.Register{
		DB: d, Ring: ring, Rand: rand.Reader,
		Forget: []func(*db.Tx, ident.ID) error{func(tx *db.Tx, c ident.ID) error { return w.desk.Forget(tx, c) }},
		Turned: []func(*db.Tx, audit.Actor, ident.ID) error{func(tx *db.Tx, by audit.Actor, c ident.ID) error { return w.desk.CustomerTurned(tx, by, c) }},
		Closed: []func(*db.Tx, audit.Actor, ident.ID) error{func(tx *db.Tx, by audit.Actor, c ident.ID) error { return w.desk.Closed(tx, by, c) }},
	}
	w.cards, w.ca = &cards{w: w, all: map[ident.ID]*sim{}}, newAuthority(t, clock)
	w.desk = mobileid.New(mobileid.Config{
		DB: d, Ring: ring, Policies: book, Outbox: w.box, Cards: w.cards, CA: w.ca, Country: "CH", Organization: "Example Bank",
		Tell: func(_ *db.Tx, _ audit.Actor, n mobileid.News) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.news = append(w.news, n.Kind)
			return nil
		},
		Refused: w.refuse,
	})
	w.method = &interrupted{Method: mobileid.Method{Desk: w.desk}}
	w.hub = hub.New(hub.Config{
		DB: d, Ring: ring, Policies: book, Rand: rand.Reader, Evidence: evidence.New(evidence.Config{DB: d, Ring: ring, Now: clock.Now, Name: "https://bank.example"}),
		Methods: map[policy.Method]authenticator.Method{policy.MethodMobileID: w.method},
	})
	return w
}

func (w *world) refuse(tx *db.Tx, by audit.Actor, t mobileid.Transaction) error {
	w.mu.Lock()
	w.refused = append(w.refused, t)
	w.mu.Unlock()
	if t.Authentication.IsZero() {
		return nil
	}
	why := hub.Declined
	if t.Status == mobileid.Reported {
		why = hub.Disowned
	}
	_, err := w.hub.Refuse(tx, by, t.Customer, t.Authentication, why)
	return err
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// deliver runs the outbox.
func (w *world) deliver() {
	w.Helper()
	_, err := w.box.Deliver(w.Context(), map[string]outbox.Handler{
		mobileid.MessageCertify: mobileid.Certifier{Desk: w.desk}, mobileid.MessageValidate: mobileid.Validator{Desk: w.desk}, mobileid.MessageStamp: mobileid.Stamper{Desk: w.desk},
		mobileid.MessageNothing: outbox.HandlerFunc(func(context.Context, outbox.Message) error { return nil }),
	})
	w.check(err)
}

func (w *world) customer(number string) customer.Customer {
	w.Helper()
	c, err := w.register.Create(w.Context(), system, customer.New{Number: number, Name: "Ada Example"})
	w.check(err)
	return c
}

// person is a customer with an active mobile ID.
func (w *world) person(number, phone string) (mobileid.MobileID, *sim) {
	w.Helper()
	s := w.cards.add(phone)
	c := w.customer(number)
	r, err := w.desk.Register(w.Context(), system, mobileid.Enrollment{Customer: c.ID, Number: phone})
	w.check(err)
	return w.finish(r, s), s
}

// finish answers a registration on the phone.
func (w *world) finish(r mobileid.Registration, s *sim) mobileid.MobileID {
	w.Helper()
	s.generate(r.Control)
	s.generate("")
	w.deliver()
	return w.mobile(r.MobileID)
}

func (w *world) mobile(m mobileid.MobileID) mobileid.MobileID {
	w.Helper()
	p, err := w.desk.Profile(w.Context(), m.Customer, m.ID)
	w.check(err)
	return p.MobileID
}

// sign asks by number.
func (w *world) sign(p mobileid.Provider, phone, text string) (mobileid.Transaction, error) {
	return w.desk.Sign(w.Context(), system, mobileid.Request{Provider: p, User: mobileid.User{Number: phone}, Role: applet.Authentication, Text: text, Control: applet.ShownControl})
}

func (w *world) ask(phone, text string) mobileid.Transaction {
	w.Helper()
	t, err := w.sign(ap, phone, text)
	w.check(err)
	return t
}

func (w *world) get(t mobileid.Transaction) mobileid.Transaction {
	w.Helper()
	got, err := w.desk.Get(w.Context(), mobileid.AnyProvider, t.Handle)
	w.check(err)
	return got
}

func (w *world) status(t mobileid.Transaction, want mobileid.Status, why mobileid.Reason) mobileid.Transaction {
	w.Helper()
	got := w.get(t)
	if got.Status != want || got.Reason != why {
		w.Fatalf("%s (%s); want %s (%s)", got.Status, got.Reason, want, why)
	}
	return got
}

func (w *world) count(what string, args ...any) (n int) {
	w.Helper()
	w.check(w.d.Read(w.Context(), func(tx *db.Tx) error { return tx.Row("SELECT COUNT(*) FROM "+what, args...).Scan(&n) }))
	return n
}

func want(t testing.TB, err error, code string) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("%v; want %s", err, code)
	}
}

// together runs functions at once.
func together(f ...func()) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for _, g := range f {
		wg.Go(func() { <-start; g() })
	}
	close(start)
	wg.Wait()
}

// retried runs a write that another one may have been faster than.
func (w *world) write(f func(*db.Tx) error) {
	w.Helper()
	w.check(w.d.Write(w.Context(), f))
}

const phoneA, phoneB = "+41791234567", "+41791234568"

func upper(s string) string { return strings.ToUpper(s) }

func (w *world) lose(l letter, why mobileid.Loss) {
	w.Helper()
	w.write(func(tx *db.Tx) error { return w.desk.Lost(tx, l.id, why) })
}

// handles are those of the hub.
func (w *world) handles() *authenticator.Handles {
	return authenticator.NewHandles(w.ring, "authentication")
}
