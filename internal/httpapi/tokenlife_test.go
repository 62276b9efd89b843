package httpapi_test

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
)

// TestTokenLife is what the bank's help desk does with a customer's token, by the
// bank's own application.
func TestTokenLife(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		w.registered("10024", "7700009")
		w.stock("7700002")
		const at = "/v1/tokens/7700001"
		who := func(more fields) fields {
			f := fields{"customer_number": "10023", "identification": w.identify("10023"), "reason": "the customer called"}
			for k, v := range more {
				f[k] = v
			}
			return f
		}
		why := fields{"reason": "the customer called"}

		w.do(request{method: http.MethodPatch, path: at, body: fields{"customer_number": "10023", "name": " the  blue one"}}).status(http.StatusOK).has(fields{"name": "the blue one"})
		w.do(request{method: http.MethodPatch, path: at, body: fields{"customer_number": "10024", "name": "x"}}).problem(http.StatusConflict, "token.not_theirs")
		w.post(at+"/suspend", why).problem(http.StatusConflict, "token.last").has(fields{"field": "/even_last"})
		w.post(at+"/suspend", fields{"reason": "r", "even_last": true, "customer_number": "10024"}).problem(http.StatusConflict, "token.not_theirs")
		w.post(at+"/suspend", fields{"reason": "r", "even_last": true}).status(http.StatusOK).has(fields{"token.state": "suspended", "token.note": "r", "usable_left": 0})
		w.login("10023", hotp("7700001", 1)).has(fields{"accepted": false})
		w.post(at+"/suspend", fields{"reason": "r", "even_last": true}).problem(http.StatusConflict, "token.state")
		w.post(at+"/resume", who(fields{"identification": w.identify("10024")})).problem(http.StatusForbidden, "identification.required")
		w.post(at+"/resume", who(nil)).status(http.StatusOK).has(fields{"token.state": "active", "usable_left": 1})
		w.login("10023", hotp("7700001", 1)).has(fields{"accepted": true})

		w.post(at+"/lost", who(nil)).status(http.StatusOK).has(fields{"token.state": "lost", "usable_left": 0})
		w.login("10023", hotp("7700001", 2)).has(fields{"accepted": false})
		w.post(at+"/replace", who(fields{"new_serial": "7700009"})).problem(http.StatusConflict, "token.not_in_stock").has(fields{"field": "/new_serial"})
		w.post(at+"/replace", who(fields{"new_serial": "4711"})).problem(http.StatusNotFound, "token.unknown_serial")
		given := request{method: http.MethodPost, path: at + "/replace", body: who(fields{"new_serial": "7700002"}), key: "once"}
		w.do(given).status(http.StatusOK).has(fields{"token.serial": "7700002", "token.state": "assigned", "usable_left": 0})
		w.do(given).status(http.StatusOK).has(fields{"token.serial": "7700002"})
		const next = "/v1/tokens/7700002"
		first := who(fields{"code": "000000"})
		delete(first, "reason")
		w.post(next+"/activate", first).status(http.StatusOK).has(fields{"accepted": false, "token.state": "assigned", "reason": nil})
		w.do(request{method: http.MethodPost, path: next + "/activate", scopes: usual | client.AuthenticationsReason, body: first}).problem(http.StatusForbidden, "identification.required")
		first["code"] = hotp("7700002", 0)
		w.post(next+"/activate", first).status(http.StatusOK).has(fields{"accepted": true, "token.state": "active", "usable_left": 1})
		w.post(next+"/activate", first).problem(http.StatusConflict, "token.no_handover")
		w.login("10023", hotp("7700002", 1)).has(fields{"accepted": true})
		got := w.get(at).status(http.StatusOK)
		if got.first("tokens", fields{"state": "lost"}); !strings.Contains(string(got.raw), `"replaced_by"`) {
			t.Errorf("%v", got)
		}
		w.post(at+"/found", who(nil)).problem(http.StatusConflict, "token.replaced")

		w.post(at+"/return", why).status(http.StatusOK).has(fields{"token.state": "stock", "token.customer_number": nil, "token.name": nil, "token.note": nil, "usable_left": 1})
		w.post(at+"/return", why).problem(http.StatusConflict, "token.state")
		w.post(at+"/retire", why).status(http.StatusOK).has(fields{"token.state": "retired"})
		w.post(at+"/extend", fields{"reason": "r", "ends_at": "2030-01-01T00:00:00Z"}).problem(http.StatusConflict, "token.state")
		w.post(next+"/extend", fields{"reason": "r", "ends_at": "tomorrow"}).problem(http.StatusUnprocessableEntity, "request.type").has(fields{"field": "/ends_at"})
		w.post(next+"/extend", fields{"reason": "r", "ends_at": "2020-01-01T00:00:00Z"}).problem(http.StatusUnprocessableEntity, "token.ends")
		w.post(next+"/extend", fields{"reason": "r", "ends_at": "2030-01-01T00:00:00Z"}).status(http.StatusOK).has(fields{"token.expires_at": "2030-01-01T00:00:00Z"})
		w.do(request{method: http.MethodPost, path: next + "/retire", scopes: client.TokensRead, body: why}).problem(http.StatusForbidden, "client.scope")
	})
}

