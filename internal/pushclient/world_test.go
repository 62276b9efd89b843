package pushclient_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/pushservice"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/prompt"
	"github.com/countersign-auth/countersign/internal/push"
	"github.com/countersign-auth/countersign/internal/pushclient"
	"github.com/countersign-auth/countersign/internal/reach"
)

var (
	maria        = ident.Derive("maria")
	phone, slate = ident.Derive("phone"), ident.Derive("slate") // tokens
)

// life is that of prompts.
const life = 2 * time.Minute

// world is a server, its outbox, a push service and the phones.
type world struct {
	testing.TB

	d       *db.DB
	clock   *dbtest.Clock
	desk    *push.Desk
	box     *outbox.Outbox
	service *pushservice.Service
	url     string
	client  *pushclient.Client
	active  []ident.ID // tokens
}

func each(t *testing.T, f func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		ring := keyringtest.Open(t, d)
		services, err := push.ParseServices("", true)
		if err != nil {
			t.Fatal(err)
		}
		w := &world{TB: t, d: d, clock: clock, active: []ident.ID{phone, slate}}
		w.desk = push.New(push.Config{DB: d, Ring: ring, Now: clock.Now, Services: services})
		w.box = outbox.New(d, ring, outbox.Config{Now: clock.Now, Rand: rand.Reader})
		w.service = pushservice.New(pushservice.Config{Now: clock.Now, Rand: rand.Reader})
		s := httptest.NewServer(w.service)
		t.Cleanup(s.Close)
		w.url = s.URL
		w.client = w.node(pushclient.Config{Reach: reach.Reach{Loopback: true}})
		f(t, w)
	})
}

// node makes a client with what tests do not care for.
func (w *world) node(c pushclient.Config) *pushclient.Client {
	w.Helper()
	c.Desk, c.Outbox, c.Now, c.Rand, c.Contact = w.desk, w.box, w.clock.Now, rand.Reader, "mailto:it@bank.example"
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Tokens = func(_ context.Context, _ ident.ID, policy string) ([]ident.ID, error) {
		if policy != "approval" {
			w.Errorf("tokens of the policy %q", policy)
		}
		return w.active, nil
	}
	client, err := pushclient.New(c)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(client.Close)
	return client
}

// register subscribes a phone at the push service, and binds its token to that.
func (w *world) register(token ident.ID) *pushservice.Subscriber {
	w.Helper()
	key, err := w.desk.PublicKey(w.Context())
	w.must(err)
	s, err := pushservice.Subscribe(w.Context(), &http.Client{}, w.url, key, rand.Reader)
	w.must(err)
	w.bind(token, push.Subscription{Endpoint: s.Endpoint, P256DH: s.P256DH, Auth: s.Auth})
	return s
}

func (w *world) bind(token ident.ID, s push.Subscription) {
	w.Helper()
	w.must(w.desk.Bind(w.Context(), audit.Customer(maria), maria, token, s))
}

// ask leaves what a prompt leaves, and returns its id.
func (w *world) ask() ident.ID {
	w.Helper()
	p := prompt.Push{Customer: maria, Prompt: ident.New(w.clock.Now(), rand.Reader), Policy: "approval", Expires: w.clock.Now().Add(life)}
	payload, err := json.Marshal(p)
	w.must(err)
	w.must(w.d.Write(w.Context(), func(tx *db.Tx) error {
		return w.box.Put(tx, outbox.Message{Kind: prompt.MessagePush, Customer: maria, Payload: payload, Expires: p.Expires})
	}))
	return p.Prompt
}

// deliver delivers what is due now; both steps.
func (w *world) deliver(c *pushclient.Client) {
	w.Helper()
	for range 2 {
		_, err := w.box.Deliver(w.Context(), c.Handlers())
		w.must(err)
	}
}

// next is what a phone shows, "" for nothing.
func (w *world) next(s *pushservice.Subscriber) (pushservice.Message, bool) {
	w.Helper()
	m, ok, err := s.Next(w.Context(), 0)
	w.must(err)
	return m, ok
}

func (w *world) health(token ident.ID) push.Health {
	w.Helper()
	all, err := w.desk.Health(w.Context(), maria)
	w.must(err)
	return all[token]
}

// count counts rows.
func (w *world) count(from string) (n int) {
	w.Helper()
	w.must(w.d.Read(w.Context(), func(tx *db.Tx) error { return tx.Row("SELECT count(*) FROM " + from).Scan(&n) }))
	return n
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}
