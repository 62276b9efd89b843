package smppclient_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/internal/smppclient"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/ota"
	"github.com/countersign-auth/countersign/ota/applet"
	"github.com/countersign-auth/countersign/smpp"
)

// cards is the address of packets to SIM cards.
const cards = "1961"

// packets is a messaging server that remembers.
type packets struct {
	mu       sync.Mutex
	fail     int // so many are not stored
	arrived  chan sim.Arrival
	receipts chan sim.Receipt
}

func newPackets() *packets {
	return &packets{arrived: make(chan sim.Arrival, 100), receipts: make(chan sim.Receipt, 100)}
}

func (p *packets) Receive(_ context.Context, a sim.Arrival) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail--; p.fail >= 0 {
		return errors.New("as told")
	}
	p.arrived <- a
	return nil
}

func (p *packets) Receipt(_ context.Context, r sim.Receipt) error {
	p.receipts <- r
	return nil
}

// next waits for what a channel brings.
func next[E any](t *testing.T, c <-chan E) (e E) {
	t.Helper()
	select {
	case e = <-c:
	case <-patience(t).Done():
		t.Fatal("nothing came")
	}
	return e
}

// radio is a center with a SIM card behind it that nobody here wrote into the client.
func radio(t *testing.T, s smscenter.Config) (w *world, p *packets, card *simcard.Memory) {
	t.Helper()
	p = newPackets()
	s.Accounts = map[string]string{"bank": "secret", "sims": "s"}
	w = open(t, s, smppclient.Config{Name: "test", SystemID: "bank", Password: []byte("secret"), Source: "Bank", Cards: cards, Packets: p, IDs: s.IDs})
	card, _, err := simcard.Make(rand.Reader, simcard.Order{Number: number})
	if err != nil {
		t.Fatal(err)
	}
	insert(t, w.clock, w.client.Address, card)
	w.center.SIM(number, "sims")
	w.center.Route(cards, "bank")
	w.bound(1)
	if err := w.center.Until(patience(t), func(s smscenter.Stats) bool { return s.Binds >= 2 }); err != nil {
		t.Fatal(err)
	}
	return w, p, card
}

// status asks a card for what it says of itself.
func status() applet.Command {
	return applet.Command{Kind: applet.Status, Transaction: applet.Transaction{7}}
}

// outgoing is a command for the card, under its keys.
func outgoing(t *testing.T, w *world, card *simcard.Memory, counter uint64, c applet.Command) sim.Outgoing {
	t.Helper()
	data, err := c.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	x := ota.Command{Security: ota.Profile(1, ota.AES), TAR: ota.SignatureTAR, Counter: counter, Data: data}
	packet, err := x.Pack(ota.Keys{KIc: card.Keys[0].KIc, KID: card.Keys[0].KID})
	if err != nil {
		t.Fatal(err)
	}
	parts, err := ota.Segments(ota.Commands, packet, byte(counter))
	if err != nil {
		t.Fatal(err)
	}
	return sim.Outgoing{ID: ident.New(w.clock.Now(), rand.Reader), To: number, Parts: parts, Expires: w.clock.Now().Add(5 * time.Minute)}
}

