package httpapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
)

// answered are the answers to the questions of the embedded policy, of which
// three must be right.
func answered(right ...bool) (all []fields) {
	for i, code := range []string{"birth-date", "address", "document", "transaction", "call-back"}[:len(right)] {
		all = append(all, fields{"question": code, "right": right[i]})
	}
	return all
}

// identify records an identification that passes and returns its id.
func (w *world) identify(number string) string {
	w.Helper()
	return w.post("/v1/customers/"+number+"/identifications", fields{"way": "call", "answers": answered(true, true, true)}).
		status(http.StatusCreated).has(fields{"passed": true}).text("id")
}

func TestIdentifications(t *testing.T) {
	each(t, func(w *world) {
		w.customer("10023")
		const at = "/v1/customers/10023/identifications"
		w.get(at).status(http.StatusOK).has(fields{"needed": 3, "attempts_left": 3, "blocked_until": nil}).first("questions", fields{"question": "birth-date"})
		w.post(at, fields{"way": "call", "answers": answered(true, false, true, true)}).status(http.StatusCreated).
			has(fields{"passed": true, "way": "call", "needed": 3, "policy_version": 0, "expires_at": w.clock.Now().Add(15 * time.Minute).UTC().Format(time.RFC3339Nano)})
		w.post(at, fields{"way": "letter", "answers": answered(true)}).problem(http.StatusUnprocessableEntity, "request.choice").has(fields{"field": "/way"})
		w.post(at, fields{"way": "chat", "answers": []fields{{"question": "shoe-size", "right": true}}}).problem(http.StatusUnprocessableEntity, "identification.questions").has(fields{"field": "/answers"})
		w.post(at, fields{"way": "chat", "answers": answered(true, true)}).problem(http.StatusUnprocessableEntity, "identification.incomplete")
		w.post(at, fields{"way": "chat", "answers": []fields{}}).problem(http.StatusUnprocessableEntity, "identification.incomplete").has(fields{"field": "/answers"})
		w.post(at, fields{"way": "chat", "answers": []fields{{"question": "birth-date", "right": true, "answer": "1 April 1970"}}}).problem(http.StatusUnprocessableEntity, "request.unknown_field")
		w.post("/v1/customers/77/identifications", fields{"way": "chat", "answers": answered(true, true, true)}).problem(http.StatusNotFound, "customer.unknown")

		w.clock.Advance(time.Second) // of two in the same moment neither is the newer one
		failed := request{method: http.MethodPost, path: at, body: fields{"way": "chat", "answers": answered(false, false, true)}, key: "one"}
		first := w.do(failed).status(http.StatusCreated).has(fields{"passed": false, "expires_at": nil})
		if again := w.do(failed).status(http.StatusCreated); again.text("id") != first.text("id") {
			t.Errorf("%v was recorded twice", again)
		}
		w.get(at).has(fields{"attempts_left": 2}).first("identifications", fields{"passed": false})
		w.get(at+"?limit=1").first("identifications", fields{"id": first.text("id")})
		failed.key = ""
		w.do(failed).status(http.StatusCreated)
		w.do(failed).status(http.StatusCreated)
		failed.body = fields{"way": "branch", "answers": answered(true, true, true)}
		if got := w.do(failed).problem(http.StatusTooManyRequests, "identification.blocked"); got.head.Get("Retry-After") != "3600" {
			t.Errorf("Retry-After is %q", got.head.Get("Retry-After"))
		}
		w.get(at).has(fields{"attempts_left": 0, "blocked_until": w.clock.Now().Add(time.Hour).UTC().Format(time.RFC3339Nano)})
	})
}

