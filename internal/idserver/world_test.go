package idserver_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/idserver"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/policy"
)

const phone = "+41791234567"

var officer = audit.System("officer")

// world is the ID server over the real signature server and a real authority; the card answers as
// the test says.
type world struct {
	testing.TB

	clock     *dbtest.Clock
	d         *db.DB
	ring      *keyring.Ring
	book      *policy.Book
	customers *customer.Register
	card      *card
	pki       *pki.Desk
	box       *outbox.Outbox
	signers   *mobileid.Desk
	judge     *judge
	desk      *idserver.Desk
	owner     mobileid.MobileID // of the card; set by register
}

func each(t *testing.T, f func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, newWorld(t, d, clock)) })
}

// registered is a world in which somebody has a mobile ID.
func registered(t *testing.T, f func(*testing.T, *world)) {
	t.Helper()
	each(t, func(t *testing.T, w *world) {
		w.register()
		f(t, w)
	})
}

func newWorld(t *testing.T, d *db.DB, clock *dbtest.Clock) *world {
	t.Helper()
	ring := keyringtest.Open(t, d)
	book, err := policy.Open(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		TB: t, clock: clock, d: d, ring: ring, book: book, customers: &customer.Register{DB: d, Ring: ring, Rand: rand.Reader}, card: newCard(phone),
		box: outbox.New(d, ring, outbox.Config{Now: clock.Now, Rand: rand.Reader}), pki: pki.New(pki.Config{DB: d, Ring: ring, Now: clock.Now}),
	}
	_, err = w.pki.Init(t.Context(), officer, pki.P256, pki.Subject{CommonName: "Test Root"}, pki.Subject{CommonName: "Test Issuing"})
	w.check(err)
	w.card.w, w.judge = w, &judge{Judge: mobileid.CA{PKI: w.pki}}
	w.signers = mobileid.New(mobileid.Config{DB: d, Ring: ring, Policies: book, Outbox: w.box, Cards: cards{w.card}, CA: mobileid.CA{PKI: w.pki}})
	w.desk = idserver.New(idserver.Config{DB: d, Ring: ring, Policies: book, Outbox: w.box, Signers: w.signers, Judge: w.judge})
	w.signers.Ended = w.desk.Ended
	w.customers.Closed, w.customers.Turned = append(w.customers.Closed, w.signers.Closed), append(w.customers.Turned, w.signers.CustomerTurned)
	return w
}

// register brings the mobile ID of the card into being.
func (w *world) register() {
	w.Helper()
	c, err := w.customers.Create(w.Context(), officer, customer.New{Number: "4711", Name: "Kari Nordmann"})
	w.check(err)
	r, err := w.signers.Register(w.Context(), officer, mobileid.Enrollment{Customer: c.ID, Number: phone})
	w.check(err)
	w.card.generate()
	w.card.generate()
	w.deliver()
	w.owner = w.mobile(r.MobileID)
	if w.owner.State != mobileid.StateActive {
		w.Fatalf("the mobile ID is %s: %s", w.owner.State, w.owner.Reason)
	}
}

func (w *world) mobile(m mobileid.MobileID) mobileid.MobileID {
	w.Helper()
	p, err := w.signers.Profile(w.Context(), m.Customer, m.ID)
	w.check(err)
	return p.MobileID
}

// deliver runs the outbox until nothing is due, but for what judges by itself.
func (w *world) deliver() {
	w.Helper()
	w.run(map[string]outbox.Handler{
		mobileid.MessageCertify: mobileid.Certifier{Desk: w.signers}, mobileid.MessageValidate: mobileid.Validator{Desk: w.signers}, mobileid.MessageStamp: mobileid.Stamper{Desk: w.signers},
		mobileid.MessageNothing: outbox.HandlerFunc(func(context.Context, outbox.Message) error { return nil }), idserver.MessageConfirm: w.desk,
	})
}

// examine runs the messages that judge, which need nobody who looks.
func (w *world) examine() {
	w.Helper()
	w.run(map[string]outbox.Handler{idserver.MessageJudge: idserver.Examiner{Desk: w.desk}})
}

func (w *world) run(handlers map[string]outbox.Handler) {
	w.Helper()
	for range 3 {
		_, err := w.box.Deliver(w.Context(), handlers)
		w.check(err)
	}
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) write(f func(*db.Tx) error) {
	w.Helper()
	w.check(w.d.Write(w.Context(), f))
}

// start asks the person to sign.
func (w *world) start() idserver.Outcome {
	w.Helper()
	o, err := w.desk.Start(w.Context(), shop, ask(phone))
	w.check(err)
	return o
}

func (w *world) get(o idserver.Outcome) idserver.Outcome {
	w.Helper()
	o, err := w.desk.Get(w.Context(), shop, o.Handle, 0)
	w.check(err)
	return o
}

// is fails unless a request has come to a state.
func (w *world) is(o idserver.Outcome, want idserver.State, why idserver.Reason) idserver.Outcome {
	w.Helper()
	o = w.get(o)
	if o.State != want || o.Reason != why || (o.Evidence != nil) != (want == idserver.Granted) {
		w.Fatalf("%s (%s), evidence %v; want %s (%s)", o.State, o.Reason, o.Evidence != nil, want, why)
	}
	return o
}

func (w *world) count(what string, args ...any) (n int) {
	w.Helper()
	w.check(w.d.Read(w.Context(), func(tx *db.Tx) error { return tx.Row("SELECT COUNT(*) FROM "+what, args...).Scan(&n) }))
	return n
}

// judge is the judge of the ID server, whom a test may contradict.
type judge struct {
	idserver.Judge

	verdict *mobileid.Verdict
	fail    error
}

func (j *judge) Validate(ctx context.Context, p mobileid.Parts, cms []byte, at time.Time) (mobileid.Verdict, error) {
	if j.verdict != nil || j.fail != nil {
		var v mobileid.Verdict
		if j.verdict != nil {
			v = *j.verdict
		}
		return v, j.fail
	}
	return j.Judge.Validate(ctx, p, cms, at)
}
