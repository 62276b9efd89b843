package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

// node is a world on SQLite alone, for what does not depend on the database.
func node(t *testing.T, change func(*world)) *world {
	t.Helper()
	t.Parallel()
	clock := dbtest.NewClock()
	w := newWorld(t, dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite), Now: clock.Now}), clock)
	if change != nil {
		change(w)
		w.serve()
	}
	return w
}

func public(path string) request { return request{method: http.MethodGet, path: path, token: "-"} }

func TestProbes(t *testing.T) {
	var broken error
	w := node(t, func(w *world) {
		w.config.Ready = func(context.Context) error { return broken }
		w.config.Limiter = client.NewLimiter(w.clock.Now, client.Rate{PerSecond: 1, Burst: 1})
	})
	for range 3 { // probes are not held back
		w.do(public("/healthz")).status(http.StatusOK)
		w.do(public("/readyz")).status(http.StatusOK).has(fields{"status": "ok"})
	}
	broken = errors.New("the disk of host db7 is full")
	r := w.do(public("/readyz")).problem(http.StatusServiceUnavailable, "service.not_ready")
	if r.head.Get("Retry-After") == "" || strings.Contains(string(r.raw), "db7") {
		t.Errorf("%v", r)
	}
	w.do(public("/healthz")).status(http.StatusOK)
}

func TestEveryAnswerHasItsHeaders(t *testing.T) {
	w := node(t, nil)
	for _, q := range []request{public("/healthz"), public("/nowhere"), public("/docs"), public("/v1/customers/1"), {method: http.MethodGet, path: "/v1/customers/1"}, {method: http.MethodPost, path: "/oauth/token"}} {
		r := w.do(q)
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"} {
			if r.head.Get(name) != want {
				t.Errorf("%s: %s is %q", q.path, name, r.head.Get(name))
			}
		}
		if !strings.HasPrefix(r.head.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %s", q.path, r.head.Get("Content-Security-Policy"))
		}
		if r.head.Get("Access-Control-Allow-Origin") != "" || r.head.Get("Set-Cookie") != "" {
			t.Errorf("%s: %v", q.path, r.head)
		}
	}
}

func TestRequestIDs(t *testing.T) {
	w := node(t, nil)
	for given, taken := range map[string]bool{"order-4711.x_y": true, "short": false, "with space in it": false, strings.Repeat("x", 65): false, "<script>alert": false, "": false} {
		r := w.do(request{method: http.MethodGet, path: "/nowhere", token: "-", headers: map[string]string{"X-Request-Id": given}}).problem(http.StatusNotFound, "request.address")
		if got := r.text("request_id"); (got == given) != taken || len(got) < 8 {
			t.Errorf("%q became %q", given, got)
		}
	}
}

func TestRatesAreLimited(t *testing.T) {
	w := node(t, func(w *world) {
		w.config.Limiter = client.NewLimiter(w.clock.Now, client.Rate{PerSecond: 10, Burst: 20})
	})
	c, secret, err := w.clients.Create(w.Context(), by(), client.New{Name: "slow", Scopes: client.CustomersRead, Secret: true, Rate: 1, Burst: 3})
	w.must(err)
	token := w.tokenRequest(map[string][]string{"client_id": {c.ID.String()}, "client_secret": {secret}}, nil).text("access_token")
	ask := func() *response {
		return w.do(request{method: http.MethodGet, path: "/v1/customers/1", token: token})
	}
	for range 3 {
		ask().status(http.StatusNotFound)
	}
	if r := ask().problem(http.StatusTooManyRequests, "client.rate"); r.head.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q", r.head.Get("Retry-After"))
	}
	w.clock.Advance(time.Second)
	ask().status(http.StatusNotFound)
	for range 30 {
		w.do(public("/docs"))
	}
	w.do(public("/docs")).problem(http.StatusTooManyRequests, "client.source_rate")
	ask().problem(http.StatusTooManyRequests, "client.source_rate")
	w.tokenRequest(map[string][]string{"client_id": {c.ID.String()}, "client_secret": {secret}}, nil).oauthError(http.StatusTooManyRequests, "temporarily_unavailable")
}

