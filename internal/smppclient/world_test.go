package smppclient_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/smppclient"
	"github.com/countersign-auth/countersign/internal/sms"
)

const number = "+4791234567"

// receipts is a receiver that remembers.
type receipts struct {
	mu   sync.Mutex
	got  []sms.Receipt
	fail func(n int) error // of the n-th, from 1; nil takes all
	came chan sms.Receipt
}

func (r *receipts) Receive(_ context.Context, x sms.Receipt) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, x)
	if r.fail != nil {
		if err := r.fail(len(r.got)); err != nil {
			return err
		}
	}
	r.came <- x
	return nil
}

// next waits for the next receipt that was taken.
func (r *receipts) next(t *testing.T) sms.Receipt {
	t.Helper()
	select {
	case x := <-r.came:
		return x
	case <-patience(t).Done():
		t.Fatal("no receipt came")
		return sms.Receipt{}
	}
}

// patience bounds waiting for what must happen: only a broken test uses it up.
func patience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// clock is moved by tests.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a client that is bound to a center.
type world struct {
	t      *testing.T
	clock  *clock
	center *smscenter.Center
	client *smppclient.Client
	got    *receipts
	stop   func() // ends the client and waits
}

func open(t *testing.T, server smscenter.Config, c smppclient.Config) *world {
	t.Helper()
	w := &world{t: t, clock: newClock(), got: &receipts{came: make(chan sms.Receipt, 1000)}}
	server.Now = w.clock.Now
	w.center = smscenter.New(server)
	c.Address = serve(t, w.center)
	if c.Name == "" {
		c.Name, c.SystemID, c.Password, c.Source = "test", "bank", []byte("secret"), "Bank"
	}
	w.connect(c)
	return w
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)} }

// connect runs a client until the test ends.
func (w *world) connect(c smppclient.Config) {
	t := w.t
	t.Helper()
	c.First = time.Millisecond
	c.Receiver, c.Now, c.Rand = w.got, w.clock.Now, rand.Reader
	c.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	client, err := smppclient.New(c)
	if err != nil {
		t.Fatal(err)
	}
	w.client = client
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); client.Run(ctx) }()
	w.stop = func() { cancel(); <-ended }
	t.Cleanup(w.stop)
}

// serve runs a center on a free port until the test ends.
func serve(t *testing.T, c *smscenter.Center) (address string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- c.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// bound waits until the client has n sessions.
func (w *world) bound(n int) {
	w.t.Helper()
	eventually(w.t, func() bool { return w.client.Stats().Sessions == n })
}

func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for ctx := patience(t); !ok(); {
		if ctx.Err() != nil {
			t.Fatal("what was waited for did not happen")
		}
		time.Sleep(time.Millisecond) // polling another goroutine
	}
}

func (w *world) message(body string) sms.Outgoing {
	return sms.Outgoing{ID: ident.New(w.clock.Now(), rand.Reader), To: number, Body: body, Class: sms.ClassCode, Expires: w.clock.Now().Add(5 * time.Minute)}
}

func (w *world) submit(body string) (references []string) {
	w.t.Helper()
	references, err := w.client.Submit(w.t.Context(), w.message(body))
	if err != nil {
		w.t.Fatal(err)
	}
	return references
}
