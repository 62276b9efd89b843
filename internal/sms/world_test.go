package sms_test

import (
	"context"
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/sms"
)

var tester = audit.System("test")

// world is a desk with gateways that do as they are told.
type world struct {
	*sms.Desk
	t     *testing.T
	d     *db.DB
	clock *dbtest.Clock
}

func each(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		ring := keyringtest.Open(t, d)
		box := outbox.New(d, ring, outbox.Config{Now: clock.Now, Rand: rand.Reader})
		f(t, &world{&sms.Desk{DB: d, Ring: ring, Outbox: box, Now: clock.Now, Rand: rand.Reader}, t, d, clock})
	})
}

func (w *world) text() sms.Text {
	return sms.Text{Customer: ident.Derive("customer"), To: "+4791234567", Body: "Your code is 123456", Class: sms.ClassCode, Expires: w.clock.Now().Add(5 * time.Minute)}
}

func (w *world) send(x sms.Text) (id ident.ID) {
	w.t.Helper()
	if err := w.d.Write(w.t.Context(), func(tx *db.Tx) (err error) {
		id, err = w.Send(tx, tester, x)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// deliver has the outbox do what is due and fails unless it makes want attempts.
func (w *world) deliver(want int) {
	w.t.Helper()
	n, err := w.Outbox.Deliver(w.t.Context(), map[string]outbox.Handler{sms.Kind: w.Desk})
	if err != nil || n != want {
		w.t.Fatalf("%d attempts, %v; want %d", n, err, want)
	}
}

func (w *world) receive(reference string, s sms.State) {
	w.t.Helper()
	if err := w.Receive(w.t.Context(), sms.Receipt{Gateway: "one", Reference: reference, State: s, Code: "err:" + string(s)}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) is(id ident.ID, want sms.State) sms.Message {
	w.t.Helper()
	m, ok, err := w.Find(w.t.Context(), id)
	if err != nil || !ok || m.State != want {
		w.t.Fatalf("it is %q (%t, %v), want %q", m.State, ok, err, want)
	}
	if m.State.Final() == m.Ended.IsZero() {
		w.t.Errorf("%q, but it ended %v", m.State, m.Ended)
	}
	return m
}

// gateway answers what it is told and remembers what it got.
type gateway struct {
	name   string
	mu     sync.Mutex
	got    []sms.Outgoing
	answer func(sms.Outgoing) ([]string, error)
}

func (g *gateway) Name() string { return g.name }

func (g *gateway) Submit(_ context.Context, o sms.Outgoing) ([]string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.got = append(g.got, o)
	return g.answer(o)
}

// takes makes a gateway that gives every message these references.
func takes(name string, references ...string) *gateway {
	return &gateway{name: name, answer: func(sms.Outgoing) ([]string, error) { return references, nil }}
}

func refuses(name string, err error) *gateway {
	return &gateway{name: name, answer: func(sms.Outgoing) ([]string, error) { return nil, err }}
}
