package smppclient_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/internal/smppclient"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/ota"
	"github.com/countersign-auth/countersign/ota/applet"
	"github.com/countersign-auth/countersign/smpp"
)

// cardWay is the whole way to a card and back: messaging server, outbox, client, center, phone, card.
type cardWay struct {
	t      *testing.T
	d      *db.DB
	clock  *dbtest.Clock
	center *smscenter.Center
	desk   *sim.Desk
	card   sim.Card

	mu       sync.Mutex
	answered map[ident.ID]int
	lost     map[ident.ID]int
}

func (w *cardWay) Acknowledged(*db.Tx, sim.Answer) error { return nil }

func (w *cardWay) Answered(tx *db.Tx, a sim.Answer) error {
	tx.After(func() { w.count(w.answered, a.Message) })
	said, err := applet.ParseAnswer(a.Data)
	if err != nil || a.Status != ota.OK || said.Card == nil {
		w.t.Errorf("%+v, %v", a, err)
	}
	return nil
}

func (w *cardWay) Lost(tx *db.Tx, id ident.ID, _ sim.Reason) error {
	tx.After(func() { w.count(w.lost, id) })
	return nil
}

func (w *cardWay) count(in map[ident.ID]int, id ident.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	in[id]++
}

// heard returns how often a message was answered and lost.
func (w *cardWay) heard(id ident.ID) (answered, lost int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.answered[id], w.lost[id]
}

func eachCardWay(t *testing.T, f func(t *testing.T, w *cardWay)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		ring := keyringtest.Open(t, d)
		box := outbox.New(d, ring, outbox.Config{Now: clock.Now, Rand: rand.Reader, Poll: time.Millisecond, First: time.Millisecond, Longest: 10 * time.Millisecond})
		w := &cardWay{t: t, d: d, clock: clock, answered: map[ident.ID]int{}, lost: map[ident.ID]int{}}
		log := slog.New(slog.NewTextHandler(t.Output(), nil))
		w.desk = &sim.Desk{DB: d, Ring: ring, Outbox: box, Now: clock.Now, Rand: rand.Reader, Log: log, Handler: w}
		w.center = smscenter.New(smscenter.Config{Now: clock.Now, Accounts: map[string]string{"bank": "secret", "sims": "s"}})
		address := serve(t, w.center)
		client, err := smppclient.New(smppclient.Config{
			Name: "first", Address: address, SystemID: "bank", Password: []byte("secret"), Source: "Bank", Cards: cards, Packets: w.desk, First: time.Millisecond,
			Receiver: &receipts{came: make(chan sms.Receipt, 100)}, Now: clock.Now, Rand: rand.Reader, Log: log,
		})
		if err != nil {
			t.Fatal(err)
		}
		w.desk.Bearers = []sim.Bearer{client}
		w.insert(address)
		ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
		var all sync.WaitGroup
		all.Go(func() { client.Run(ctx) })
		all.Go(func() { box.Run(ctx, map[string]outbox.Handler{sim.Kind: w.desk}) })
		t.Cleanup(func() { stop(); all.Wait() })
		if err := w.center.Until(patience(t), func(s smscenter.Stats) bool { return s.Binds >= 2 }); err != nil {
			t.Fatal(err)
		}
		f(t, w)
	})
}

// insert makes a card, puts it into a phone, and imports what its maker delivers.
func (w *cardWay) insert(center string) {
	t := w.t
	t.Helper()
	m, _, err := simcard.Make(rand.Reader, simcard.Order{Number: number})
	if err != nil {
		t.Fatal(err)
	}
	w.center.SIM(number, "sims")
	w.center.Route(cards, "bank")
	insert(t, &clock{now: w.clock.Now()}, center, m)
	k := m.Keys[0]
	text := fmt.Sprintf("iccid,msisdn,set,algorithm,kic,kid\n%s,%s,%d,aes,%s,%s\n", m.ICCID, m.Number, k.Number, hex.EncodeToString(k.KIc), hex.EncodeToString(k.KID))
	if _, err := w.desk.ImportFile(t.Context(), audit.System("test"), sim.Import{Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}); err != nil {
		t.Fatal(err)
	}
	if w.card, err = w.desk.Find(t.Context(), number); err != nil {
		t.Fatal(err)
	}
}

// ask sends what the card answers without its owner.
func (w *cardWay) ask(n byte) (id ident.ID) {
	w.t.Helper()
	c := applet.Command{Kind: applet.Status, Transaction: applet.Transaction{n}}
	data, err := c.Append(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.d.Write(w.t.Context(), func(tx *db.Tx) (err error) {
		id, err = w.desk.Send(tx, audit.System("test"), sim.Message{Card: w.card.ID, Data: data, Expires: tx.Now.Add(5 * time.Minute), Class: "status"})
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// TestWhateverTheNetworkDoes: packets and answers that are doubled, cut off, refused for a while, and told of before
// they were taken are answered once each; what is lost is known to be lost.
func TestWhateverTheNetworkDoes(t *testing.T) {
	eachCardWay(t, func(t *testing.T, w *cardWay) {
		n := byte(0)
		for name, fates := range map[string][]smscenter.Fate{
			"a good network": nil, "the packet comes three times": {{Copies: 2}}, "the answer comes twice": {{}, {Copies: 1}}, "a receipt before the response": {{ReceiptFirst: true}},
			"the session is cut": {{Disconnect: true}}, "refused for a while": {{Status: smpp.SystemError}, {Status: smpp.SystemError}},
		} {
			w.center.Next(fates...)
			n++
			id := w.ask(n)
			eventually(t, func() bool {
				w.clock.Advance(time.Millisecond)
				a, _ := w.heard(id)
				return a > 0
			})
			if a, l := w.heard(id); a != 1 || l != 0 {
				t.Errorf("%s: answered %d times and lost %d times", name, a, l)
			}
		}
		w.center.Next(smscenter.Fate{Drop: true})
		id := w.ask(n + 1)
		eventually(t, func() bool { return w.state(id) == sim.Sent })
		w.clock.Advance(6 * time.Minute)
		if _, err := w.desk.Sweep(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
		if a, l := w.heard(id); a != 0 || l != 1 {
			t.Errorf("a packet that never came: answered %d times and lost %d times", a, l)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		for id, times := range w.answered {
			if times != 1 {
				t.Errorf("message %s was answered %d times", id, times)
			}
		}
	})
}

func (w *cardWay) state(id ident.ID) (s sim.State) {
	w.t.Helper()
	if err := w.d.Read(w.t.Context(), func(tx *db.Tx) error {
		x, _, err := w.desk.Sending(tx, id)
		s = x.State
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return s
}
