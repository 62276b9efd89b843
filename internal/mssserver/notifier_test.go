package mssserver_test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/mssserver"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/internal/reach"
	"github.com/countersign-auth/countersign/mss"
)

// called is a service provider that is called back.
type called struct {
	*httptest.Server

	mu     sync.Mutex
	got    []*mss.StatusResponse
	answer func(http.ResponseWriter, *mss.StatusResponse)
}

func newCalled(t *testing.T) *called {
	t.Helper()
	c := &called{}
	c.answer = func(w http.ResponseWriter, _ *mss.StatusResponse) { w.WriteHeader(http.StatusNoContent) }
	c.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e, err := mss.ReadRequest(mss.MediaSOAP, body)
		m, ok := e.Message.(*mss.StatusResponse)
		if err != nil || !ok || e.Operation != mss.Notification {
			t.Errorf("this is no notification: %v %s", err, body)
			return
		}
		c.mu.Lock()
		c.got = append(c.got, m)
		c.mu.Unlock()
		c.answer(w, m)
	}))
	t.Cleanup(c.Close)
	return c
}

// calls are the notifications that came.
func (c *called) calls() []*mss.StatusResponse {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.got)
}

// calling runs a test in worlds in which the shop is called back.
func calling(t *testing.T, r reach.Reach, f func(t *testing.T, w *world, c *called, deliver func() int)) {
	t.Helper()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		clock.Set(noon)
		c := newCalled(t)
		w := newWorld(t, d, clock, func(x *provider.Terms) { x.Callbacks = []string{c.URL + "/notify"} })
		out := outbox.New(w.db, w.providers.Ring, outbox.Config{Now: w.clock.Now, Rand: rand.Reader})
		pool := x509.NewCertPool()
		pool.AddCert(c.Certificate())
		n := mssserver.NewNotifier(mssserver.NotifierConfig{
			Orders: w.providers, Signer: w.people, Outbox: out, ID: "https://mss.bank.example", Reach: r, TLS: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, Now: w.clock.Now, Log: slog.New(slog.DiscardHandler), Timeout: time.Second,
		})
		t.Cleanup(n.Close)
		f(t, w, c, func() int {
			left, err := n.Look(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := out.Deliver(t.Context(), map[string]outbox.Handler{mssserver.MessageNotification: n}); err != nil {
				t.Fatal(err)
			}
			return left
		})
	})
}

func (w *world) serverServer(url string) string {
	w.Helper()
	q := w.order()
	q.Mode, q.AP.URL = mss.AsynchServerServer, url
	m, err := w.call(mss.Signature, q)
	if err != nil {
		w.Fatal(err)
	}
	return m.(*mss.SignatureResponse).TransID
}

func TestAProviderIsCalledOnce(t *testing.T) {
	t.Parallel()
	calling(t, reach.Reach{Loopback: true}, func(t *testing.T, w *world, c *called, deliver func() int) {
		handle := w.serverServer("")
		if n := deliver(); n != 0 || len(c.calls()) != 0 {
			t.Errorf("called before there was an answer")
		}
		_, err := w.status(handle)
		wantFault(t, "a question in this mode", err, mss.WrongParam, mss.WrongMode)
		w.people.end(handle, valid)
		if first, second := deliver(), deliver(); first != 1 || second != 0 || len(c.calls()) != 1 {
			t.Fatalf("%d and %d notifications, %d calls", first, second, len(c.calls()))
		}
		if got := c.calls()[0]; got.TransID != handle || got.Status.Code != mss.ValidSignature || string(got.Signed.CMS) != "cms" || got.AP.ID != shop || got.User.MSISDN != "+436641234567" {
			t.Errorf("%+v", got)
		}
		refused := w.serverServer(c.URL + "/notify")
		w.people.end(refused, func(x *mobileid.Transaction) { x.Status = mobileid.Canceled })
		if deliver(); len(c.calls()) != 2 || c.calls()[1].Status.Code != mss.UserCancel || c.calls()[1].Status.Message != "USER_CANCEL" {
			t.Errorf("%+v", c.calls())
		}
	})
}

