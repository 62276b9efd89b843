package httpapi_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/argon"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/httpapi"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/idserver"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/oath"
)

// world is a node with a server on loopback, and a bank application that calls it.
type world struct {
	passwords *password.Passwords
	phones    *phoneNetwork
	risk      *risk.Desk

	testing.TB
	d       *db.DB
	clock   *dbtest.Clock
	api     *httpapi.API
	config  httpapi.Config
	clients *client.Register
	server  *httptest.Server
	logged  *synced
	tokens  map[client.Scopes]string // access tokens by scopes

	document document
}

const (
	address    = "https://auth.bank.example"
	mobileFace = "https://mobile.bank.example"
)

func by() audit.Actor { return audit.System("test") }

// each runs f on both databases.
func each(t *testing.T, f func(w *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		f(newWorld(t, d, clock))
	})
}

func newWorld(t testing.TB, d *db.DB, clock *dbtest.Clock) *world {
	t.Helper()
	w := &world{TB: t, d: d, clock: clock, logged: &synced{}, tokens: map[client.Scopes]string{}}
	ring := keyringtest.Open(t, d)
	log := slog.New(slog.NewJSONHandler(w.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	book, err := policy.Open(t.Context(), d, log)
	w.must(err)
	tokens, err := token.New(d, ring, rand.Reader)
	w.must(err)
	w.clients, err = client.Open(t.Context(), client.Options{DB: d, Ring: ring, Rand: rand.Reader, Now: clock.Now, Issuer: address, Endpoint: address + "/oauth/token"})
	w.must(err)
	trail, err := audit.New(d, ring, audit.Config{Origin: "bank.example/test", Now: clock.Now})
	w.must(err)
	box := outbox.New(d, ring, outbox.Config{Now: clock.Now, Rand: rand.Reader})
	issuer := evidence.New(evidence.Config{DB: d, Ring: ring, Now: clock.Now, Name: address})
	customers := &customer.Register{DB: d, Ring: ring, Rand: rand.Reader, Known: identification.Lately}
	w.passwords = password.New(d, ring, argon.New(argon.Options{Params: argon.Params{Memory: 64, Time: 1, Threads: 1}, Rand: rand.Reader})).Knowing(customers.Words)
	w.phones = newPhoneNetwork(d, ring, clock, box, customers)
	w.risk = &risk.Desk{DB: d, Ring: ring, Rand: rand.Reader, Log: log}
	phones, err := mobiletoken.New(mobiletoken.Config{DB: d, Ring: ring, Policies: book, Outbox: box, Rand: rand.Reader})
	w.must(err)
	signers := mobileid.New(mobileid.Config{DB: d, Ring: ring, Policies: book, Outbox: box, Rand: rand.Reader, Cards: mobileid.SIMs{Sims: &sim.Desk{DB: d, Ring: ring, Outbox: box, Now: clock.Now, Rand: rand.Reader}}})
	exemptions := &exemption.Desk{DB: d, Policies: book, Rand: rand.Reader}
	w.config = httpapi.Config{
		Evidence:  issuer,
		Hub:       hub.New(hub.Config{DB: d, Risk: w.risk, Exemptions: exemptions, Ring: ring, Policies: book, Rand: rand.Reader, Evidence: issuer, Methods: map[policy.Method]authenticator.Method{policy.MethodToken: tokens, policy.MethodPassword: w.passwords, policy.MethodPasscode: w.phones.codes}}),
		Desk:      registration.New(registration.Config{DB: d, Ring: ring, Policies: book, Tokens: tokens, Outbox: box, Rand: rand.Reader, Parts: map[policy.Method]authenticator.Part{policy.MethodPassword: w.passwords, policy.MethodPasscode: w.phones.codes}}),
		Tokens:    tokens,
		Upkeep:    token.NewUpkeep(tokens, book.Active),
		Care:      token.NewCare(tokens, book.Active, registration.Release),
		Policies:  book,
		Customers: customers,
		Clients:   w.clients,
		Answers:   &client.Answers{DB: d, Ring: ring, Rand: rand.Reader},
		Limiter:   client.NewLimiter(clock.Now, client.Rate{PerSecond: 1e6, Burst: 1e6}),
		Audit:     trail,
		Now:       clock.Now,
		Rand:      rand.Reader,
		Log:       log,
		URL:       address,
		Version:   "0.1.0",
		Spool:     t.TempDir(),
		MaxImport: 1 << 20,

		Identification: &identification.Desk{DB: d, Policies: book, Rand: rand.Reader},
		Authenticators: &authenticator.Keeper{DB: d, Policies: book},
		Passwords:      &password.Desk{DB: d, Passwords: w.passwords, Policies: book},
		Phones:         w.phones.codes,
		Exemptions:     exemptions,
		Mobile:         phones,
		MobileURL:      mobileFace,
		MobileIDs:      signers,
		Companions:     &companion.Desk{DB: d, Ring: ring, Policies: book, Rand: rand.Reader},
		Interactions:   &interaction.Desk{DB: d, Ring: ring, Policies: book, Rand: rand.Reader},
		Identity:       idserver.New(idserver.Config{DB: d, Ring: ring, Policies: book, Outbox: box, Signers: signers, Rand: rand.Reader}),
		Risk:           w.risk,
	}
	w.config.Vault = &vault.Desk{DB: d, Ring: ring, Rand: rand.Reader}
	w.config.Issuing = &issuing.Desk{DB: d, Ring: ring, Vault: w.config.Vault, Rand: rand.Reader}
	w.config.SignatureEvidence = func(_ context.Context, _ audit.Actor, provider, handle string) ([]byte, error) {
		return []byte("the evidence of " + provider + handle), nil
	}
	w.serve()
	return w
}

// serve starts a server with what the configuration says now.
func (w *world) serve() {
	w.api = httpapi.New(w.config)
	w.document = parseDocument(w.api.Document())
	w.server = httptest.NewServer(w.api)
	w.Cleanup(w.server.Close)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// token returns the access token of a client with the given scopes.
func (w *world) token(scopes client.Scopes) string {
	w.Helper()
	if t := w.tokens[scopes]; t != "" {
		return t
	}
	c, secret, err := w.clients.Create(w.Context(), by(), client.New{Name: "online banking", Scopes: scopes, Secret: true, Rate: 1e6, Burst: 1e6})
	w.must(err)
	r := w.do(request{method: http.MethodPost, path: "/oauth/token", kind: "application/x-www-form-urlencoded", body: url.Values{
		"grant_type": {"client_credentials"}, "client_id": {c.ID.String()}, "client_secret": {secret},
	}.Encode()})
	r.status(http.StatusOK)
	w.tokens[scopes] = r.text("access_token")
	return w.tokens[scopes]
}

// advance moves the clock, and has the nodes notice.
func (w *world) advance(d time.Duration) {
	w.Helper()
	w.clock.Advance(d)
	w.must(w.clients.Refresh(context.Background()))
	clear(w.tokens)
}

// request is what a bank application sends.
type request struct {
	method, path string
	scopes       client.Scopes // of the token; 0: all but the reason
	token        string        // in place of one with scopes; "-" for none
	kind         string        // content type; "" for JSON when there is a body
	body         any           // string as it is, nil for none, else marshaled
	key          string        // idempotency key
	headers      map[string]string
}

const usual = client.AllScopes &^ client.AuthenticationsReason

// response is what came back.
type response struct {
	w     *world
	req   request
	code  int
	head  http.Header
	raw   []byte
	value map[string]any // nil when it is no JSON object
}

func (w *world) do(q request) *response {
	w.Helper()
	r, err := w.send(q)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

// send is do without a test to fail, for other goroutines. Whatever test it serves,
// the answer must be one that the document promises.
func (w *world) send(q request) (*response, error) {
	var body io.Reader
	switch b := q.body.(type) {
	case nil:
	case string:
		body = strings.NewReader(b)
	case io.Reader:
		body = b
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(context.Background(), q.method, w.server.URL+q.path, body)
	if err != nil {
		return nil, err
	}
	w.dress(r, q)
	got, err := w.server.Client().Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = got.Body.Close() }()
	out := &response{w: w, req: q, code: got.StatusCode, head: got.Header}
	if out.raw, err = io.ReadAll(got.Body); err != nil {
		return nil, err
	}
	_ = json.Unmarshal(out.raw, &out.value)
	return out, out.conforms()
}

func (w *world) dress(r *http.Request, q request) {
	w.Helper()
	public := strings.HasPrefix(q.path, "/oauth/")
	switch {
	case q.token == "-" || public && q.token == "":
	case q.token != "":
		r.Header.Set("Authorization", "Bearer "+q.token)
	case q.scopes != 0:
		r.Header.Set("Authorization", "Bearer "+w.token(q.scopes))
	default:
		r.Header.Set("Authorization", "Bearer "+w.token(usual))
	}
	if q.body != nil && q.kind == "" {
		q.kind = "application/json"
	}
	if q.kind != "" && q.kind != "-" {
		r.Header.Set("Content-Type", q.kind)
	}
	if q.key != "" {
		r.Header.Set("Idempotency-Key", q.key)
	}
	for name, v := range q.headers {
		r.Header.Set(name, v)
	}
}

// post and get are the calls that stories are made of.
func (w *world) post(path string, body any) *response {
	w.Helper()
	return w.do(request{method: http.MethodPost, path: path, body: body})
}

func (w *world) get(path string) *response {
	w.Helper()
	return w.do(request{method: http.MethodGet, path: path})
}

func (r *response) String() string {
	return fmt.Sprintf("%s %s: %d %s", r.req.method, r.req.path, r.code, r.raw)
}

func (r *response) status(want int) *response {
	r.w.Helper()
	if r.code != want {
		r.w.Fatalf("%v; want status %d", r, want)
	}
	return r
}

// problem fails unless the answer is the problem with the code.
func (r *response) problem(status int, code string) *response {
	r.w.Helper()
	r.status(status)
	if r.head.Get("Content-Type") != "application/problem+json" || r.value["code"] != code || r.value["status"] != float64(status) ||
		r.text("detail") == "" || r.text("title") == "" || r.value["request_id"] != r.head.Get("X-Request-Id") {
		r.w.Fatalf("%v (%s); want the problem %q", r, r.head.Get("Content-Type"), code)
	}
	return r
}

// has fails unless the answer's fields have these values.
func (r *response) has(want map[string]any) *response {
	r.w.Helper()
	for name := range maps.Keys(want) {
		if got := r.at(name); fmt.Sprint(got) != fmt.Sprint(want[name]) {
			r.w.Fatalf("%v: %s is %v; want %v", r, name, got, want[name])
		}
	}
	return r
}

// at returns the value at a path with points; nil when there is none.
func (r *response) at(path string) any {
	var v any = r.value
	for name := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

func (r *response) text(path string) string {
	s, _ := r.at(path).(string)
	return s
}

// key is the seed of the token with a serial number.
func key(serial string) []byte { return fmt.Appendf(nil, "%-20s", serial)[:20] }

// stock imports HOTP tokens by their serial numbers.
func (w *world) stock(serials ...string) {
	w.Helper()
	var csv strings.Builder
	for _, s := range serials {
		csv.WriteString(s + "," + hex.EncodeToString(key(s)) + ",HOTP\n")
	}
	w.do(request{method: http.MethodPost, path: "/v1/token-imports?hash=sha1", kind: "text/csv", body: csv.String()}).
		status(http.StatusCreated).has(map[string]any{"imported": len(serials), "refused": 0})
}

// hotp is the code that a token shows.
func hotp(serial string, counter uint64) string {
	h, err := oath.NewHOTP(key(serial), oath.HOTPOptions{})
	if err != nil {
		panic(err)
	}
	return h.Code(counter)
}

// customer creates a customer and returns the activation code.
func (w *world) customer(number string) (code string) {
	w.Helper()
	w.post("/v1/customers", map[string]any{"customer_number": number}).status(http.StatusCreated)
	return w.post("/v1/customers/"+number+"/activation-codes", map[string]any{}).status(http.StatusCreated).text("value")
}

// registered registers a new customer with a new token, whose counter 0 is spent.
func (w *world) registered(number, serial string) {
	w.Helper()
	code := w.customer(number)
	w.stock(serial)
	r := w.post("/v1/registrations", map[string]any{"customer_number": number, "activation_code": code}).status(http.StatusCreated).text("registration")
	w.post("/v1/registrations/"+r+"/token", map[string]any{"serial": serial}).status(http.StatusOK).has(map[string]any{"accepted": true})
	w.post("/v1/registrations/"+r+"/confirm", map[string]any{"code": hotp(serial, 0)}).status(http.StatusOK).has(map[string]any{"accepted": true, "state": "done"})
}

// login starts an authentication with a code.
func (w *world) login(number, code string) *response {
	w.Helper()
	return w.post("/v1/authentications", map[string]any{"customer_number": number, "purpose": "login", "channel": "web", "proof": map[string]any{"code": code}})
}