// Behind a proxy of ours it is the caller's address that counts; a caller cannot
// choose another one.
func TestSourcesBehindProxies(t *testing.T) {
	w := node(t, func(w *world) {
		w.config.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
		w.config.Limiter = client.NewLimiter(w.clock.Now, client.Rate{PerSecond: 1, Burst: 1})
	})
	from := func(forwarded string) int {
		return w.do(request{method: http.MethodGet, path: "/docs", token: "-", headers: map[string]string{"X-Forwarded-For": forwarded}}).code
	}
	if a, b, c, d := from("192.0.2.1"), from("192.0.2.2"), from("192.0.2.9, 192.0.2.1, 10.0.0.1"), from("192.0.2.3, 10.1.2.3"); a != 200 || b != 200 || c != 429 || d != 200 {
		t.Errorf("%d, %d, %d, %d", a, b, c, d)
	}
}

// tally is an observer.
type tally struct {
	mu   sync.Mutex
	seen []string
}

func (x *tally) Observe(operation string, status int, _ time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.seen = append(x.seen, operation+" "+http.StatusText(status))
}

func TestRequestsAreObserved(t *testing.T) {
	x := &tally{}
	w := node(t, func(w *world) { w.config.Observe = x })
	w.do(public("/healthz"))
	w.do(public("/nowhere"))
	w.do(public("/v1/customers/1"))
	w.server.Close() // waits for the handlers
	if want := []string{"getHealth OK", "none Not Found", "getCustomer Unauthorized"}; !slices.Equal(x.seen, want) {
		t.Errorf("%q", x.seen)
	}
}

// Invariant 7: what customers type and what clients show is in no log.
func TestLogsTellNoSecrets(t *testing.T) {
	each(t, func(w *world) {
		code := w.customer("10023")
		w.stock("7700001")
		at := "/v1/registrations/" + w.keyed("idem-key-1", "/v1/registrations", fields{"customer_number": "10023", "activation_code": code}).text("registration")
		w.post(at+"/token", fields{"serial": "7700001"})
		w.post(at+"/confirm", fields{"code": "998877"})
		w.post(at+"/confirm", fields{"code": hotp("7700001", 0)})
		w.login("10023", "887766")
		w.login("10023", "not a code at all 55")
		w.do(request{method: http.MethodPost, path: "/v1/customers", body: `{"name":"Kari Nordmann","name":"x"}`})
		w.server.Close()
		log := w.logged.String()
		for _, secret := range []string{code, strings.ReplaceAll(code, "-", ""), "998877", "887766", "not a code", hotp("7700001", 0), w.token(usual), "10023", "Kari", "idem-key-1", strings.TrimPrefix(at, "/v1/registrations/")} {
			if strings.Contains(log, secret) {
				t.Errorf("the log has %q", secret)
			}
		}
		lines := 0
		for line := range strings.Lines(log) {
			var entry struct {
				Msg, Operation, Client, Source string
				RequestID                      string `json:"request_id"`
				Status                         int
			}
			if json.Unmarshal([]byte(line), &entry) != nil || entry.Msg == "request" && (entry.Operation == "" || entry.Status == 0 || entry.Source == "") {
				t.Errorf("not a line of the access log: %s", line)
			}
			lines++
		}
		if lines < 8 {
			t.Errorf("%d lines", lines)
		}
	})
}

// A database that is away is no reason to let anybody in, or to tell where it was.
func TestDatabaseAway(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		token := w.token(usual)
		w.must(w.d.Close())
		for _, q := range []request{
			{method: http.MethodPost, path: "/v1/authentications", body: fields{"customer_number": "10023", "purpose": "login", "channel": "web", "proof": fields{"code": hotp("7700001", 1)}}},
			{method: http.MethodGet, path: "/v1/customers/10023"},
			{method: http.MethodPost, path: "/v1/customers", body: fields{"customer_number": "1"}, key: "k"},
		} {
			q.token = token
			r := w.do(q)
			if r.code != http.StatusServiceUnavailable || r.head.Get("Retry-After") == "" || r.head.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%v", r)
			}
		}
	})
}