// answer reads what the card says.
func answer(t *testing.T, card *simcard.Memory, all ...sim.Arrival) ota.Response {
	t.Helper()
	var parts []ota.Segment
	for _, a := range all {
		s, err := ota.ParseSegment(a.Data)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, s)
	}
	_, packet, whole, err := ota.Assemble(parts)
	if err != nil || !whole {
		t.Fatal(whole, err)
	}
	p, err := ota.ParseResponse(packet)
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Open(ota.Profile(1, ota.AES), ota.Keys{KIc: card.Keys[0].KIc, KID: card.Keys[0].KID})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestPacketsToACard: a command of one part and one of several reach an emulated card, and what it says
// comes back; receipts and texts find their own way.
func TestPacketsToACard(t *testing.T) {
	t.Parallel()
	for _, ids := range []smpp.IDForm{smpp.SameIDs, smpp.HexThenDec} {
		w, p, card := radio(t, smscenter.Config{IDs: ids})
		refs, err := w.client.Carry(t.Context(), outgoing(t, w, card, 1, status()))
		if err != nil || len(refs) != 1 {
			t.Fatal(refs, err)
		}
		a := next(t, p.arrived)
		if a.Gateway != "test" || a.From != number || a.To != cards {
			t.Errorf("%+v", a)
		}
		r := answer(t, card, a)
		said, err := applet.ParseAnswer(r.Data)
		if err != nil || r.Counter != 1 || r.Status != ota.OK || said.Card == nil {
			t.Errorf("%+v, %v", r, err)
		}
		if got := next(t, p.receipts); got.Reference != refs[0] || got.State != sim.FateDelivered {
			t.Errorf("%+v, want %v", got, refs)
		}
		long := outgoing(t, w, card, 2, applet.Command{Kind: applet.Show, Transaction: applet.Transaction{1}, Service: "Bank", Text: strings.Repeat("Привет ", 14), Seconds: 60})
		if refs, err = w.client.Carry(t.Context(), long); err != nil || len(refs) != len(long.Parts) || len(refs) < 2 {
			t.Fatal(refs, err)
		}
		if r := answer(t, card, next(t, p.arrived)); r.Counter != 2 {
			t.Errorf("%+v", r)
		}
		refs = w.submit("a text on the same line")
		if got := w.got.next(t); got.Reference != refs[0] || got.State != sms.Delivered {
			t.Errorf("%+v", got)
		}
	}
}