// TestReplacementByRegistration: a given token may be proven in a registration with an
// activation code as well, by whom it was given to alone; then the old one ends.
func TestReplacementByRegistration(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		w.stock("7700002")
		register := func(number string) (path string) {
			code := w.post("/v1/customers/"+number+"/activation-codes", fields{}).status(http.StatusCreated).text("value")
			return "/v1/registrations/" + w.post("/v1/registrations", fields{"customer_number": number, "activation_code": code}).status(http.StatusCreated).text("registration")
		}
		w.post("/v1/customers", fields{"customer_number": "10024"}).status(http.StatusCreated)
		stranger := register("10024")
		w.post(stranger+"/token", fields{"serial": "7700002"}).status(http.StatusOK).has(fields{"accepted": true})
		w.post("/v1/tokens/7700001/replace", fields{"customer_number": "10023", "identification": w.identify("10023"), "new_serial": "7700002", "reason": "broken"}).status(http.StatusOK)
		w.post(stranger+"/confirm", fields{"code": hotp("7700002", 0)}).has(fields{"accepted": false})
		stranger = register("10024")
		w.post(stranger+"/token", fields{"serial": "7700002"}).status(http.StatusOK).has(fields{"accepted": false})

		own := register("10023")
		w.post(own+"/token", fields{"serial": "7700002"}).status(http.StatusOK).has(fields{"accepted": true})
		w.login("10023", hotp("7700001", 1)).has(fields{"accepted": true})
		w.post(own+"/confirm", fields{"code": hotp("7700002", 0)}).status(http.StatusOK).has(fields{"accepted": true, "state": "done"})
		w.login("10023", hotp("7700001", 2)).has(fields{"accepted": false})
		w.login("10023", hotp("7700002", 1)).has(fields{"accepted": true})
		w.get("/v1/tokens/7700001").first("tokens", fields{"state": "retired"})
	})
}

func TestTokensThatEnd(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		w.registered("10024", "7700002")
		w.stock("7700003")
		for serial, days := range map[string]int{"7700001": 20, "7700002": 10, "7700003": 5} {
			w.post("/v1/tokens/"+serial+"/extend", fields{"reason": "r", "ends_at": w.clock.Now().Add(time.Duration(days) * 24 * time.Hour).UTC().Format(time.RFC3339)}).status(http.StatusOK)
		}
		page := w.get("/v1/tokens?limit=1").status(http.StatusOK)
		page.first("tokens", fields{"serial": "7700002", "customer_number": "10024"})
		w.get("/v1/tokens?limit=1&cursor="+page.text("next_cursor")).status(http.StatusOK).has(fields{"next_cursor": nil}).first("tokens", fields{"serial": "7700001"})
		w.get("/v1/tokens?stock=true").first("tokens", fields{"serial": "7700003"})
		soon := w.clock.Now().Add(11 * 24 * time.Hour).UTC().Format(time.RFC3339)
		got := w.get("/v1/tokens.csv?ends_before=" + soon).status(http.StatusOK)
		lines, err := csv.NewReader(strings.NewReader(string(got.raw))).ReadAll()
		if err != nil || len(lines) != 2 || lines[1][0] != "7700002" || lines[1][4] != "10024" || !strings.HasPrefix(got.head.Get("Content-Disposition"), "attachment") {
			t.Errorf("%q, %v, %v", lines, err, got.head)
		}
		w.get("/v1/tokens.csv?ends_before=2020-01-01T00:00:00Z").problem(http.StatusUnprocessableEntity, "token.ends")
		w.get("/v1/tokens?ends_before=soon").problem(http.StatusUnprocessableEntity, "request.type")
		w.get("/v1/tokens?cursor=x").problem(http.StatusUnprocessableEntity, "token.cursor")
		w.get("/v1/token-forecast").status(http.StatusOK).first("models", fields{"model": "other", "stock": 1})
	})
}

func TestBulkActs(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		w.stock("7700002")
		body := func(dry bool) fields {
			return fields{"act": "retire", "reason": "recall", "even_last": true, "dry_run": dry, "tokens": []fields{{"serial": "7700001"}, {"serial": "77-00002"}, {"serial": "4711"}}}
		}
		const at = "/v1/token-bulk-acts"
		w.post(at, body(true)).status(http.StatusOK).has(fields{"dry_run": true, "done": 2, "refused": 1, "id": nil}).first("rows", fields{"serial": "7700001", "from": "active", "result": "done"})
		w.login("10023", hotp("7700001", 1)).has(fields{"accepted": true})
		got := w.do(request{method: http.MethodPost, path: at, body: body(false), key: "k"}).status(http.StatusOK).has(fields{"done": 2, "refused": 1})
		if again := w.do(request{method: http.MethodPost, path: at, body: body(false), key: "k"}); again.text("id") != got.text("id") {
			t.Errorf("%v", again)
		}
		w.login("10023", hotp("7700001", 2)).has(fields{"accepted": false})
		w.get(at + "/" + got.text("id")).status(http.StatusOK).has(fields{"state": "done", "total": 3, "done": 2, "report_sha256": got.text("report_sha256")})
		w.get(at).first("bulk_acts", fields{"id": got.text("id")})
		w.get(at+"/x").problem(http.StatusNotFound, "token.bulk_unknown")
		w.post(at, fields{"act": "retire", "reason": "r", "tokens": []fields{}}).problem(http.StatusUnprocessableEntity, "token.bulk_size").has(fields{"field": "/tokens"})
		w.post(at, fields{"act": "extend", "reason": "r", "tokens": []fields{{"serial": "1"}}}).problem(http.StatusUnprocessableEntity, "token.ends")
		w.post(at, fields{"act": "lose", "reason": "r", "tokens": []fields{{"serial": "1"}}}).problem(http.StatusUnprocessableEntity, "request.choice")
	})
}
