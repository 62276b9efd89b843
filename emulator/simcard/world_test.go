package simcard_test

import (
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/ota"
	"github.com/countersign-auth/countersign/ota/applet"
	"github.com/countersign-auth/countersign/smpp"
)

// PINs and PUK of the tests are long, so that they are in nothing by chance.
const (
	pin1, pin2 = "73918264", "58302917"
	puk        = "91827364"
)

// world is a card and the server that has its keys.
type world struct {
	*testing.T

	card    *simcard.Card
	first   *simcard.Memory // as the maker delivered it
	now     time.Time
	stored  []byte // the memory as it was stored last
	full    bool   // the memory cannot be written
	out     []simcard.Packet
	events  []string // in the order in which the card did them
	counter uint64
	opened  int // answers that were read
	all     [][]byte
}

func open(t *testing.T) *world {
	t.Helper()
	m, letter, err := simcard.Make(rand.Reader, simcard.Order{Number: "+436641000009", Label: "Lena", PUK: puk})
	if err != nil || letter != puk {
		t.Fatal(err)
	}
	w := &world{T: t, first: m, now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	w.insert(m)
	return w
}

// insert puts a card with this memory into the phone.
func (w *world) insert(m *simcard.Memory) {
	w.Helper()
	c, err := simcard.New(simcard.Config{
		Now: func() time.Time { return w.now }, Rand: rand.Reader, Save: w.save,
		Send: func(p simcard.Packet) { w.out, w.events = append(w.out, p), append(w.events, "send") },
	}, m)
	if err != nil {
		w.Fatal(err)
	}
	w.card = c
}

func (w *world) save(m *simcard.Memory) (err error) {
	if w.full {
		return errors.New("full")
	}
	w.stored, err = json.Marshal(m)
	w.events = append(w.events, "save")
	return err
}

// restart switches the phone off and on.
func (w *world) restart() {
	w.Helper()
	m := &simcard.Memory{}
	if err := json.Unmarshal(w.stored, m); err != nil {
		w.Fatal(err)
	}
	w.insert(m)
}

func (w *world) keys() ota.Keys { return ota.Keys{KIc: w.first.Keys[0].KIc, KID: w.first.Keys[0].KID} }

// packet is a command as the server sends it.
func (w *world) packet(counter uint64, data []byte) []byte {
	w.Helper()
	c := ota.Command{Security: ota.Profile(1, ota.AES), TAR: ota.SignatureTAR, Counter: counter, Data: data}
	b, err := c.Pack(w.keys())
	if err != nil {
		w.Fatal(err)
	}
	w.all = append(w.all, b, data)
	return b
}

func bank() smpp.Address { return smpp.Address{Addr: "1961"} }

// raw sends data under the next counter.
func (w *world) raw(data []byte) {
	w.Helper()
	w.counter++
	w.card.Receive(bank(), w.packet(w.counter, data))
}

func (w *world) send(c applet.Command) {
	w.Helper()
	b, err := c.Append(nil)
	if err != nil {
		w.Fatal(err)
	}
	w.raw(b)
}

// response reads the next response, which must be there, and under the keys.
func (w *world) response() ota.Response {
	w.Helper()
	if w.opened >= len(w.out) {
		w.Fatalf("the card says nothing; it shows %+v", w.card.Look())
	}
	p, err := ota.ParseResponse(w.out[w.opened].Octets)
	if err != nil {
		w.Fatal(err)
	}
	r, err := p.Open(ota.Profile(1, ota.AES), w.keys())
	if err != nil {
		w.Fatal(err)
	}
	w.all = append(w.all, w.out[w.opened].Octets, r.Data)
	if w.opened++; r.Counter != w.counter {
		w.Errorf("counter %d, want %d", r.Counter, w.counter)
	}
	return r
}

// hint reads the next response, which must have no protection.
func (w *world) hint() ota.Status {
	w.Helper()
	if w.opened >= len(w.out) {
		w.Fatal("the card says nothing")
	}
	p, err := ota.ParseResponse(w.out[w.opened].Octets)
	if err != nil {
		w.Fatal(err)
	}
	w.opened++
	r, ok := p.Unprotected()
	if !ok || len(r.Data) > 0 {
		w.Errorf("%+v is protected", r)
	}
	return r.Status
}

func (w *world) quiet() {
	w.Helper()
	if w.opened != len(w.out) {
		w.Errorf("%d answers that nobody waited for", len(w.out)-w.opened)
	}
}

// asked sends a command about which the person is asked.
func (w *world) asked(c applet.Command) {
	w.Helper()
	w.send(c)
	if r := w.response(); r.Status != ota.MoreTime || len(r.Data) > 0 {
		w.Fatalf("%+v", r)
	}
	w.quiet()
}

// answer reads the answer to a command.
func (w *world) answer(want applet.Result) applet.Answer {
	w.Helper()
	r := w.response()
	a, err := applet.ParseAnswer(r.Data)
	if err != nil || r.Status != ota.OK || a.Result != want {
		w.Fatalf("status %s, %s, %v; want %s", r.Status, a.Result, err, want)
	}
	w.quiet()
	return a
}

// press presses keys one after the other, each on the screen that is shown then.
func (w *world) press(keys ...simcard.Key) {
	w.Helper()
	for _, k := range keys {
		if err := w.card.Press(w.card.Look().Serial, k); err != nil {
			w.Fatalf("%s on %+v: %v", k, w.card.Look(), err)
		}
	}
}

// types types digits and OK.
func (w *world) types(digits ...string) {
	w.Helper()
	for _, d := range digits {
		if err := w.card.Type(w.card.Look().Serial, d); err != nil {
			w.Fatalf("digits on %+v: %v", w.card.Look(), err)
		}
	}
}

func (w *world) shows(k simcard.Kind) simcard.Screen {
	w.Helper()
	s := w.card.Look()
	if s.Kind != k {
		w.Fatalf("the phone shows %+v, not %s", s, k)
	}
	return s
}

var (
	transaction = applet.Transaction{1, 2, 3, 4, 5, 6, 7, 8}
	nonce       = applet.Nonce{0xA0, 15: 0xAF}
)

func generate(t *testing.T, r applet.Role, a applet.Algorithm) applet.Command {
	t.Helper()
	subject, err := asn1.Marshal(pkix.Name{CommonName: "Lena Berger", SerialNumber: "MIDCS00000000001"}.ToRDNSequence())
	if err != nil {
		t.Fatal(err)
	}
	head, tail, err := applet.RequestParts(a, subject, nonce)
	if err != nil {
		t.Fatal(err)
	}
	return applet.Command{Kind: applet.Generate, Transaction: transaction, Role: r, Algorithm: a, Service: "Alder Bank", Head: head, Tail: tail, Nonce: nonce}
}

func sign(r applet.Role) applet.Command {
	return applet.Command{
		Kind: applet.Sign, Transaction: transaction, Role: r, Service: "Alder Bank", Text: "Pay 25€ to Übermut GmbH?", Content: applet.Content{Kind: applet.ShownText},
		Form: applet.Attributed, Nonce: nonce, Seconds: 60,
	}
}

func unblock(r applet.Role) applet.Command {
	return applet.Command{Kind: applet.Unblock, Transaction: transaction, Role: r, Service: "Alder Bank"}
}

// registered makes the key of a role and returns its public half.
func (w *world) registered(r applet.Role, a applet.Algorithm, pin string) []byte {
	w.Helper()
	w.asked(generate(w.T, r, a))
	w.press(simcard.OK)
	w.types(pin, pin)
	return w.answer(applet.Done).Public
}
