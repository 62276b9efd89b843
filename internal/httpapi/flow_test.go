package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/ident"
)

// fields are the members of a JSON body, or the values that an answer must have.
type fields = map[string]any

// F-4.1 and F-4.2: a customer registers a token and logs in with it.
func TestRegisterAndLogIn(t *testing.T) {
	each(t, func(w *world) {
		code := w.customer("10023")
		w.stock("7700001")
		begun := w.post("/v1/registrations", fields{"customer_number": "10023", "activation_code": code, "policy": "secure-code", "channel": "web"}).
			status(http.StatusCreated).has(fields{"state": "begun", "accepted": true, "token": nil, "reason": nil})
		at := "/v1/registrations/" + begun.text("registration")
		w.post(at+"/token", fields{"serial": " 77-00 001 "}).status(http.StatusOK).has(fields{
			"state": "reserved", "accepted": true, "token.serial": "7700001", "token.digits": 6, "token.choose_pin": false,
		})
		w.get(at).status(http.StatusOK).has(fields{"state": "reserved", "accepted": true})
		w.post(at+"/confirm", fields{"code": hotp("7700001", 0)}).status(http.StatusOK).has(fields{"state": "done", "accepted": true})

		w.get("/v1/customers/10023/activation-codes").status(http.StatusOK).first("activation_codes", fields{"state": "used", "value": nil})
		w.get("/v1/customers/10023/devices").status(http.StatusOK).first("devices", fields{"serial": "7700001", "state": "active", "customer_number": "10023"})
		w.get("/v1/tokens/77-00001").status(http.StatusOK).first("tokens", fields{"customer_number": "10023"})

		w.login("10023", hotp("7700001", 1)).status(http.StatusCreated).has(fields{
			"accepted": true, "state": "granted", "step": 1, "steps": 1, "policies": "[]", "factors": "[possession]", "policy_version": 0, "reason": nil,
		})
		open := w.post("/v1/authentications", fields{"customer_number": "10023", "purpose": "login", "channel": "web"}).
			status(http.StatusCreated).has(fields{"accepted": false, "state": "open", "policies": "[secure-code]", "factors": nil})
		at = "/v1/authentications/" + open.text("authentication")
		w.post(at+"/steps", fields{"code": "000000"}).status(http.StatusOK).has(fields{"accepted": false, "state": "open", "factors": nil, "reason": nil})
		w.get("/v1/customers/10023/authenticators").status(http.StatusOK).first("authenticators", fields{"failures": 1, "successes": 1, "state": "enabled"})
		w.post(at+"/steps", fields{"code": hotp("7700001", 2), "policy": "secure-code"}).status(http.StatusOK).has(fields{"accepted": true, "state": "granted"})
		w.get(at).status(http.StatusOK).has(fields{"state": "granted"})
		w.post(at+"/steps", fields{"code": hotp("7700001", 3)}).problem(http.StatusConflict, "authentication.over")
	})
}

// first fails unless the first element of a list has these values.
func (r *response) first(list string, want fields) {
	r.w.Helper()
	l, _ := r.value[list].([]any)
	if len(l) == 0 {
		r.w.Fatalf("%v: no %s", r, list)
	}
	one := *r
	one.value, _ = l[0].(map[string]any)
	one.has(want)
}

// A broken-off registration is resumed by its activation code, and given up.
func TestRegistrationIsResumed(t *testing.T) {
	each(t, func(w *world) {
		code := w.customer("10023")
		w.stock("7700001", "7700002")
		begin := fields{"customer_number": "10023", "activation_code": code}
		first := w.post("/v1/registrations", begin).status(http.StatusCreated)
		at := "/v1/registrations/" + first.text("registration")
		w.post(at+"/token", fields{"serial": "7700001"}).has(fields{"accepted": true})
		w.post("/v1/registrations", begin).status(http.StatusCreated).has(fields{"registration": first.text("registration"), "state": "reserved", "token.serial": "7700001"})
		w.post(at+"/token", fields{"serial": "7700002"}).has(fields{"accepted": true, "token.serial": "7700002"})
		w.do(request{method: http.MethodDelete, path: at}).status(http.StatusOK).has(fields{"state": "abandoned"})
		w.get("/v1/tokens/7700002").first("tokens", fields{"state": "stock"})
		w.post(at+"/confirm", fields{"code": hotp("7700002", 0)}).status(http.StatusOK).has(fields{"accepted": false, "state": "abandoned"})
		w.post("/v1/registrations", begin).status(http.StatusCreated).has(fields{"state": "begun"})
		w.advance(time.Hour)
		w.get(at).status(http.StatusOK).has(fields{"state": "abandoned"})
	})
}

