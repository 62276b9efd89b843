package smscenter_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/smpp"
)

const number = "4791234567"

// peer is a client that does what a test says and nothing by itself.
type peer struct {
	t        *testing.T
	conn     net.Conn
	sequence uint32
}

// start serves a center on a free port and returns how to connect to it.
func start(t *testing.T, c smscenter.Config) (*smscenter.Center, func() *peer) {
	t.Helper()
	c.Now = func() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) }
	return startAt(t, c)
}

// startAt is start with a clock.
func startAt(t *testing.T, c smscenter.Config) (*smscenter.Center, func() *peer) {
	t.Helper()
	center := smscenter.New(c)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- center.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return center, func() *peer {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return &peer{t: t, conn: conn}
	}
}

func (p *peer) send(c smpp.Command, b smpp.Body) uint32 {
	p.t.Helper()
	p.sequence++
	p.put(smpp.PDU{Command: c, Sequence: p.sequence, Body: b})
	return p.sequence
}

func (p *peer) put(x smpp.PDU) {
	p.t.Helper()
	b, err := x.Append(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.conn.Write(b); err != nil {
		p.t.Fatal(err)
	}
}

// get reads the next PDU; it fails unless it has that command and status.
func (p *peer) get(c smpp.Command, s smpp.Status) smpp.PDU {
	p.t.Helper()
	timer := time.AfterFunc(30*time.Second, func() { _ = p.conn.Close() })
	defer timer.Stop()
	x, err := smpp.Read(p.conn)
	if err != nil || x.Command != c || x.Status != s {
		p.t.Fatalf("got %s with status %s, %v; want %s with %s", x.Command, x.Status, err, c, s)
	}
	return x
}

// over fails unless the center has closed the connection.
func (p *peer) over() {
	p.t.Helper()
	if x, err := smpp.Read(p.conn); err == nil {
		p.t.Errorf("got %s, not the end", x.Command)
	}
}

func (p *peer) bind(c smpp.Command, name, password string, s smpp.Status) {
	p.t.Helper()
	p.send(c, &smpp.Bind{SystemID: name, Password: password, Version: smpp.Version})
	p.get(c.Response(), s)
}

func text(body string) *smpp.Message {
	return &smpp.Message{Source: smpp.Address{TON: smpp.Alphanumeric, Addr: "Bank"}, Dest: smpp.Address{TON: smpp.International, NPI: 1, Addr: number}, Registered: 1, Short: []byte(body)}
}

// receipt reads a receipt, acknowledges it with a status, and returns it.
func (p *peer) receipt(s smpp.Status) smpp.Receipt {
	p.t.Helper()
	x := p.get(smpp.DeliverSM, smpp.OK)
	m, _ := x.Body.(*smpp.Message)
	r, ok := m.Receipt()
	if !ok {
		p.t.Fatalf("%+v is no receipt", m)
	}
	p.put(x.Reply(s, &smpp.MessageResp{}))
	return r
}

func TestASession(t *testing.T) {
	t.Parallel()
	center, connect := start(t, smscenter.Config{Accounts: map[string]string{"bank": "pw"}})
	p := connect()
	p.send(smpp.SubmitSM, text("too early"))
	p.get(smpp.SubmitSMResp, smpp.WrongBindState)
	p.bind(smpp.BindTransceiver, "bank", "pw", smpp.OK)
	p.bind(smpp.BindTransceiver, "bank", "pw", smpp.AlreadyBound)
	p.send(smpp.EnquireLink, nil)
	p.get(smpp.EnquireLinkResp, smpp.OK)
	p.send(0x103, nil) // data_sm
	p.get(smpp.GenericNack, smpp.InvalidCommand)
	p.send(smpp.SubmitSM, text("hello"))
	id := p.get(smpp.SubmitSMResp, smpp.OK).Body.(*smpp.MessageResp).ID //nolint:forcetypeassert // a response with status 0
	if r := p.receipt(smpp.OK); r.ID != id || r.State != smpp.Delivered {
		t.Errorf("message %s: %+v", id, r)
	}
	p.send(smpp.Unbind, nil)
	p.get(smpp.UnbindResp, smpp.OK)
	p.over()
	want := []smscenter.SMS{{From: "Bank", Text: "hello", At: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}}
	if diff := cmp.Diff(want, center.Inbox("+"+number)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{number}, center.Numbers()); diff != "" {
		t.Error(diff)
	}
	if center.Clear(number); len(center.Inbox(number)) != 0 {
		t.Error("the phone was not cleared")
	}
}

func TestLogins(t *testing.T) {
	t.Parallel()
	_, connect := start(t, smscenter.Config{Accounts: map[string]string{"bank": "pw"}})
	for _, x := range []struct {
		name, password string
		status         smpp.Status
	}{{"bank", "", smpp.InvalidPassword}, {"bank", "PW", smpp.InvalidPassword}, {"other", "pw", smpp.InvalidSystemID}} {
		p := connect()
		p.bind(smpp.BindTransceiver, x.name, x.password, x.status)
		p.over()
	}
}

func TestRubbish(t *testing.T) {
	t.Parallel()
	_, connect := start(t, smscenter.Config{})
	p := connect()
	if _, err := p.conn.Write([]byte("\x00\x00\x00\x12\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x09xx")); err != nil { // half a submit_sm
		t.Fatal(err)
	}
	if x := p.get(smpp.GenericNack, smpp.InvalidLength); x.Sequence != 9 {
		t.Errorf("%+v", x)
	}
	if _, err := p.conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	p.over()
}

// TestReceiptsWaitForAReceiver: over two sessions, through a lost one, and once
// more when the client could not store it.
func TestReceiptsWaitForAReceiver(t *testing.T) {
	t.Parallel()
	_, connect := start(t, smscenter.Config{})
	sender := connect()
	sender.bind(smpp.BindTransmitter, "bank", "", smpp.OK)
	sender.send(smpp.SubmitSM, text("x"))
	id := sender.get(smpp.SubmitSMResp, smpp.OK).Body.(*smpp.MessageResp).ID //nolint:forcetypeassert // a response with status 0

	lost := connect()
	lost.bind(smpp.BindReceiver, "bank", "", smpp.OK)
	lost.get(smpp.DeliverSM, smpp.OK)
	_ = lost.conn.Close() // without acknowledging it
	again := connect()
	for stop := false; !stop; { // until the center has seen the connection end
		again = connect()
		again.bind(smpp.BindReceiver, "bank", "", smpp.OK)
		again.send(smpp.EnquireLink, nil)
		x, err := smpp.Read(again.conn)
		if err != nil {
			t.Fatal(err)
		}
		if stop = x.Command == smpp.DeliverSM; stop {
			again.put(x.Reply(smpp.TemporaryFailure, &smpp.MessageResp{}))
			again.get(smpp.EnquireLinkResp, smpp.OK)
		} else {
			_ = again.conn.Close()
		}
	}
	again.send(smpp.SubmitSM, text("x"))
	again.get(smpp.SubmitSMResp, smpp.WrongBindState)
	_ = again.conn.Close()
	last := connect()
	last.bind(smpp.BindTransceiver, "bank", "", smpp.OK)
	if r := last.receipt(smpp.OK); r.ID != id {
		t.Errorf("%+v", r)
	}
}

func TestFates(t *testing.T) {
	t.Parallel()
	center, connect := start(t, smscenter.Config{})
	p := connect()
	p.bind(smpp.BindTransceiver, "bank", "", smpp.OK)
	center.Next(smscenter.Fate{Drop: true}, smscenter.Fate{Copies: 1}, smscenter.Fate{Silent: true}, smscenter.Fate{Delay: time.Nanosecond})
	for _, body := range []string{"dropped", "twice", "silent", "delayed"} {
		p.send(smpp.SubmitSM, text(body))
		if body != "silent" {
			p.get(smpp.SubmitSMResp, smpp.OK)
		}
		for range map[string]int{"dropped": 0, "twice": 2, "silent": 1, "delayed": 1}[body] {
			p.receipt(smpp.OK)
		}
	}
	var got []string
	for _, s := range center.Inbox(number) {
		got = append(got, s.Text)
	}
	if all := strings.Join(got, " "); all != "twice twice silent delayed" {
		t.Errorf("the phone shows %s", all)
	}
	bad := text("x")
	bad.Validity = "tomorrow"
	p.send(smpp.SubmitSM, bad)
	p.get(smpp.SubmitSMResp, smpp.InvalidValidity)
	quiet := text("x")
	quiet.Registered = 0
	p.send(smpp.SubmitSM, quiet)
	p.get(smpp.SubmitSMResp, smpp.OK) // and no receipt:
	p.send(smpp.EnquireLink, nil)
	p.get(smpp.EnquireLinkResp, smpp.OK)
	center.Always(smscenter.Fate{Disconnect: true})
	p.send(smpp.SubmitSM, text("x"))
	p.over()
}

// TestAnEndWithMessagesUnderWay: a center that ends does not wait for delays.
func TestAnEndWithMessagesUnderWay(t *testing.T) {
	t.Parallel()
	center, connect := start(t, smscenter.Config{})
	p := connect()
	p.bind(smpp.BindTransceiver, "bank", "", smpp.OK)
	center.Always(smscenter.Fate{Delay: 24 * time.Hour})
	p.send(smpp.SubmitSM, text("x"))
	p.get(smpp.SubmitSMResp, smpp.OK)
}
