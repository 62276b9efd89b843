package tokenserver_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	emulator "github.com/countersign-auth/countersign/emulator/mobiletoken"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/dskppserver"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	domain "github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/prompt"
	"github.com/countersign-auth/countersign/internal/push"
	"github.com/countersign-auth/countersign/internal/tokenserver"
)

const rules = `policies:
  - {code: mobile-code, name: Codes, method: mobile, failures: {max: 5, cool_down: 15m}, time: {skew: 1, first_use: 2, max_drift: 20}}
  - {code: approval, name: Approvals, method: approval, failures: {max: 5, cool_down: 15m}, approval: {bank: Alder Bank}}
journeys:
  - {purpose: login, channel: web, ttl: 10m, sca: true, steps: [[mobile-code, approval]]}
  - {purpose: self-service, channel: mobile, ttl: 10m, sca: true, steps: [[mobile-code]]}
registration: {code_length: 16, code_valid: 168h, attempts: {max: 5, cool_down: 15m}, resume: 30m, token_tries: {max: 5, cool_down: 15m}, pin_length: 4}
applications:
  - {code: bank, name: Alder, download: "https://bank.example/app", keys: {digits: 8, sign: "OCRA-1:HOTP-SHA256-8:QH64-T1M"}, activation: {attempts: {max: 5, cool_down: 15m}}, policies: [mobile-code, approval]}
  - {code: native, name: Native, scheme: alder, download: "https://bank.example/native", activation: {compare: true, split: true}, policies: [mobile-code]}
`

const (
	address = "https://mobile.bank.example"
	pin     = "258000"
)

var (
	phone  = emulator.Phone{Model: "Phone 7", Platform: "Android 17", AppVersion: "1.0", Locale: "de-CH"}
	system = audit.System("test")
)

type world struct {
	testing.TB

	d       *db.DB
	clock   *dbtest.Clock
	ring    *keyring.Ring
	cards   *customer.Register
	desk    *domain.Desk
	hub     *hub.Hub
	prompts *prompt.Desk
	handler http.Handler
	trail   *audit.Log
	bank    audit.Actor
}

func each(t *testing.T, f func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, newWorld(t, d, clock)) })
}

// oneKey spares tests the making of server keys.
type oneKey struct{ *domain.Desk }

var serverKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func (oneKey) ServerKeys(context.Context) ([]*rsa.PrivateKey, error) {
	k, err := serverKey()
	return []*rsa.PrivateKey{k}, err
}

func newWorld(t testing.TB, d *db.DB, clock *dbtest.Clock) *world {
	t.Helper()
	w := &world{TB: t, d: d, clock: clock, ring: keyringtest.Open(t, d), bank: audit.Client(ident.Derive("bank"), "bank")}
	book, err := policy.Open(t.Context(), d, nil)
	w.must(err)
	v, err := book.Store(t.Context(), system, []byte(rules))
	w.must(err)
	w.must(book.Activate(t.Context(), system, book.Active().Version, v))
	w.must(book.Reload(t.Context()))
	box := outbox.New(d, w.ring, outbox.Config{Now: clock.Now, Rand: rand.Reader})
	w.cards = &customer.Register{DB: d, Ring: w.ring, Rand: rand.Reader}
	w.desk, err = domain.New(domain.Config{DB: d, Ring: w.ring, Policies: book, Rand: rand.Reader, Outbox: box})
	w.must(err)
	proofs := evidence.New(evidence.Config{DB: d, Ring: w.ring, Now: clock.Now, Name: "https://bank.example"})
	w.prompts = prompt.New(prompt.Config{DB: d, Policies: book, Outbox: box, Devices: prompt.Mobile{Tokens: w.desk}, Pictures: proofs, Rand: rand.Reader})
	w.hub = hub.New(hub.Config{DB: d, Ring: w.ring, Policies: book, Rand: rand.Reader, Evidence: proofs, Methods: map[policy.Method]authenticator.Method{policy.MethodMobile: w.desk, policy.MethodApproval: prompt.Online{Desk: w.prompts}}})
	services, err := push.ParseServices("push.example", false)
	w.must(err)
	trail, err := audit.New(d, w.ring, audit.Config{Origin: "test/phones", Now: clock.Now})
	w.must(err)
	w.trail = trail
	limiter := client.NewLimiter(clock.Now, client.Rate{PerSecond: 1000, Burst: 1000})
	log := slog.New(slog.NewTextHandler(w.Output(), nil))
	secret := w.ring.Derive("dskpp.server")
	provisioning, err := dskppserver.New(dskppserver.Config{Desk: oneKey{w.desk}, Policies: book, Limiter: limiter, URL: address, ID: address, Issuer: "bank", Secret: secret[:], Now: clock.Now, Rand: rand.Reader, Log: log})
	w.must(err)
	tokens, err := tokenserver.New(tokenserver.Config{
		Tokens: w.desk, Policies: book, Customers: w.cards, Hub: w.hub, Prompts: w.prompts, Audit: trail, PictureKeys: proofs.KeySet,
		Pushes:       push.New(push.Config{DB: d, Ring: w.ring, Now: clock.Now, Services: services}),
		Provisioning: func(app string) string { return dskppserver.URL(address, app) }, Limiter: limiter, URL: address, Now: clock.Now, Log: log,
	})
	w.must(err)
	mux := http.NewServeMux()
	mux.Handle(dskppserver.Path, provisioning)
	mux.Handle(tokenserver.Path, tokens)
	w.handler = mux
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// wire carries requests without a network.
type wire struct{ handler http.Handler }

func (x wire) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	in := r.Clone(r.Context())
	in.RemoteAddr = "192.0.2.1:1234"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	x.handler.ServeHTTP(rec, in)
	return rec.Result(), nil
}