// Section 7 of the issue: bad input at the registration.
func TestRegistrationRefuses(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10000", "7700000")
		code := w.customer("10023")
		w.stock("7700001")
		reason := func(path string, body fields, status int, state, want string) {
			w.Helper()
			w.do(request{method: http.MethodPost, path: path, body: body, scopes: client.AllScopes}).status(status).has(fields{"accepted": false, "state": state, "reason": want})
		}
		other := ident.NewCode(16, strings.NewReader(strings.Repeat("\x07", 16)))
		reason("/v1/registrations", fields{"customer_number": "10023", "activation_code": other}, http.StatusOK, "refused", "wrong_activation_code")
		reason("/v1/registrations", fields{"customer_number": "99999", "activation_code": code}, http.StatusOK, "refused", "wrong_activation_code")
		w.post("/v1/registrations", fields{"customer_number": "10023", "activation_code": code[:len(code)-1] + "!"}).
			problem(http.StatusUnprocessableEntity, "registration.code_form").has(fields{"field": "/activation_code"})
		w.post("/v1/registrations", fields{"customer_number": "10023", "activation_code": code, "policy": "none"}).
			problem(http.StatusUnprocessableEntity, "registration.policy").has(fields{"field": "/policy"})

		wide := w.post("/v1/registrations", fields{"customer_number": "１００２３", "activation_code": strings.ToLower(strings.ReplaceAll(code, "-", " "))}).status(http.StatusCreated)
		at := "/v1/registrations/" + wide.text("registration")
		w.post(at+"/confirm", fields{"code": "755224"}).problem(http.StatusConflict, "registration.no_token")
		reason(at+"/token", fields{"serial": "1234567"}, http.StatusOK, "begun", "unknown_serial")
		reason(at+"/token", fields{"serial": "7700000"}, http.StatusOK, "begun", "token_not_in_stock")
		w.post(at+"/token", fields{"serial": " - "}).problem(http.StatusUnprocessableEntity, "registration.serial_form").has(fields{"field": "/serial"})
		w.post(at+"/token", fields{"serial": "7700001"}).has(fields{"accepted": true})
		for _, bad := range []string{"12345678901234567890", "abcdef", "", "12"} {
			w.post(at+"/confirm", fields{"code": bad}).problem(http.StatusUnprocessableEntity, "token.code_form").has(fields{"field": "/code"})
		}
		reason(at+"/confirm", fields{"code": "000000"}, http.StatusOK, "reserved", "wrong_secure_code")
		wideCode := strings.Map(func(r rune) rune { return r - '0' + '０' }, hotp("7700001", 0))
		w.post(at+"/confirm", fields{"code": wideCode[:9] + " " + wideCode[9:]}).has(fields{"accepted": true, "state": "done"})
		// A code of the step before is spent.
		w.do(request{method: http.MethodPost, path: "/v1/authentications", scopes: client.AllScopes, body: fields{
			"customer_number": "10023", "purpose": "login", "channel": "web", "proof": fields{"code": hotp("7700001", 0)},
		}}).status(http.StatusCreated).has(fields{"accepted": false, "reason": "replayed"})
	})
}

func TestActivationCodes(t *testing.T) {
	each(t, func(w *world) {
		code := w.customer("10023")
		list := w.get("/v1/customers/10023/activation-codes").status(http.StatusOK)
		list.first("activation_codes", fields{"state": "valid", "policy": "secure-code", "extended": 0})
		id := list.value["activation_codes"].([]any)[0].(map[string]any)["id"].(string)
		at := "/v1/customers/10023/activation-codes/" + id
		w.advance(8 * 24 * time.Hour)
		w.get("/v1/customers/10023/activation-codes").first("activation_codes", fields{"state": "expired"})
		begin := fields{"customer_number": "10023", "activation_code": code}
		w.do(request{method: http.MethodPost, path: "/v1/registrations", body: begin, scopes: client.AllScopes}).status(http.StatusOK).has(fields{"reason": "expired_activation_code"})
		w.do(request{method: http.MethodPost, path: at + "/extend"}).status(http.StatusOK).has(fields{"state": "valid", "extended": 1})
		w.post("/v1/registrations", begin).status(http.StatusCreated)
		if got := w.do(request{method: http.MethodDelete, path: at}).status(http.StatusNoContent); len(got.raw) != 0 {
			t.Errorf("%v", got)
		}
		w.do(request{method: http.MethodDelete, path: at}).problem(http.StatusConflict, "registration.not_valid")
		w.do(request{method: http.MethodPost, path: at + "/extend"}).problem(http.StatusConflict, "registration.not_extendable")
		w.post("/v1/registrations", begin).status(http.StatusOK).has(fields{"state": "refused", "reason": nil})
		w.post("/v1/customers/nobody/activation-codes", fields{}).problem(http.StatusNotFound, "customer.unknown")
		w.post("/v1/customers/10023/activation-codes", fields{"valid_seconds": 59}).problem(http.StatusUnprocessableEntity, "request.range").has(fields{"field": "/valid_seconds"})
		w.post("/v1/customers/10023/activation-codes", fields{"split": true, "valid_seconds": 60}).status(http.StatusCreated).has(fields{"split": true})
	})
}

// A challenge is given for every token; here it is asked for by one that needs none.
func TestChallenge(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		for _, number := range []string{"10023", "nobody"} {
			open := w.post("/v1/authentications", fields{"customer_number": number, "purpose": "login", "channel": "web"}).status(http.StatusCreated)
			at := "/v1/authentications/" + open.text("authentication")
			c := w.post(at+"/challenge", fields{}).status(http.StatusCreated)
			if len(c.text("question")) != 8 || c.text("challenge") == "" {
				t.Errorf("%v", c)
			}
			w.post(at+"/challenge", fields{"policy": "none"}).problem(http.StatusUnprocessableEntity, "authentication.policy").has(fields{"field": "/policy"})
			w.post(at+"/steps", fields{"code": "123456", "challenge": "x"}).problem(http.StatusUnprocessableEntity, "authentication.challenge").has(fields{"field": "/challenge"})
			w.post(at+"/steps", fields{"code": "000000", "challenge": c.text("challenge")}).status(http.StatusOK).has(fields{"accepted": false})
		}
		w.post("/v1/authentications", fields{"customer_number": "10023", "purpose": "login", "channel": "web", "proof": fields{"code": "x"}}).
			problem(http.StatusUnprocessableEntity, "token.code_form").has(fields{"field": "/proof/code"})
		w.post("/v1/authentications", fields{"customer_number": "10023", "purpose": "login", "channel": "moon"}).problem(http.StatusUnprocessableEntity, "authentication.journey")
	})
}
