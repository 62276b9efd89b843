package iso8583server_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/iso8583server"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/iso8583"
)

// desk stands for the issuer: it answers as it is told, and remembers what it was asked.
type desk struct {
	mu        sync.Mutex
	requests  []issuing.Request
	advices   []issuing.Advice
	reversals []issuing.Reversal
	back      issuing.Returned
	advised   issuing.Decision
	decide    func(issuing.Request) (issuing.Decision, error)
}

func (d *desk) Authorize(_ context.Context, _ audit.Actor, r issuing.Request) (issuing.Decision, error) {
	d.mu.Lock()
	d.requests = append(d.requests, r)
	d.mu.Unlock()
	if d.decide != nil {
		return d.decide(r)
	}
	return issuing.Decision{Outcome: issuing.Approve, Approved: r.Amount, Code: "123456"}, nil
}

func (d *desk) Advise(_ context.Context, _ audit.Actor, a issuing.Advice) (issuing.Decision, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.advices = append(d.advices, a)
	return d.advised, nil
}

func (d *desk) Reverse(_ context.Context, _ audit.Actor, r issuing.Reversal) (issuing.Returned, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reversals = append(d.reversals, r)
	return d.back, nil
}

// world is a server with a connection to it.
type world struct {
	*testing.T

	desk    *desk
	profile *iso8583.Profile
	address string
	log     *syncBuffer
	stop    func()
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.b.Reset()
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func newWorld(t *testing.T, profile string, change func(*iso8583server.Config)) *world {
	t.Helper()
	return newWorldOn(t, profile, change, func(l net.Listener) net.Listener { return l })
}

// newWorldOn is newWorld with something around its listener.
func newWorldOn(t *testing.T, profile string, change func(*iso8583server.Config), around func(net.Listener) net.Listener) *world {
	t.Helper()
	p, err := iso8583.Load(profile)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, desk: &desk{advised: issuing.Decision{Outcome: issuing.Decline, Reason: issuing.WornKey}}, profile: p, log: &syncBuffer{}}
	c := iso8583server.Config{Profile: p, Desk: w.desk, Log: slog.New(slog.NewTextHandler(w.log, nil)), Idle: time.Minute, Room: 16, Most: 4}
	if change != nil {
		change(&c)
	}
	s, err := iso8583server.New(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.address = l.Addr().String()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	l = around(l)
	go func() { done <- s.Serve(ctx, l) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(w.stop)
	return w
}

// line is a connection of an acquirer.
type line struct {
	w *world
	net.Conn
}

func (w *world) dial() line {
	w.Helper()
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		w.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = c.Close() })
	return line{w, c}
}

func (l line) send(m *iso8583.Message) {
	l.w.Helper()
	b, err := l.w.profile.Append(nil, m)
	if err != nil {
		l.w.Fatal(err)
	}
	l.raw(b)
}

func (l line) raw(b []byte) {
	l.w.Helper()
	b, err := l.w.profile.Framing.Append(nil, b)
	if err != nil {
		l.w.Fatal(err)
	}
	if _, err := l.Write(b); err != nil {
		l.w.Fatal(err)
	}
}

func (l line) receive() *iso8583.Message {
	l.w.Helper()
	b, err := l.w.profile.Framing.Read(l.Conn, nil)
	if err != nil {
		l.w.Fatal(err)
	}
	m, err := l.w.profile.Parse(b)
	if err != nil {
		l.w.Fatal(err)
	}
	return m
}

func (l line) ask(m *iso8583.Message) *iso8583.Message {
	l.w.Helper()
	l.send(m)
	return l.receive()
}

// network is a network message.
func network(code string) *iso8583.Message {
	m := &iso8583.Message{MTI: iso8583.NetworkRequest}
	for n, v := range map[int]string{7: "1123101530", 11: "000001", 70: code} {
		m.SetText(n, v)
	}
	return m
}

// payment is an authorization of 40 euro.
func payment(trace string) *iso8583.Message {
	m := &iso8583.Message{MTI: iso8583.AuthorizationRequest}
	for n, v := range map[int]string{
		2: "4900000000000003", 3: "000000", 4: "000000004000", 7: "1123101530", 11: trace, 12: "111530", 13: "1123", 18: "5411", 19: "276", 22: "071", 25: "00",
		32: "123456", 37: "632700000123", 41: "TERM0001", 42: "MERCHANT0000001", 43: "Corner shop              Springfield  DE", 49: "978",
	} {
		m.SetText(n, v)
	}
	m.Set(55, chip())
	return m
}

func chip() []byte {
	data := cryptogram.ApplicationData{KeySet: 1, Wallet: 7, Index: 6056207}.Bytes()
	var out []byte
	for _, x := range []struct {
		tag   iso8583.Tag
		value []byte
	}{
		{iso8583.TagCryptogram, []byte("12345678")},
		{iso8583.TagCryptogramInfo, []byte{0x80}},
		{iso8583.TagApplicationData, data},
		{iso8583.TagUnpredictable, []byte{1, 2, 3, 4}},
		{iso8583.TagCounter, []byte{0, 28}},
		{iso8583.TagTVR, make([]byte, 5)},
		{iso8583.TagDate, []byte{0x26, 0x11, 0x23}},
		{iso8583.TagType, []byte{0}},
		{iso8583.TagAmount, []byte{0, 0, 0, 0, 0x40, 0}},
		{iso8583.TagOtherAmount, make([]byte, 6)},
		{iso8583.TagCurrency, []byte{9, 0x78}},
		{iso8583.TagAIP, []byte{0x18, 0}},
		{iso8583.TagCountry, []byte{2, 0x76}},
	} {
		out = iso8583.AppendTag(out, x.tag, x.value)
	}
	return out
}
