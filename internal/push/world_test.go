package push_test

import (
	"crypto/rand"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/push"
	"github.com/countersign-auth/countersign/webpush"
)

var (
	maria, peter = ident.Derive("maria"), ident.Derive("peter")
	phone, slate = ident.Derive("phone"), ident.Derive("slate") // tokens
	her          = audit.Customer(maria)
)

type world struct {
	testing.TB

	d     *db.DB
	clock *dbtest.Clock
	ring  *keyring.Ring
	desk  *push.Desk
}

func each(t *testing.T, f func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := &world{TB: t, d: d, clock: clock, ring: keyringtest.Open(t, d)}
		w.desk = w.node()
		f(t, w)
	})
}

// node is a desk of another node.
func (w *world) node() *push.Desk {
	w.Helper()
	s, err := push.ParseServices("push.example, *.notify.example, odd.example:8443", false)
	if err != nil {
		w.Fatal(err)
	}
	return push.New(push.Config{DB: w.d, Ring: w.ring, Now: w.clock.Now, Services: s})
}

// subscription is one at an endpoint, with fresh keys.
func (w *world) subscription(endpoint string) push.Subscription {
	w.Helper()
	s, err := webpush.NewSubscriber(rand.Reader)
	if err != nil {
		w.Fatal(err)
	}
	p256dh, auth := s.Keys()
	return push.Subscription{Endpoint: endpoint, P256DH: p256dh, Auth: auth}
}

func (w *world) bind(customer, token ident.ID, s push.Subscription) {
	w.Helper()
	w.must(w.desk.Bind(w.Context(), audit.Customer(customer), customer, token, s))
}

func (w *world) target(customer, token ident.ID) push.Target {
	w.Helper()
	t, found, err := w.desk.Target(w.Context(), customer, token)
	if err != nil || !found {
		w.Fatalf("no target: %v", err)
	}
	return t
}

func (w *world) state(customer, token ident.ID) push.State {
	w.Helper()
	all, err := w.desk.Health(w.Context(), customer)
	w.must(err)
	return all[token].State
}

func (w *world) write(f func(*db.Tx) error) {
	w.Helper()
	w.must(w.d.Write(w.Context(), f))
}

// count counts rows.
func (w *world) count(from string, args ...any) (n int) {
	w.Helper()
	w.must(w.d.Read(w.Context(), func(tx *db.Tx) error { return tx.Row("SELECT count(*) FROM "+from, args...).Scan(&n) }))
	return n
}

func (w *world) records(kind string) int {
	w.Helper()
	return w.count("journal WHERE kind = $1", kind)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}
