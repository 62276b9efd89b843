package httpapi_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

// route is an operation of the document, with what is needed to call it.
type route struct {
	method, path, id string
	op               object
	public           bool
	scopes           client.Scopes
	example          map[string]any // of a JSON body; nil when it takes none
}

// routes reads the table out of the document that is served.
func (w *world) routes() (all []route) {
	w.document.each(func(method, path string, op object) {
		r := route{method: method, path: path, id: op.text("operationId"), op: op}
		names, ok := securityOf(op)
		r.public = !ok
		for _, name := range names {
			for _, s := range client.Describe() {
				if s.Name == name {
					r.scopes |= s.Scope
				}
			}
		}
		r.example, _ = op.object("requestBody").object("content").object("application/json")["example"].(map[string]any)
		all = append(all, r)
	})
	return all
}

// at is the path with every parameter replaced.
func (r route) at(value string) string {
	parts := strings.Split(r.path, "/")
	for i := range parts {
		if strings.HasPrefix(parts[i], "{") {
			parts[i] = value
		}
	}
	return strings.Join(parts, "/")
}

// failed fails unless the answer is a failure in the form of the route.
func (r route) failed(w *world, got *response) {
	w.Helper()
	if got.code < 400 || got.code >= 500 {
		w.Errorf("%s: status %d", got, got.code)
	}
	if r.path == "/oauth/token" && got.code != http.StatusMethodNotAllowed && got.code != http.StatusNotFound {
		if got.head.Get("Content-Type") != "application/json" || got.text("error") == "" || got.text("error_description") == "" {
			w.Errorf("%v is no OAuth error", got)
		}
		return
	}
	if got.head.Get("Content-Type") != "application/problem+json" || got.text("code") == "" || got.text("detail") == "" ||
		got.value["status"] != float64(got.code) || got.text("request_id") != got.head.Get("X-Request-Id") {
		w.Errorf("%v is no problem", got)
	}
}

// walk runs f for every operation, against one node.
func walk(t *testing.T, f func(w *world, r route)) {
	t.Helper()
	t.Parallel()
	clock := dbtest.NewClock()
	d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite), Now: clock.Now})
	w := newWorld(t, d, clock)
	for _, r := range w.routes() {
		f(w, r)
	}
}

func TestRoutesWantCredentials(t *testing.T) {
	walk(t, func(w *world, r route) {
		if r.public {
			return
		}
		for _, token := range []string{"-", "x", w.token(r.scopes) + "x", strings.Repeat("a", 5000)} {
			got := w.do(request{method: r.method, path: r.at("1"), token: token, body: r.body()})
			got.status(http.StatusUnauthorized)
			r.failed(w, got)
			if !strings.HasPrefix(got.head.Get("WWW-Authenticate"), "Bearer") {
				w.Errorf("%s: WWW-Authenticate is %q", r.id, got.head.Get("WWW-Authenticate"))
			}
		}
		// A token in the query is none.
		r.failed(w, w.do(request{method: r.method, path: r.at("1") + "?access_token=" + w.token(r.scopes), token: "-"}).status(http.StatusUnauthorized))
	})
}

// body is nil where none is taken, so that the test of credentials comes first.
func (r route) body() any {
	if r.example == nil {
		return nil
	}
	return r.example
}

func TestRoutesWantTheirScopes(t *testing.T) {
	walk(t, func(w *world, r route) {
		if r.public {
			return
		}
		got := w.do(request{method: r.method, path: r.at("1"), scopes: client.AllScopes &^ r.scopes, body: r.body()})
		r.failed(w, got.status(http.StatusForbidden))
		if !strings.Contains(got.head.Get("WWW-Authenticate"), r.scopes.String()) {
			w.Errorf("%s: WWW-Authenticate is %q", r.id, got.head.Get("WWW-Authenticate"))
		}
		// With them alone the request goes further.
		if got := w.do(request{method: r.method, path: r.at("1"), scopes: r.scopes, body: r.body()}); got.code == http.StatusUnauthorized || got.code == http.StatusForbidden {
			w.Errorf("%v", got)
		}
	})
}

func TestRoutesRefuseBodies(t *testing.T) {
	walk(t, func(w *world, r route) {
		if r.example == nil {
			return
		}
		send := func(body any, kind string) *response {
			got := w.do(request{method: r.method, path: r.at("1"), scopes: r.scopes, body: body, kind: kind})
			r.failed(w, got)
			return got
		}
		with := func(name string, v any) map[string]any {
			m := maps.Clone(r.example)
			m[name] = v
			return m
		}
		send(with("unexpected", 1), "").problem(http.StatusUnprocessableEntity, "request.unknown_field").has(map[string]any{"field": "/unexpected"})
		send(with("unexpected", strings.Repeat("x", 70_000)), "").problem(http.StatusRequestEntityTooLarge, "request.too_large")
		send(bytes.NewBuffer(slices.Concat([]byte("{"), bytes.Repeat([]byte(" "), 70_000))), "").problem(http.StatusRequestEntityTooLarge, "request.too_large")
		for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "application/problem+json", "application/json; charset=latin1", "-"} {
			send(marshal(r.example), kind).problem(http.StatusUnsupportedMediaType, "request.content_type")
		}
		for _, body := range []string{"", " ", "{", "[]", "null", `"x"`, "1", "{}{}", "{} x", `{"a"`, `{"a":}`, "{,}", "\xff", `{"\ud800":1}`, "{\"\xff\":1}", `{'a':1}`} {
			got := send(body, "application/json")
			if got.code != http.StatusBadRequest && got.code != http.StatusUnprocessableEntity {
				w.Errorf("%q: %v", body, got)
			}
		}
		for name, v := range r.example {
			for _, wrong := range []any{nil, 1.5, []any{1}, map[string]any{"x": 1}, true, "\u0000", strings.Repeat("9", 5000)} {
				if same(v, wrong) {
					continue
				}
				send(with(name, wrong), "").status(http.StatusUnprocessableEntity)
			}
			twice := strings.Replace(marshal(r.example), "{", "{"+marshal(name)+":"+marshal(v)+",", 1)
			send(twice, "").problem(http.StatusUnprocessableEntity, "request.duplicate_field").has(map[string]any{"field": "/" + name})
			send(strings.Replace(marshal(r.example), marshal(name), marshal(strings.ToUpper(name)), 1), "").problem(http.StatusUnprocessableEntity, "request.unknown_field")
		}
		for _, name := range r.required(w) {
			m := maps.Clone(r.example)
			delete(m, name)
			send(m, "").problem(http.StatusUnprocessableEntity, "request.required").has(map[string]any{"field": "/" + name})
		}
	})
}

