package sim_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/ota"
)

const (
	phone = "+4791234567"
	iccid = "8947000000000000001"
	keyC  = "00112233445566778899aabbccddeeff"
	keyK  = "0123456789abcdef0123456701234567"
)

var (
	tester = audit.System("test")
	owner  = ident.Derive("owner")
)

// world is a messaging server with a center that does as it is told and a Handler that
// remembers.
type world struct {
	*sim.Desk
	t      *testing.T
	d      *db.DB
	clock  *dbtest.Clock
	center *center
	heard  *heard
}

func each(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		ring := keyringtest.Open(t, d)
		w := &world{t: t, d: d, clock: clock, center: &center{}, heard: &heard{}}
		w.Desk = &sim.Desk{
			DB: d, Ring: ring, Outbox: outbox.New(d, ring, outbox.Config{Now: clock.Now, Rand: rand.Reader}), Now: clock.Now, Rand: rand.Reader,
			Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Bearers: []sim.Bearer{w.center}, Handler: w.heard,
		}
		f(t, w)
	})
}

// node is another node on the same database.
func (w *world) node() *world {
	n := *w
	n.Desk = &sim.Desk{
		DB: w.d, Ring: w.Ring, Outbox: outbox.New(w.d, w.Ring, outbox.Config{Now: w.clock.Now, Rand: rand.Reader}), Now: w.clock.Now, Rand: rand.Reader,
		Bearers: []sim.Bearer{w.center}, Handler: w.heard,
	}
	return &n
}

func file(lines ...string) func() (io.ReadCloser, error) {
	text := strings.Join(lines, "\n") + "\n"
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
}

const head = "iccid,msisdn,set,algorithm,kic,kid"

func line(iccid, msisdn string, set int) string {
	return fmt.Sprintf("%s,%s,%d,aes,%s,%s", iccid, msisdn, set, keyC, keyK)
}

// card imports an active card with the phone's number.
func (w *world) card() sim.Card {
	w.t.Helper()
	if _, err := w.ImportFile(w.t.Context(), tester, sim.Import{Name: "cards.csv", Open: file(head, line(iccid, phone, 3))}); err != nil {
		w.t.Fatal(err)
	}
	return w.find(iccid)
}

func (w *world) find(name string) sim.Card {
	w.t.Helper()
	c, err := w.Find(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) message(c sim.Card) sim.Message {
	return sim.Message{Card: c.ID, Customer: owner, Data: []byte{1, 5}, Expires: w.clock.Now().Add(5 * time.Minute), Class: "status"}
}

func (w *world) send(c sim.Card) ident.ID {
	w.t.Helper()
	id, err := w.trySend(w.message(c))
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) trySend(m sim.Message) (id ident.ID, err error) {
	w.t.Helper()
	err = w.d.Write(w.t.Context(), func(tx *db.Tx) (err error) {
		id, err = w.Send(tx, tester, m)
		return err
	})
	return id, err
}

// deliver has the outbox do what is due.
func (w *world) deliver() {
	w.t.Helper()
	if _, err := w.Outbox.Deliver(w.t.Context(), map[string]outbox.Handler{sim.Kind: w.Desk}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) sending(id ident.ID) (s sim.Sending) {
	w.t.Helper()
	if err := w.d.Read(w.t.Context(), func(tx *db.Tx) (err error) {
		var ok bool
		if s, ok, err = w.Sending(tx, id); err == nil && !ok {
			err = errors.New("it is not there")
		}
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) is(id ident.ID, want sim.State) sim.Sending {
	w.t.Helper()
	s := w.sending(id)
	if s.State != want || s.State.Ended() == s.Ended.IsZero() {
		w.t.Errorf("it is %q and ended %v; want %q", s.State, s.Ended, want)
	}
	return s
}

func (w *world) receive(from string, tpud ...[]byte) {
	w.t.Helper()
	for _, b := range tpud {
		if err := w.Receive(w.t.Context(), sim.Arrival{Gateway: "test", From: from, Coding: 0xF6, Data: b}); err != nil {
			w.t.Error(err)
		}
	}
}

func (w *world) count(from string, args ...any) (n int) {
	w.t.Helper()
	if err := w.d.Read(w.t.Context(), func(tx *db.Tx) error { return tx.Row("SELECT COUNT(*) FROM "+from, args...).Scan(&n) }); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// center takes packets, unless it is told otherwise.
type center struct {
	mu     sync.Mutex
	got    []sim.Outgoing
	answer func(n int) ([]string, error) // to the n-th packet, from 1
}

func (c *center) Name() string { return "test" }

func (c *center) Carry(_ context.Context, o sim.Outgoing) ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got = append(c.got, o)
	if c.answer != nil {
		return c.answer(len(c.got))
	}
	return nil, nil
}

func (c *center) all() []sim.Outgoing {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.got)
}

// heard is a Handler that remembers, and fails as often as it is told.
type heard struct {
	mu           sync.Mutex
	acknowledged []sim.Answer
	answered     []sim.Answer
	lost         []sim.Reason
	order        []string
	fail         int
}

var errHandler = errors.New("as told")

func (h *heard) hear(tx *db.Tx, what string, f func()) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fail--; h.fail >= 0 {
		return errHandler
	}
	tx.After(func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.order = append(h.order, what)
		f()
	})
	return nil
}

func (h *heard) Acknowledged(tx *db.Tx, a sim.Answer) error {
	return h.hear(tx, "acknowledged", func() { h.acknowledged = append(h.acknowledged, a) })
}

func (h *heard) Answered(tx *db.Tx, a sim.Answer) error {
	return h.hear(tx, "answered", func() { h.answered = append(h.answered, a) })
}

func (h *heard) Lost(tx *db.Tx, _ ident.ID, why sim.Reason) error {
	return h.hear(tx, "lost", func() { h.lost = append(h.lost, why) })
}

// has fails unless the Handler has heard just this.
func (w *world) has(want ...string) {
	w.t.Helper()
	w.heard.mu.Lock()
	defer w.heard.mu.Unlock()
	if !slices.Equal(w.heard.order, want) {
		w.t.Errorf("heard %v, want %v", w.heard.order, want)
	}
}

// opened is the command in a packet that went out, as the card reads it.
func opened(t *testing.T, o sim.Outgoing) ota.Command {
	t.Helper()
	var parts []ota.Segment
	for _, b := range o.Parts {
		s, err := ota.ParseSegment(b)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, s)
	}
	kind, packet, complete, err := ota.Assemble(parts)
	if err != nil || !complete || kind != ota.Commands {
		t.Fatal(kind, complete, err)
	}
	p, err := ota.ParseCommand(packet)
	if err != nil || p.Refused() != nil {
		t.Fatal(err)
	}
	c, err := p.Open(keys(t))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// reply is what the card answers, in short messages.
func reply(t *testing.T, c ota.Command, s ota.Status, data []byte) [][]byte {
	t.Helper()
	r := ota.Response{TAR: c.TAR, Counter: c.Counter, Status: s, Data: data}
	packet, err := r.Pack(c.Security, keys(t))
	if err != nil {
		t.Fatal(err)
	}
	parts, err := ota.Segments(ota.Responses, packet, byte(c.Counter))
	if err != nil {
		t.Fatal(err)
	}
	return parts
}
