package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/client"
)

// An authentication is its client's: another client is answered as if there were
// none, and changes nothing.
func TestAuthenticationsAreTheirClients(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		open := w.post("/v1/authentications", fields{"customer_number": "10023", "purpose": "login", "channel": "web"}).status(http.StatusCreated)
		handle := open.text("authentication")
		other := func(method, rest, handle string, body any) *response {
			return w.do(request{method: method, path: "/v1/authentications/" + handle + rest, body: body, scopes: client.Authentications | client.AuthenticationsReason})
		}
		for name, use := range map[string]func(handle string) *response{
			"look": func(h string) *response { return other(http.MethodGet, "", h, nil) },
			"step": func(h string) *response {
				return other(http.MethodPost, "/steps", h, fields{"code": hotp("7700001", 1)})
			},
			"challenge": func(h string) *response { return other(http.MethodPost, "/challenge", h, fields{}) },
		} {
			want, got := use("A"+handle[1:]).problem(http.StatusNotFound, "authentication.unknown"), use(handle).problem(http.StatusNotFound, "authentication.unknown")
			for _, r := range []*response{want, got} {
				delete(r.value, "request_id")
			}
			if d := cmp.Diff(want.value, got.value); d != "" {
				t.Errorf("%s: somebody else's authentication looks different from none: %s", name, d)
			}
		}
		w.get("/v1/customers/10023/authenticators").first("authenticators", fields{"failures": 0})
		w.post("/v1/authentications/"+handle+"/steps", fields{"code": hotp("7700001", 1)}).status(http.StatusOK).has(fields{"state": "granted"})
	})
}