func TestTheReceiptOfANotificationIsShown(t *testing.T) {
	t.Parallel()
	calling(t, reach.Reach{Loopback: true}, func(t *testing.T, w *world, c *called, deliver func() int) {
		c.answer = func(rw http.ResponseWriter, m *mss.StatusResponse) {
			receipt := &mss.ReceiptRequest{Base: mss.Base{Major: 1, Minor: 1, AP: m.AP}, TransID: m.TransID, User: m.User, Message: data("Thank you", "", "")}
			e := &mss.Envelope{Operation: mss.Notification, Message: receipt}
			rw.Header().Set("Content-Type", mss.Dialect{}.Media())
			_, _ = rw.Write(e.WriteResponse())
		}
		handle := w.serverServer("")
		w.people.end(handle, valid)
		if deliver(); len(w.people.shown) != 1 || w.people.shown[0].Text != "Thank you" {
			t.Errorf("%+v", w.people.shown)
		}
	})
}

func TestACallThatFailsIsTriedAgain(t *testing.T) {
	t.Parallel()
	calling(t, reach.Reach{Loopback: true}, func(t *testing.T, w *world, c *called, deliver func() int) {
		answers := []int{http.StatusServiceUnavailable, http.StatusFound, 0, http.StatusOK}
		release := make(chan struct{})
		c.answer = func(rw http.ResponseWriter, _ *mss.StatusResponse) {
			status := answers[0]
			answers = answers[1:]
			if status == 0 {
				<-release // it never answers
				return
			}
			rw.Header().Set("Location", c.URL+"/elsewhere") // following it would succeed
			rw.WriteHeader(status)
		}
		w.people.end(w.serverServer(""), valid)
		for n := 1; n <= 4; n++ {
			if deliver(); len(c.calls()) != n {
				t.Errorf("attempt %d: %d calls", n, len(c.calls()))
			}
			if n == 3 {
				close(release)
			}
			w.clock.Advance(time.Minute)
		}
		if deliver(); len(c.calls()) != 4 {
			t.Errorf("%d calls after it was taken", len(c.calls()))
		}
	})
}

func TestNotificationsStayOutside(t *testing.T) {
	t.Parallel()
	calling(t, reach.Reach{}, func(t *testing.T, w *world, c *called, deliver func() int) { // this machine is not to be reached
		w.people.end(w.serverServer(""), valid)
		if deliver(); len(c.calls()) != 0 {
			t.Error("an address on this machine was called")
		}
		if _, err := w.providers.Update(t.Context(), officer, w.shop.ID, func(x *provider.Terms) { x.Callbacks = nil }); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Minute)
		if deliver(); len(c.calls()) != 0 {
			t.Error("an address that is not registered any more was called")
		}
	})
}

func TestNodesShareNotifications(t *testing.T) {
	t.Parallel()
	calling(t, reach.Reach{Loopback: true}, func(t *testing.T, w *world, _ *called, _ func() int) {
		out := outbox.New(w.db, w.providers.Ring, outbox.Config{Now: w.clock.Now, Rand: rand.Reader})
		for range 20 {
			w.people.end(w.serverServer(""), valid)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		total := 0
		for range 4 {
			n := mssserver.NewNotifier(mssserver.NotifierConfig{Orders: w.providers, Signer: w.people, Outbox: out, ID: "x", Now: w.clock.Now, Log: slog.New(slog.DiscardHandler)})
			wg.Go(func() {
				left, err := n.Look(t.Context())
				mu.Lock()
				defer mu.Unlock()
				if total += left; err != nil && !strings.Contains(err.Error(), "busy") {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if total != 20 {
			t.Errorf("%d notifications of 20 requests", total)
		}
	})
}
