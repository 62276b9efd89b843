package dskppserver_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/emulator/mobiletoken"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/dskppserver"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	domain "github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/policy"
)

const rules = `policies:
  - {code: mobile-code, method: mobile, failures: {max: 5, cool_down: 15m}, time: {skew: 1, first_use: 2, max_drift: 20}}
journeys:
  - {purpose: login, channel: web, ttl: 10m, sca: true, steps: [[mobile-code]]}
registration: {code_length: 16, code_valid: 168h, attempts: {max: 5, cool_down: 15m}, resume: 30m, token_tries: {max: 5, cool_down: 15m}, pin_length: 4}
applications:
  - {code: bank, name: Bank, download: "https://bank.example/app", keys: {digits: 8, sign: "OCRA-1:HOTP-SHA256-8:QH64-T1M"}, activation: {attempts: {max: 5, cool_down: 15m}}, policies: [mobile-code]}
  - {code: events, name: Events, download: "https://bank.example/app", keys: {code: hotp}, policies: [mobile-code]}
  - {code: same, name: Same key, download: "https://bank.example/app", redistribution: {same_key: true}, policies: [mobile-code]}
`

const (
	address = "https://mobile.bank.example"
	pin     = "258000"
)

type inForce struct{ *policy.Set }

func (f inForce) Active() *policy.Set { return f.Set }

// world is a bank with a provisioning server, reached without a network.
type world struct {
	testing.TB

	d     *db.DB
	clock *dbtest.Clock
	ring  *keyring.Ring
	set   *policy.Set
	cards *customer.Register
	desk  *domain.Desk
	first *dskppserver.Server // node
	seen  []string            // outcomes
	mu    sync.Mutex
}

var system = audit.System("test")

func each(t *testing.T, f func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, newWorld(t, d, clock)) })
}

func newWorld(t testing.TB, d *db.DB, clock *dbtest.Clock) *world {
	t.Helper()
	set, err := policy.Parse([]byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, d: d, clock: clock, set: set, ring: keyringtest.Open(t, d)}
	w.cards = &customer.Register{DB: d, Ring: w.ring, Rand: rand.Reader}
	w.first, w.desk = w.node(nil)
	return w
}

// node is a node of its own on the same database. change may be nil.
func (w *world) node(change func(*dskppserver.Config)) (*dskppserver.Server, *domain.Desk) {
	w.Helper()
	desk, err := domain.New(domain.Config{
		DB: w.d, Ring: w.ring, Policies: inForce{w.set}, Rand: rand.Reader,
		Outbox: outbox.New(w.d, w.ring, outbox.Config{Now: w.clock.Now, Rand: rand.Reader}),
	})
	if err != nil {
		w.Fatal(err)
	}
	secret := w.ring.Derive("dskpp.server")
	c := dskppserver.Config{
		Desk: oneKey{desk}, Policies: inForce{w.set}, Limiter: client.NewLimiter(w.clock.Now, client.Rate{PerSecond: 1000, Burst: 1000}),
		URL: address, ID: address, Issuer: "bank.example", Secret: secret[:], Now: w.clock.Now, Rand: rand.Reader, Log: slog.New(slog.NewTextHandler(w.Output(), nil)),
		Observe: func(outcome string, _ time.Duration) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.seen = append(w.seen, outcome)
		},
	}
	if change != nil {
		change(&c)
	}
	s, err := dskppserver.New(c)
	if err != nil {
		w.Fatal(err)
	}
	return s, desk
}

// oneKey is a desk whose server key is that of all tests: to make one takes a second. That
// nodes share one is tested with the desk.
type oneKey struct{ *domain.Desk }

var serverKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func (oneKey) ServerKeys(context.Context) ([]*rsa.PrivateKey, error) {
	k, err := serverKey()
	return []*rsa.PrivateKey{k}, err
}

func (w *world) customer(number string) ident.ID {
	w.Helper()
	c, err := w.cards.Create(w.Context(), system, customer.New{Number: number})
	if err != nil {
		w.Fatal(err)
	}
	return c.ID
}

// issue makes a token for a new customer, and its activation code.
func (w *world) issue(number, app string) (domain.Token, domain.Issued, dskpp.Code) {
	w.Helper()
	t, out, err := w.desk.Enroll(w.Context(), system, domain.Enrollment{Customer: w.customer(number), Application: app})
	if err != nil {
		w.Fatal(err)
	}
	return t, out, dskpp.Code{ClientID: out.ClientID, Password: out.Password}
}

// wire carries requests to a node without a network. Tamper may change what arrives.
type wire struct {
	handler http.Handler
	tamper  func(*http.Request, *http.Response) (*http.Response, error) // may be nil
}

func (x *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	in := r.Clone(r.Context())
	in.RemoteAddr = "192.0.2.1:1234"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	x.handler.ServeHTTP(rec, in)
	res := rec.Result()
	if x.tamper != nil {
		return x.tamper(r, res)
	}
	return res, nil
}

// phone is an app that talks to a node.
func phone(h http.Handler) *mobiletoken.App {
	return &mobiletoken.App{HTTP: &http.Client{Transport: &wire{handler: h}}, Rand: rand.Reader}
}

// answer is what a node answered.
type answer struct {
	code   int
	header http.Header
	body   []byte
}

// post sends octets as a phone does.
func post(t testing.TB, h http.Handler, path string, body []byte) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, address+path, bytes.NewReader(body))
	r.Header.Set("Content-Type", dskpp.MediaType)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return answer{rec.Code, rec.Header(), rec.Body.Bytes()}
}

// message reads the message of an answer.
func message(t testing.TB, a answer) (dskpp.Message, []byte) {
	t.Helper()
	if a.code != http.StatusOK {
		t.Fatalf("%d: %s", a.code, a.body)
	}
	m, err := dskpp.Parse(a.body)
	if err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	return m, a.body
}

// status is that of an answer.
func status(t testing.TB, a answer) dskpp.Status {
	t.Helper()
	switch m, _ := message(t, a); m := m.(type) {
	case *dskpp.ServerHello:
		return m.Status
	case *dskpp.ServerFinished:
		return m.Status
	default:
		t.Fatalf("a %T", m)
		return ""
	}
}

// count is how many rows a condition finds.
func (w *world) count(what string, args ...any) (n int) {
	w.Helper()
	if err := w.d.Read(w.Context(), func(tx *db.Tx) error { return tx.Row("SELECT COUNT(*) FROM "+what, args...).Scan(&n) }); err != nil {
		w.Fatal(err)
	}
	return n
}

// run is a run of a client against a node, message by message.
func begin(t testing.TB, code dskpp.Code, app string, change func(*dskpp.Client)) *dskpp.Run {
	t.Helper()
	c := &dskpp.Client{URL: dskppserver.URL(address, app), Code: code, FourPass: true, Rand: rand.Reader}
	if change != nil {
		change(c)
	}
	r, err := c.Start()
	if err != nil {
		t.Fatal(err)
	}
	return r
}
