package smppclient_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/smppclient"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/smpp"
)

// way is the whole way of a text: desk, outbox, clients, centers, phones.
type way struct {
	t       *testing.T
	d       *db.DB
	clock   *dbtest.Clock
	desk    *sms.Desk
	centers []*smscenter.Center
	clients []*smppclient.Client
}

// eachWay builds a way with two gateways on each database and runs its outbox.
func eachWay(t *testing.T, f func(t *testing.T, w *way)) {
	t.Helper()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		ring := keyringtest.Open(t, d)
		box := outbox.New(d, ring, outbox.Config{Now: clock.Now, Rand: rand.Reader, Poll: time.Millisecond})
		w := &way{t: t, d: d, clock: clock, desk: &sms.Desk{DB: d, Ring: ring, Outbox: box, Now: clock.Now, Rand: rand.Reader}}
		for i, name := range []string{"first", "second"} {
			ids := []smpp.IDForm{smpp.HexThenDec, smpp.SameIDs}[i]
			center := smscenter.New(smscenter.Config{Now: clock.Now, IDs: ids, Shape: smscenter.Shape(i)})
			c, err := smppclient.New(smppclient.Config{
				Name: name, Address: serve(t, center), SystemID: "bank", Source: "Bank", IDs: ids, First: time.Millisecond,
				Receiver: w.desk, Now: clock.Now, Rand: rand.Reader,
			})
			if err != nil {
				t.Fatal(err)
			}
			w.centers, w.clients, w.desk.Gateways = append(w.centers, center), append(w.clients, c), append(w.desk.Gateways, c)
		}
		w.run()
		f(t, w)
	})
}

// run runs clients and outbox until the test ends.
func (w *way) run() {
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	jobs := []func(context.Context){func(ctx context.Context) { w.desk.Outbox.Run(ctx, map[string]outbox.Handler{sms.Kind: w.desk}) }}
	for _, c := range w.clients {
		jobs = append(jobs, c.Run)
	}
	done := make(chan struct{}, len(jobs))
	for _, job := range jobs {
		go func() { job(ctx); done <- struct{}{} }()
	}
	w.t.Cleanup(func() {
		cancel()
		for range jobs {
			<-done
		}
	})
	for _, c := range w.clients {
		eventually(w.t, func() bool { return c.Stats().Sessions == 1 })
	}
}

func (w *way) send(body string) (id ident.ID) {
	w.t.Helper()
	if err := w.d.Write(w.t.Context(), func(tx *db.Tx) (err error) {
		id, err = w.desk.Send(tx, audit.System("test"), sms.Text{To: number, Body: body, Class: sms.ClassCode, Expires: tx.Now.Add(5 * time.Minute)})
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// becomes waits until a message has a state.
func (w *way) becomes(id ident.ID, want sms.State) (m sms.Message) {
	w.t.Helper()
	eventually(w.t, func() bool {
		var err error
		if m, _, err = w.desk.Find(w.t.Context(), id); err != nil {
			w.t.Fatal(err)
		}
		return m.State == want
	})
	return m
}

func (w *way) phone(n int) []smscenter.SMS {
	w.t.Helper()
	got, err := w.centers[0].Wait(patience(w.t), number, n)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

func TestFromSendToReceipt(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, w *way) {
		for i, body := range []string{"Your code is 123456", strings.Repeat("Pay EUR 90.00 to Жанна 😀. ", 8)} {
			m := w.becomes(w.send(body), sms.Delivered)
			if got := w.phone(i + 1); got[i].Text != body || m.Gateway != "first" || m.Parts != 1+3*i {
				t.Errorf("the phone shows %q; %+v", got[i].Text, m)
			}
		}
		w.centers[0].Next(smscenter.Fate{ReceiptFirst: true}, smscenter.Fate{State: smpp.Undeliverable, Code: "027"}, smscenter.Fate{State: smpp.Expired})
		w.becomes(w.send("receipt first"), sms.Delivered)
		if m := w.becomes(w.send("lost"), sms.Failed); m.Reason != "027" {
			t.Errorf("%+v", m)
		}
		w.becomes(w.send("late"), sms.Expired)
	})
}

func TestDuplicatedReceiptsChangeNothing(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, w *way) {
		w.centers[0].Next(smscenter.Fate{Copies: 2})
		id := w.send("x")
		w.phone(3)
		if err := w.centers[0].Until(patience(t), func(s smscenter.Stats) bool { return s.Receipts == 3 }); err != nil {
			t.Error(err)
		}
		w.becomes(id, sms.Delivered)
		var ends int
		if err := w.d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`SELECT count(*) FROM journal WHERE kind = $1`, sms.AuditEnded).Scan(&ends)
		}); err != nil || ends != 1 {
			t.Errorf("%d records of one end, %v", ends, err)
		}
	})
}

func TestFailover(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, w *way) {
		w.centers[0].Always(smscenter.Fate{Status: smpp.Throttled})
		for range 3 { // the pause of the first center holds up nobody
			if m := w.becomes(w.send("x"), sms.Delivered); m.Gateway != "second" {
				t.Errorf("%+v", m)
			}
		}
		if a, b := w.centers[0].Stats().Submitted, w.centers[1].Stats().Delivered; a != 1 || b != 3 {
			t.Errorf("the first center was asked %d times, the second delivered %d", a, b)
		}
	})
}

// TestBothGatewaysBusy: the message waits for the shorter of the two pauses.
func TestBothGatewaysBusy(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, w *way) {
		for _, c := range w.centers {
			c.Next(smscenter.Fate{Status: smpp.QueueFull})
		}
		id := w.send("x")
		eventually(t, func() bool { return w.desk.Outbox.Stats().Failed == 1 })
		w.clock.Advance(2 * time.Second)
		w.becomes(id, sms.Delivered)
	})
}

// TestCutInTheMiddle: the center took the message, and the connection was cut
// before it said so. The text comes at least once, and the sessions come back.
func TestCutInTheMiddle(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, w *way) {
		w.centers[0].Next(smscenter.Fate{Disconnect: true})
		m := w.becomes(w.send("x"), sms.Delivered)
		if n := len(w.phone(1)); n != 1 || m.Gateway != "second" { // which did not know of the first
			t.Errorf("%d texts; %+v", n, m)
		}
		eventually(t, func() bool { return w.clients[0].Stats().Sessions == 1 })
		if m := w.becomes(w.send("y"), sms.Delivered); m.Gateway != "first" {
			t.Errorf("%+v", m)
		}
	})
}

func TestAnUnknownNumberIsGivenUp(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, w *way) {
		w.centers[0].Next(smscenter.Fate{Status: smpp.InvalidDest})
		w.becomes(w.send("x"), sms.Dead)
		if n := w.centers[1].Stats().Submitted; n != 0 {
			t.Errorf("the second gateway was asked %d times", n)
		}
		w.centers[0].Remove(number)
		w.becomes(w.send("x"), sms.Failed)
	})
}

func TestAPhoneThatIsOff(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, w *way) {
		w.centers[0].Switch(number, false)
		soon := w.becomes(w.send("soon"), sms.Sent)
		w.centers[0].Switch(number, true)
		w.becomes(soon.ID, sms.Delivered)
		w.centers[0].Switch(number, false)
		late := w.becomes(w.send("late"), sms.Sent)
		w.clock.Advance(5 * time.Minute) // the life of a code: the network must not deliver it any more
		w.centers[0].Switch(number, true)
		w.becomes(late.ID, sms.Expired)
		if got := w.centers[0].Inbox(number); len(got) != 1 || got[0].Text != "soon" {
			t.Errorf("%+v", got)
		}
	})
}