// TestF46Reset is the reset of a failure counter by an application of the bank,
// step by step.
func TestF46Reset(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		const list = "/v1/customers/10023/authenticators"
		const at = list + "/secure-code"
		for range 5 {
			w.login("10023", "000000").status(http.StatusCreated).has(fields{"accepted": false})
		}
		w.get(list).first("authenticators", fields{"policy": "secure-code", "state": "blocked", "failures": 5, "threshold": 5, "attempts_left": 0, "next_block": "cool_down", "resettable": true})
		w.login("10023", hotp("7700001", 1)).has(fields{"accepted": false})

		reset := func(body fields) *response { return w.post(at+"/reset", body) }
		reset(fields{"reason": "called"}).problem(http.StatusUnprocessableEntity, "request.required").has(fields{"field": "/identification"})
		reset(fields{"identification": "x", "reason": "called"}).problem(http.StatusUnprocessableEntity, "request.id").has(fields{"field": "/identification"})
		reset(fields{"identification": "zen999bvmy4en6rxh86c970hfc", "reason": "called"}).problem(http.StatusForbidden, "identification.required").has(fields{"field": "/identification"})
		id := w.identify("10023")
		another := w.do(request{method: http.MethodPost, path: at + "/reset", scopes: client.AuthenticatorsWrite, body: fields{"identification": id, "reason": "called"}})
		another.problem(http.StatusForbidden, "identification.required") // one client's identification is no other's
		reset(fields{"identification": id, "reason": "called"}).status(http.StatusOK).has(fields{"state": "enabled", "failures": 0, "attempts_left": 5, "resettable": false})
		reset(fields{"identification": id, "reason": "called"}).problem(http.StatusConflict, "authenticator.nothing_to_reset")
		w.post(list+"/magic/reset", fields{"identification": id, "reason": "called"}).problem(http.StatusNotFound, "authenticator.unknown")
		w.login("10023", hotp("7700001", 1)).has(fields{"accepted": true, "state": "granted"})
	})
}

func TestAuthenticatorsAreSwitched(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		const at = "/v1/customers/10023/authenticators/secure-code"
		w.post(at+"/disable", fields{"reason": ""}).problem(http.StatusUnprocessableEntity, "request.too_short")
		w.post(at+"/disable", fields{"reason": "fraud desk"}).status(http.StatusOK).has(fields{"state": "disabled", "attempts_left": 0})
		w.post(at+"/disable", fields{"reason": "fraud desk"}).problem(http.StatusConflict, "authenticator.status")
		w.login("10023", hotp("7700001", 1)).has(fields{"accepted": false})
		w.post(at+"/enable", fields{"reason": "false alarm"}).problem(http.StatusForbidden, "identification.required")
		w.identify("10023")
		w.post(at+"/enable", fields{"reason": "false alarm"}).status(http.StatusOK).has(fields{"state": "enabled", "attempts_left": 5})
		w.login("10023", hotp("7700001", 1)).has(fields{"accepted": true})
	})
}

// TestWarningsAreForTheBank: how many attempts are left is told with the scope for
// reasons only, and in the same fields for a customer who does not exist.
func TestWarningsAreForTheBank(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		start := func(number, code string, scopes client.Scopes) *response {
			return w.do(request{method: http.MethodPost, path: "/v1/authentications", scopes: scopes, body: fields{
				"customer_number": number, "purpose": "login", "channel": "web", "proof": fields{"code": code},
			}}).status(http.StatusCreated)
		}
		start("10023", "000000", usual).has(fields{"accepted": false, "attempts_left": nil, "next_block": nil})
		start("10023", "000000", client.AllScopes).has(fields{"accepted": false, "reason": "wrong", "attempts_left": 3, "next_block": "cool_down"})
		start("nobody", "000000", client.AllScopes).has(fields{"accepted": false, "reason": "none", "attempts_left": 0, "next_block": "cool_down"})
		start("nobody", "000000", usual).has(fields{"accepted": false, "attempts_left": nil, "next_block": nil})
		start("10023", hotp("7700001", 1), client.AllScopes).has(fields{"accepted": true, "attempts_left": nil, "next_block": nil})
	})
}
