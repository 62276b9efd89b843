package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
)

const (
	horse  = "correct horse battery"
	lumber = "lumber and quartz"
	fresco = "fresco over river"
)

// passworded puts a policy for passwords in force, a login with password and code, and
// self-service with a code.
func (w *world) passworded() {
	w.Helper()
	to := w.store(func(s *policy.Set) {
		s.Policies = append(s.Policies, policy.Policy{
			Code: "password", Name: "Password", Method: policy.MethodPassword, Use: policy.UseCode,
			Failures: limit.Rule{Max: 5, CoolDown: 15 * time.Minute, MaxBlocks: 10}, Secret: policy.Secret{History: 1, MaxAge: 240 * time.Hour},
		})
		s.Journeys = append(s.Journeys, policy.Journey{Purpose: "login", Channel: "password", TTL: 10 * time.Minute, SCA: true, Steps: [][]string{{"password"}, {"secure-code"}}})
	})
	w.must(w.config.Policies.Activate(w.Context(), by(), w.config.Policies.Active().Version, to))
}

// knowing is a customer with a token, who registers a password with a code.
func (w *world) knowing(number, serial, secret string) {
	w.Helper()
	w.registered(number, serial)
	w.identify(number)
	code := w.post("/v1/customers/"+number+"/activation-codes", fields{"policy": "password"}).status(http.StatusCreated).text("value")
	begun := w.post("/v1/registrations", fields{"customer_number": number, "activation_code": code, "policy": "password"}).status(http.StatusCreated).
		has(fields{"state": "begun"})
	begun.first("steps", fields{"policy": "password", "method": "password", "proven": false})
	at := "/v1/registrations/" + begun.text("registration")
	w.post(at+"/challenge", nil).status(http.StatusCreated).has(fields{"state": "begun", "challenge": nil})
	w.post(at+"/token", fields{"serial": serial}).problem(http.StatusConflict, "registration.no_token_steps")
	w.post(at+"/steps", fields{"value": number + "-" + number}).status(http.StatusOK).has(fields{"accepted": false, "state": "begun"}).first("mistakes", fields{"code": "context"})
	w.post(at+"/steps", fields{"policy": "secure-code", "value": secret}).problem(http.StatusConflict, "registration.not_awaited").has(fields{"field": "/policy"})
	w.post(at+"/steps", fields{"value": secret}).status(http.StatusOK).has(fields{"accepted": true, "state": "done"}).first("steps", fields{"proven": true})
}

func (w *world) withPassword(number, secret string) *response {
	w.Helper()
	return w.post("/v1/authentications", fields{"customer_number": number, "purpose": "login", "channel": "password", "proof": fields{"code": secret}}).status(http.StatusCreated)
}

// TestF66 is the login with a password that has run out (F-6.6).
func TestF66(t *testing.T) {
	each(t, func(w *world) {
		w.passworded()
		w.knowing("10023", "7700001", horse)
		w.withPassword("10023", horse).has(fields{"accepted": true, "step": 2.0, "replace": nil})
		w.advance(240 * time.Hour)
		told := w.withPassword("10023", horse).has(fields{"accepted": false, "state": "open", "step": 1.0, "replace": "password", "reason": nil})
		w.do(request{method: http.MethodPost, path: "/v1/authentications", scopes: client.AllScopes, body: fields{
			"customer_number": "10023", "purpose": "login", "channel": "password", "proof": fields{"code": horse},
		}}).has(fields{"accepted": false, "reason": "outdated", "attempts_left": nil, "next_block": nil})
		at := "/v1/authentications/" + told.text("authentication")
		w.post(at+"/replacement", fields{"new": "short"}).status(http.StatusOK).has(fields{"replace": "password", "replaced": nil}).first("mistakes", fields{"code": "too_short"})
		w.post(at+"/replacement", fields{"new": lumber, "policy": "secure-code"}).problem(http.StatusUnprocessableEntity, "authentication.policy")
		replaced := request{method: http.MethodPost, path: at + "/replacement", body: fields{"new": lumber}, key: "one"}
		for range 2 {
			w.do(replaced).status(http.StatusOK).has(fields{"replaced": true, "replace": nil, "accepted": false, "step": 1.0, "mistakes": nil})
		}
		w.post(at+"/replacement", fields{"new": fresco}).problem(http.StatusConflict, "authentication.nothing_to_replace")
		w.post(at+"/steps", fields{"code": lumber}).status(http.StatusOK).has(fields{"accepted": true, "step": 2.0})
		w.post(at+"/steps", fields{"code": hotp("7700001", 1)}).status(http.StatusOK).has(fields{"state": "granted"})
		stranger := w.withPassword("99999", horse).has(fields{"accepted": false, "replace": nil})
		w.post("/v1/authentications/"+stranger.text("authentication")+"/replacement", fields{"new": lumber}).problem(http.StatusConflict, "authentication.nothing_to_replace")
		w.silent(horse, lumber, fresco)
	})
}