func (w *world) app() *emulator.App {
	return &emulator.App{HTTP: &http.Client{Transport: wire{w.handler}}, Rand: rand.Reader, Now: w.clock.Now}
}

func (w *world) customer(number string) ident.ID {
	w.Helper()
	c, err := w.cards.Create(w.Context(), system, customer.New{Number: number})
	w.must(err)
	return c.ID
}

// activate brings a token of a customer into a new phone.
func (w *world) activate(c ident.ID) emulator.Line {
	w.Helper()
	_, out, err := w.desk.Enroll(w.Context(), system, domain.Enrollment{Customer: c, Application: "bank"})
	w.must(err)
	app := w.app()
	t, err := app.Activate(w.Context(), address, "bank", out.Handout(address).Code, pin, phone)
	w.must(err)
	return app.Line(t)
}

// request is one that a test signs itself.
type request struct {
	method, path, body, kind string
	header, claims           map[string]any
	key                      []byte
	raw                      string // header in place of a signed one
	none                     bool
}

// answered is what came back.
type answered struct {
	status int
	code   string
	body   string
	head   http.Header
}

// good is a request that is all right, to be spoilt.
func good(l emulator.Line, now time.Time, method, path, body string) request {
	sum := sha256.Sum256([]byte(body))
	name := make([]byte, 16)
	_, _ = rand.Read(name)
	return request{
		method: method, path: path, body: body, kind: "application/json", key: l.Token.Device,
		header: map[string]any{"typ": "token-proof+jwt", "alg": "ES256", "kid": l.Token.ID},
		claims: map[string]any{
			"htm": method, "htu": address + path, "iat": now.Unix(), "jti": base64.RawURLEncoding.EncodeToString(name), "bh": base64.RawURLEncoding.EncodeToString(sum[:]),
		},
	}
}

func (w *world) send(r request) answered {
	w.Helper()
	in := httptest.NewRequestWithContext(w.Context(), r.method, address+r.path, bytes.NewReader([]byte(r.body)))
	if r.body != "" {
		in.Header.Set("Content-Type", r.kind)
	}
	if r.raw == "" && !r.none {
		var err error
		r.raw, err = emulator.Sign(r.key, r.header, r.claims)
		w.must(err)
	}
	if !r.none {
		in.Header.Set("Token-Proof", r.raw)
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, in)
	res := rec.Result()
	b, err := io.ReadAll(res.Body)
	w.must(err)
	var p struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(b, &p)
	return answered{res.StatusCode, p.Code, string(b), res.Header}
}

// is fails unless err is a fault of the server with a code.
func is(t testing.TB, err error, code string) {
	t.Helper()
	if !emulator.Is(err, code) {
		t.Errorf("%v; want %s", err, code)
	}
}

// count is how many rows a condition finds.
func (w *world) count(what string, args ...any) (n int) {
	w.Helper()
	w.must(w.d.Read(w.Context(), func(tx *db.Tx) error { return tx.Row("SELECT COUNT(*) FROM "+what, args...).Scan(&n) }))
	return n
}
