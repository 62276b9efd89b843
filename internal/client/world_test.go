package client_test

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/keyring"
)

const (
	issuer   = "https://auth.example"
	endpoint = "https://auth.example/oauth/token"
)

var cli = audit.System("cli")

// world is an installation with a register of clients.
type world struct {
	*client.Register
	*testing.T
	clock *dbtest.Clock
}

func each(t *testing.T, f func(w *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		f(&world{open(t, d, ring(t, d, clock), clock), t, clock})
	})
}

func ring(t testing.TB, d *db.DB, clock *dbtest.Clock) *keyring.Ring {
	t.Helper()
	kek, err := keyring.NewLocal(rand.Reader, keyring.Key{1})
	if err != nil {
		t.Fatal(err)
	}
	o := keyring.Options{Rand: rand.Reader, Now: clock.Now}
	if err := keyring.Init(t.Context(), d, kek, o, "system:test"); err != nil {
		t.Fatal(err)
	}
	r, err := keyring.Open(t.Context(), d, kek, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// open is one node on a database; a second one is another node.
func open(t testing.TB, d *db.DB, r *keyring.Ring, clock *dbtest.Clock) *client.Register {
	t.Helper()
	reg, err := client.Open(t.Context(), client.Options{DB: d, Ring: r, Rand: rand.Reader, Now: clock.Now, Issuer: issuer, Endpoint: endpoint})
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

// create makes a client with a secret and some scopes.
func (w *world) create(n client.New) (client.Client, string) {
	w.Helper()
	if n.Name == "" {
		n.Name = "online banking"
	}
	if n.Scopes == 0 {
		n.Scopes = client.CustomersRead | client.Authentications
	}
	c, secret, err := w.Create(w.Context(), cli, n)
	if err != nil {
		w.Fatal(err)
	}
	return c, secret
}

func form(pairs ...string) url.Values {
	v := url.Values{"grant_type": {"client_credentials"}}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

// token gets an access token with a secret, or fails the test.
func (w *world) token(c client.Client, secret string) string {
	w.Helper()
	tok, err := w.Token(w.Context(), client.Request{Authorization: basic(c.ID.String(), secret), Form: form()})
	if err != nil {
		w.Fatal(err)
	}
	return tok.Access
}

func (w *world) records(kind string) (n int) {
	w.Helper()
	err := w.DB.Read(w.Context(), func(tx *db.Tx) error {
		return tx.Row("SELECT COUNT(*) FROM journal WHERE kind = $1", kind).Scan(&n)
	})
	if err != nil {
		w.Fatal(err)
	}
	return n
}

func wantFault(t testing.TB, err error, code string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != code {
		t.Errorf("got %v, want the fault %s", err, code)
	}
}

// parallel runs f n times at once and counts how often it was true.
func parallel(n int, f func() bool) int {
	var wg sync.WaitGroup
	var count atomic.Int64
	for range n {
		wg.Go(func() {
			if f() {
				count.Add(1)
			}
		})
	}
	wg.Wait()
	return int(count.Load())
}