func (r route) required(w *world) (names []string) {
	s := w.document.follow(r.op.object("requestBody").object("content").object("application/json").object("schema"))
	for _, name := range s.list("required") {
		names = append(names, name.(string))
	}
	return names
}

// same reports whether two JSON values have one type, so that one is no mistake in
// the place of the other. An endless text is always one.
func same(a, b any) bool {
	switch b := b.(type) {
	case bool:
		_, ok := a.(bool)
		return ok
	case string:
		return false
	case float64:
		return false
	case []any:
		return false
	case map[string]any:
		return false
	default:
		return b != nil
	}
}

func marshal(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestRoutesRefuseAddresses(t *testing.T) {
	walk(t, func(w *world, r route) {
		send := func(method, path string) *response {
			q := request{method: method, path: path, body: r.body()}
			if r.public {
				q.token = "-"
			}
			return w.do(q)
		}
		if strings.Contains(r.path, "{") {
			for _, id := range []string{
				"zzz", "1", "%00", "%ff", "%20", "'%20OR%201=1", "..%2f..%2fetc", strings.Repeat("a", 400), strings.Repeat("%C3%A9", 70),
				"zen999bvmy4en6rxh86c970hfc", strings.Repeat("A", 64), "%F0%9F%94%91", "<b>", "{x}", "a%0Ab", "-",
			} {
				got := send(r.method, r.at(id))
				r.failed(w, got)
				if got.code != http.StatusNotFound && got.code != http.StatusUnprocessableEntity {
					w.Errorf("%v", got)
				}
			}
		}
		if r.example == nil && r.path != "/oauth/token" && r.id != "importTokens" {
			send(r.method, r.at("1")+"?unexpected=1").refusedQuery(r)
		}
		for _, method := range []string{http.MethodPut, http.MethodOptions, http.MethodTrace, "LOOK"} {
			got := send(method, r.at("1"))
			r.failed(w, got.problem(http.StatusMethodNotAllowed, "request.method"))
			if !strings.Contains(got.head.Get("Allow"), r.method) {
				w.Errorf("%s: Allow is %q", r.id, got.head.Get("Allow"))
			}
		}
		for _, path := range []string{r.at("1") + "/", "/" + r.at("1"), r.at("1") + "/x/y/z", strings.Replace(r.at("1"), "/v1", "/v1/.", 1) + "/.."} {
			r.failed(w, send(r.method, path).problem(http.StatusNotFound, "request.address"))
		}
	})
}

// refusedQuery fails unless the unknown parameter was refused; probes and pages
// do not look at the query.
func (r *response) refusedQuery(of route) {
	r.w.Helper()
	if of.id == "getDocument" || of.id == "getReference" {
		r.status(http.StatusOK)
		return
	}
	r.problem(http.StatusUnprocessableEntity, "request.unknown_parameter")
}

func TestParametersAreRead(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock()
	w := newWorld(t, dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite), Now: clock.Now}), clock)
	for query, code := range map[string]string{
		"limit=0": "request.range", "limit=501": "request.range", "limit=x": "request.type", "limit=1.0": "request.type", "limit=01": "request.type", "limit=%2B1": "request.type",
		"limit=1&limit=2": "request.duplicate_parameter", "from=yesterday": "request.type", "kind=" + strings.Repeat("k", 101): "request.too_long", "text=%00": "request.characters",
		"text=%ff": "request.characters", "Limit=1": "request.unknown_parameter", "cursor=x": "audit.page", "actor=me": "request.actor", "customer=x": "request.id",
		"customer=" + url.QueryEscape("zen999bvmy4en6rxh86c970hfc") + "&customer_number=1": "request.customer",
	} {
		w.get("/v1/audit/records?"+query).problem(http.StatusUnprocessableEntity, code)
	}
	w.get("/v1/audit/records?limit=;x=1").problem(http.StatusUnprocessableEntity, "request.query")
	w.get("/v1/audit/records?customer_number=1").problem(http.StatusUnprocessableEntity, "customer.unknown")
	w.get("/v1/audit/records?limit=1&from=2026-01-01T00:00:00%2B01:00").status(http.StatusOK)
}
