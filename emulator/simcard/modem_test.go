package simcard_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/ota"
	"github.com/countersign-auth/countersign/ota/applet"
	"github.com/countersign-auth/countersign/smpp"
)

// network is a message center, phones with cards, and a bank that sends packets to them.
type network struct {
	*testing.T

	center  *smscenter.Center
	address string
	tray    *simcard.Tray
	card    *simcard.Memory
	bank    net.Conn
	counter uint64
	seq     uint32
	parts   []ota.Segment

	mu  sync.Mutex
	air []byte // all that went over it
}

func connected(t *testing.T) *network {
	t.Helper()
	n := &network{T: t, tray: tray(t, ""), card: made(t, "+436641000009")}
	if err := n.tray.Add(n.card); err != nil {
		t.Fatal(err)
	}
	n.center = smscenter.New(smscenter.Config{Now: time.Now, Accounts: map[string]string{"bank": "b", "sims": "s"}, Carried: func(m smpp.Message) {
		n.mu.Lock()
		n.air = append(n.air, m.Content()...)
		n.mu.Unlock()
	}})
	n.center.SIM(n.card.Number, "sims")
	n.center.Route("1961", "bank")
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n.address = l.Addr().String()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := n.center.Serve(ctx, l); err != nil {
			t.Error(err)
		}
	})
	m := &simcard.Modem{Tray: n.tray, SystemID: "sims", Password: "s", Dial: n.dial}
	wg.Go(func() { m.Run(ctx) })
	t.Cleanup(func() { stop(); wg.Wait() })
	n.bind()
	n.binds(2)
	return n
}

func (n *network) dial(ctx context.Context) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp", n.address)
}

// binds waits for so many binds.
func (n *network) binds(k int) {
	n.Helper()
	ctx, stop := context.WithTimeout(n.Context(), 30*time.Second)
	defer stop()
	if err := n.center.Until(ctx, func(s smscenter.Stats) bool { return s.Binds >= k }); err != nil {
		n.Fatal(err)
	}
}

func (n *network) put(p smpp.PDU) {
	n.Helper()
	b, err := p.Append(nil)
	if err != nil {
		n.Fatal(err)
	}
	if _, err := n.bank.Write(b); err != nil {
		n.Fatal(err)
	}
}

func (n *network) bind() {
	n.Helper()
	var err error
	if n.bank, err = n.dial(n.Context()); err != nil {
		n.Fatal(err)
	}
	n.Cleanup(func() { _ = n.bank.Close() })
	n.put(smpp.PDU{Command: smpp.BindTransceiver, Sequence: 1, Body: &smpp.Bind{SystemID: "bank", Password: "b", Version: smpp.Version}})
}

// send sends a command under the next counter, its parts in this order.
func (n *network) send(c applet.Command, order func([][]byte)) {
	n.Helper()
	n.counter++
	data, err := c.Append(nil)
	if err != nil {
		n.Fatal(err)
	}
	o := ota.Command{Security: ota.Profile(2, ota.AES), TAR: ota.SignatureTAR, Counter: n.counter, Data: data}
	packet, err := o.Pack(n.keys())
	if err != nil {
		n.Fatal(err)
	}
	parts, err := ota.Segments(ota.Commands, packet, byte(n.counter))
	if err != nil {
		n.Fatal(err)
	}
	order(parts)
	for _, p := range parts {
		n.seq++
		n.put(smpp.PDU{Command: smpp.SubmitSM, Sequence: 100 + n.seq, Body: &smpp.Message{
			Source: bank(), Dest: smpp.Address{TON: smpp.International, NPI: 1, Addr: n.card.Number[1:]}, ESMClass: smpp.ESMHeader, ProtocolID: 0x7F, Coding: 0xF6, Short: p,
		}})
	}
}

func (n *network) keys() ota.Keys {
	return ota.Keys{KIc: n.card.Keys[0].KIc, KID: n.card.Keys[0].KID}
}

// response reads until a response is whole.
func (n *network) response() ota.Response {
	n.Helper()
	timer := time.AfterFunc(30*time.Second, func() { _ = n.bank.Close() })
	defer timer.Stop()
	for {
		p, err := smpp.Read(n.bank)
		if err != nil {
			n.Fatal(err)
		}
		if p.Command != smpp.DeliverSM {
			continue
		}
		n.put(p.Reply(smpp.OK, &smpp.MessageResp{}))
		s, err := ota.ParseSegment(p.Body.(*smpp.Message).Content()) //nolint:forcetypeassert // a deliver_sm
		if err != nil {
			n.Fatal(err)
		}
		if n.parts = append(n.parts, s); len(n.parts) > 0 && n.parts[0].Reference != s.Reference {
			n.parts = []ota.Segment{s}
		}
		k, packet, whole, err := ota.Assemble(n.parts)
		if err != nil {
			n.Fatal(err)
		}
		if !whole {
			continue
		}
		n.parts = nil
		r, err := ota.ParseResponse(packet)
		if err != nil || k != ota.Responses {
			n.Fatal(k, err)
		}
		out, err := r.Open(ota.Profile(2, ota.AES), n.keys())
		if err != nil || out.Counter > n.counter {
			n.Fatalf("%+v, %v", out, err)
		}
		if out.Counter == n.counter { // another one was repeated after a line was lost
			return out
		}
	}
}