// TestF64 is the change of a password by a customer who is logged in (F-6.4), and one
// that staff demand.
func TestF64(t *testing.T) {
	each(t, func(w *world) {
		w.passworded()
		w.knowing("10023", "7700001", horse)
		prove := func(purpose, channel string, n uint64) string {
			w.Helper()
			got := w.post("/v1/authentications", fields{"customer_number": "10023", "purpose": purpose, "channel": channel, "proof": fields{"policy": "secure-code", "code": hotp("7700001", n)}}).status(http.StatusCreated)
			return "/v1/authentications/" + got.has(fields{"state": "granted"}).text("authentication") + "/password"
		}
		login := prove("login", "web", 1)
		w.post(login, fields{"current": horse, "new": lumber}).problem(http.StatusForbidden, "proof.required")
		at := prove("self-service", "web", 2)
		w.post(at, fields{"current": "wrong", "new": lumber}).status(http.StatusOK).has(fields{"changed": false, "reason": nil})
		w.do(request{method: http.MethodPost, path: at, scopes: client.AllScopes, body: fields{"current": "wrong", "new": lumber}}).problem(http.StatusNotFound, "authentication.unknown")
		w.post(at, fields{"current": horse, "new": horse}).status(http.StatusOK).has(fields{"changed": false}).first("mistakes", fields{"code": "unchanged"})
		w.post(at, fields{"current": "", "new": lumber}).problem(http.StatusUnprocessableEntity, "password.form").has(fields{"field": "/current"})
		w.post(at, fields{"current": horse, "new": lumber}).status(http.StatusOK).has(fields{"changed": true, "mistakes": nil})
		w.withPassword("10023", horse).has(fields{"accepted": false})
		w.post("/v1/customers/10023/password/demand", fields{"reason": "seen"}).status(http.StatusNoContent)
		w.post("/v1/customers/10023/password/demand", fields{"reason": "seen"}).problem(http.StatusConflict, "password.due")
		w.post("/v1/customers/77/password/demand", fields{"reason": "seen"}).problem(http.StatusNotFound, "customer.unknown")
		w.withPassword("10023", lumber).has(fields{"accepted": false, "replace": "password"})
		w.post(at, fields{"current": lumber, "new": horse}).status(http.StatusOK).has(fields{"changed": false}).first("mistakes", fields{"code": "used_before"})
		w.post(at, fields{"current": lumber, "new": fresco}).status(http.StatusOK).has(fields{"changed": true})
		w.withPassword("10023", fresco).has(fields{"accepted": true})
		w.silent(horse, lumber, fresco)
	})
}

// TestF65 is a forgotten password (F-6.5): with an identification it is cancelled, and
// the customer registers anew. Nobody else chooses one.
func TestF65(t *testing.T) {
	each(t, func(w *world) {
		w.passworded()
		w.knowing("10023", "7700001", horse)
		const at = "/v1/customers/10023/password/reset"
		w.post(at, fields{"policy": "password", "identification": "x"}).problem(http.StatusForbidden, "identification.required")
		identified := w.identify("10023")
		w.post(at, fields{"policy": "secure-code", "identification": identified}).problem(http.StatusUnprocessableEntity, "registration.policy").has(fields{"field": "/policy"})
		w.post(at, fields{"policy": "password", "identification": identified, "password": "x"}).problem(http.StatusUnprocessableEntity, "request.unknown_field")
		got := w.post(at, fields{"policy": "password", "identification": identified}).status(http.StatusCreated).has(fields{"policy": "password", "state": "valid"})
		w.withPassword("10023", horse).has(fields{"accepted": false})
		begun := w.post("/v1/registrations", fields{"customer_number": "10023", "activation_code": got.text("value"), "policy": "password"}).status(http.StatusCreated)
		w.post("/v1/registrations/"+begun.text("registration")+"/steps", fields{"value": lumber}).status(http.StatusOK).has(fields{"state": "done"})
		w.withPassword("10023", lumber).has(fields{"accepted": true})
		w.silent(horse, lumber)
	})
}

// TestJudgePassword: the meter's use case judges, and leaves no trace.
func TestJudgePassword(t *testing.T) {
	each(t, func(w *world) {
		const at = "/v1/passwords/judge"
		w.post(at, fields{"new": "x"}).problem(http.StatusUnprocessableEntity, "password.policy").has(fields{"field": "/policy"})
		w.passworded()
		before := w.records()
		w.post(at, fields{"new": "password1"}).status(http.StatusOK).has(fields{"fit": false}).first("mistakes", fields{"code": "common"})
		w.post(at, fields{"new": "mustermann1", "words": []string{"Mustermann"}}).status(http.StatusOK).has(fields{"fit": false}).first("mistakes", fields{"code": "context"})
		w.post(at, fields{"new": ""}).status(http.StatusOK).has(fields{"fit": false, "score": 0.0})
		w.post(at, fields{"new": strings.Repeat("four words or more ", 6)}).status(http.StatusOK).has(fields{"fit": true, "score": 4.0, "mistakes": nil})
		w.post(at, fields{"new": strings.Repeat("x", 1025)}).problem(http.StatusUnprocessableEntity, "request.too_long")
		if n := w.records(); n != before {
			t.Errorf("%d records", n-before)
		}
		w.silent("password1", "mustermann1")
	})
}

// silent fails when a secret reached the log, or the table of answers and records.
func (w *world) silent(secrets ...string) {
	w.Helper()
	for _, s := range secrets {
		if strings.Contains(w.logged.String(), s) {
			w.Errorf("the log has %q", s)
		}
	}
}