// TestHowPacketsAreMarked: as the class 2 short messages that a phone hands to its card.
func TestHowPacketsAreMarked(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []smpp.Message
	w, p, card := radio(t, smscenter.Config{Carried: func(m smpp.Message) {
		mu.Lock()
		defer mu.Unlock()
		if m.Source.Addr == cards {
			seen = append(seen, m)
		}
	}})
	o := outgoing(t, w, card, 1, status())
	if _, err := w.client.Carry(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	next(t, p.arrived)
	mu.Lock()
	defer mu.Unlock()
	m := seen[0]
	if m.ProtocolID != 0x7F || m.Coding != 0xF6 || m.ESMClass != 0x40 || m.Registered != 1 || m.Dest.Addr != number[1:] || m.Dest.TON != smpp.International ||
		m.Source.TON != smpp.ShortCode || m.Validity != smpp.Relative(5*time.Minute) || !bytes.Equal(m.Short, o.Parts[0]) || len(m.TLVs) != 0 {
		t.Errorf("%+v", m)
	}
}

// TestFatesOfPackets: what does not reach the phone is told by receipts; what is not stored comes
// again; a copy is answered as one.
func TestFatesOfPackets(t *testing.T) {
	t.Parallel()
	w, p, card := radio(t, smscenter.Config{})
	w.center.Next(smscenter.Fate{State: smpp.Undeliverable, Code: "027"})
	refs, err := w.client.Carry(t.Context(), outgoing(t, w, card, 1, status()))
	if err != nil {
		t.Fatal(err)
	}
	if r := next(t, p.receipts); r.Reference != refs[0] || r.State != sim.FateFailed || r.Code != "027" {
		t.Errorf("%+v", r)
	}
	w.center.Switch(number, false)
	if _, err = w.client.Carry(t.Context(), outgoing(t, w, card, 2, status())); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(6 * time.Minute)
	w.center.Switch(number, true)
	if r := next(t, p.receipts); r.State != sim.FateExpired {
		t.Errorf("%+v", r)
	}
	p.mu.Lock()
	p.fail = 1
	p.mu.Unlock()
	w.center.Next(smscenter.Fate{Copies: 1})
	if _, err = w.client.Carry(t.Context(), outgoing(t, w, card, 3, status())); err != nil {
		t.Fatal(err)
	}
	statuses := map[ota.Status]bool{answer(t, card, next(t, p.arrived)).Status: true}
	w.center.Disconnect() // what was not taken comes with the next session
	for len(statuses) < 2 {
		statuses[answer(t, card, next(t, p.arrived)).Status] = true
	}
	if !statuses[ota.OK] || !statuses[ota.CounterLow] {
		t.Errorf("%v", statuses)
	}
}

func TestPacketsThatAreNotTaken(t *testing.T) {
	t.Parallel()
	w, _, card := radio(t, smscenter.Config{})
	o := outgoing(t, w, card, 1, status())
	for status, permanent := range map[smpp.Status]bool{smpp.InvalidDest: true, smpp.SystemError: false, smpp.Throttled: false} {
		w.center.Next(smscenter.Fate{Status: status})
		_, err := w.client.Carry(t.Context(), o)
		if err == nil || outbox.IsPermanent(err) != permanent || strings.Contains(err.Error(), number[1:]) {
			t.Errorf("%s: %v", status, err)
		}
		w.clock.advance(time.Minute)
	}
	w.clock.advance(time.Hour)
	if _, err := w.client.Carry(t.Context(), o); !outbox.IsPermanent(err) {
		t.Errorf("expired: %v", err)
	}
	texts := open(t, smscenter.Config{}, smppclient.Config{})
	texts.bound(1)
	if _, err := texts.client.Carry(t.Context(), o); err == nil || outbox.IsPermanent(err) {
		t.Errorf("a gateway for texts alone: %v", err)
	}
	for _, address := range []string{"Bank", "19 61", "+0", "Bank2", "Bänk"} {
		if _, err := smppclient.New(smppclient.Config{Name: "x", Address: "127.0.0.1:1", SystemID: "x", Source: "Bank", Cards: address, Packets: newPackets()}); err == nil {
			t.Errorf("cards answer to %q", address)
		}
	}
}

// TestPacketsAndTheirCenter: the center of the npm package smpp reads our packets and brings answers.
func TestPacketsAndTheirCenter(t *testing.T) {
	t.Parallel()
	k := ota.Keys{KIc: bytes.Repeat([]byte{1}, 16), KID: bytes.Repeat([]byte{2}, 16)}
	c := ota.Command{Security: ota.Profile(3, ota.AES), TAR: ota.SignatureTAR, Counter: 5, Data: bytes.Repeat([]byte("x"), 200)}
	r := ota.Response{TAR: c.TAR, Counter: 5, Data: bytes.Repeat([]byte{0xFF, 0, 0x1B}, 80)}
	packet, err := c.Pack(k)
	if err != nil {
		t.Fatal(err)
	}
	back, err := r.Pack(c.Security, k)
	if err != nil {
		t.Fatal(err)
	}
	out, err := ota.Segments(ota.Commands, packet, 5)
	if err != nil {
		t.Fatal(err)
	}
	in, err := ota.Segments(ota.Responses, back, 9)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"card.js"}
	for _, b := range in {
		args = append(args, hex.EncodeToString(b))
	}
	line := node(t, args...)
	port, _ := line()["port"].(float64)
	p := newPackets()
	w := &world{t: t, clock: newClock(), got: &receipts{came: make(chan sms.Receipt, 10)}}
	w.connect(smppclient.Config{
		Name: "node", Address: net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port))), SystemID: "bank", Password: []byte("x"), Source: "Bank", Cards: cards, Packets: p,
	})
	w.bound(1)
	if _, err := w.client.Carry(t.Context(), sim.Outgoing{To: number, Parts: out, Expires: w.clock.Now().Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	for i, head := range []string{"0003050201" + "7000", "0003050202"} {
		got := line()
		elements, _ := got["header"].([]any)
		text := fmt.Sprint(elements...)
		if got["pid"] != 127.0 || got["coding"] != 246.0 || got["esm"] != 64.0 || got["to"] != number[1:] || got["from"] != cards || strings.ReplaceAll(text, " ", "") != head || got["body"] != hex.EncodeToString(out[i][1+out[i][0]:]) {
			t.Errorf("part %d: %v", i+1, got)
		}
	}
	if got := next(t, p.receipts); got.Reference != "c1" || got.State != sim.FateDelivered {
		t.Errorf("%+v", got)
	}
	var parts []ota.Segment
	for range in {
		a := next(t, p.arrived)
		s, err := ota.ParseSegment(a.Data)
		if err != nil || strings.TrimPrefix(a.From, "+") != number[1:] {
			t.Fatalf("%+v, %v", a, err)
		}
		parts = append(parts, s)
	}
	if _, got, whole, err := ota.Assemble(parts); err != nil || !whole || !bytes.Equal(got, back) {
		t.Errorf("%t, %v", whole, err)
	}
}