func (n *network) answer() applet.Answer {
	n.Helper()
	r := n.response()
	a, err := applet.ParseAnswer(r.Data)
	if err != nil || r.Status != ota.OK || a.Result != applet.Done {
		n.Fatalf("%s: %+v, %v", r.Status, a, err)
	}
	return a
}

func (n *network) asked() {
	n.Helper()
	if r := n.response(); r.Status != ota.MoreTime {
		n.Fatalf("%+v", r)
	}
}

func (n *network) do(keys ...any) {
	n.Helper()
	c := n.tray.Cards()[0]
	for _, k := range keys {
		var err error
		switch k := k.(type) {
		case simcard.Key:
			err = c.Press(c.Look().Serial, k)
		case string:
			err = c.Type(c.Look().Serial, k)
		}
		if err != nil {
			n.Fatal(err)
		}
	}
}

func inOrder([][]byte) {}

// TestBySMPP: a key of RSA, whose request and answer need several messages, and a signature,
// with parts in any order, lost lines, doubled messages; then all that went over the air is searched.
func TestBySMPP(t *testing.T) {
	t.Parallel()
	n := connected(t)
	n.send(generate(t, applet.Signing, applet.RSA2048), slices.Reverse)
	n.asked()
	n.do(simcard.OK, pin2, pin2)
	public := n.answer().Public

	n.center.Disconnect()
	n.bind()
	n.binds(4)
	c := sign(applet.Signing)
	c.Text = strings.Repeat("Pay 25€ to ACME. ", 12)
	n.send(c, func(parts [][]byte) { slices.Reverse(parts[1:]) })
	n.asked()
	n.do(simcard.OK, pin2)
	if err := applet.RSA2048.Verify(public, c.Signed(), n.answer().Signature); err != nil {
		t.Error(err)
	}

	for _, refusal := range []smpp.Status{smpp.SystemError, smpp.SubmitFailed, smpp.TemporaryFailure, smpp.QueueFull} {
		n.center.Next(smscenter.Fate{}, smscenter.Fate{Status: refusal}) // of the answer: it comes again
		n.send(applet.Command{Kind: applet.Status, Transaction: transaction}, inOrder)
		n.answer()
	}

	n.center.Next(smscenter.Fate{Copies: 1})
	n.send(applet.Command{Kind: applet.Status, Transaction: transaction}, inOrder)
	n.answer()
	if r := n.response(); r.Status != ota.CounterLow {
		t.Errorf("the copy: %s", r.Status)
	}

	n.mu.Lock()
	defer n.mu.Unlock()
	for _, secret := range []string{pin2, string(n.card.Keys[0].KIc), string(n.card.Keys[0].KID), "Pay 25"} {
		if strings.Contains(string(n.air), secret) {
			t.Errorf("%q went over the air", secret)
		}
	}
}

// TestNoPhone: a card that is not there is told to the sender; rubbish harms nobody.
func TestNoPhone(t *testing.T) {
	t.Parallel()
	n := connected(t)
	n.center.SIM("436640000000", "sims")
	for _, x := range []struct {
		to, short string
		want      smpp.DeliveryState
	}{{"436640000000", "\x02\x70\x00x", smpp.Undeliverable}, {n.card.Number[1:], "", smpp.Delivered}, {n.card.Number[1:], "\x02\x70\x00x", smpp.Delivered}, {n.card.Number[1:], "\x07\x00\x03\x01\x00\x01\x70\x00x", smpp.Delivered}} {
		n.seq++
		n.put(smpp.PDU{Command: smpp.SubmitSM, Sequence: 100 + n.seq, Body: &smpp.Message{
			Source: bank(), Dest: smpp.Address{Addr: x.to}, ESMClass: smpp.ESMHeader, ProtocolID: 0x7F, Coding: 0xF6, Registered: 1, Short: []byte(x.short),
		}})
		for got := false; !got; {
			p, err := smpp.Read(n.bank)
			if err != nil {
				t.Fatal(err)
			}
			if p.Command != smpp.DeliverSM {
				continue
			}
			n.put(p.Reply(smpp.OK, &smpp.MessageResp{}))
			var r smpp.Receipt
			if r, got = p.Body.(*smpp.Message).Receipt(); got && r.State != x.want { //nolint:forcetypeassert // a deliver_sm
				t.Errorf("%q to %s: %s", x.short, x.to, r.State)
			}
		}
	}
}

// TestALogin that the center refuses is told and tried again.
func TestALogin(t *testing.T) {
	t.Parallel()
	n := connected(t)
	told := make(chan error, 100)
	ctx, stop := context.WithCancel(t.Context())
	m := &simcard.Modem{Tray: tray(t, ""), SystemID: "sims", Password: "wrong", Dial: n.dial, Trouble: func(err error) {
		select {
		case told <- err:
		default:
		}
	}}
	done := make(chan struct{})
	go func() { m.Run(ctx); close(done) }()
	if err := <-told; err == nil || errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "wrong") {
		t.Error(err)
	}
	if err := <-told; err == nil {
		t.Error("it is not tried again")
	}
	stop()
	<-done
}
