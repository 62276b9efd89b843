package bank_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeAPI speaks the shapes of Countersign's JSON API (see /openapi.json) for
// these tests, and nothing of its rules but what they need: each code is
// good once. The flows against the real API are the system tests of package app.
type fakeAPI struct {
	t      testing.TB
	server *httptest.Server
	now    func() time.Time

	mu        sync.Mutex
	down      bool           // every call is answered with 503
	limited   bool           // every call is answered with 429
	forgetful bool           // calls about customers are answered with 503
	replay    map[string]any // answers by idempotency key; nil: a key must not come twice
	bearer    string
	tokens    int // access tokens issued
	customers map[string]*fakeCustomer
	stock     map[string]*fakeToken
	regs      map[string]*fakeReg
	auths     map[string]*fakeAuth
	calls     []string // "POST /v1/authentications"
	keys      map[string]bool
	steps     int // steps of a login
	serial    int
	paying    *fakePaying
	risk      fakeRisk
}

type fakeCustomer struct {
	name, status, activation string
	token                    *fakeToken
	more                     []*fakeToken // further ones
	failed, succeeded        time.Time
	text                     *fakeTexting // nil: neither password nor phone
}

type fakeToken struct {
	Serial, Model, ModelName string
	Question                 bool // it answers numbers
	ChoosePIN                bool
	Signs                    bool // it has a key for payments
	Own                      string
	pin                      string
	next, signed             int
}

// press gives the next code of a token without numbers.
func (k *fakeToken) press() string { k.next++; return fmt.Sprintf("%06d", 480000+k.next) }

type fakeReg struct {
	customer, state, question string
	token                     *fakeToken
	text                      fakeText
	secret                    string // the password that was chosen
	texts                     bool   // it is of a password and a phone
}

type fakeAuth struct {
	customer, state string
	step            int
	challenges      map[string]string // id, question
	pay             *fakePayment
	text            fakeText
	alone           bool // the password is enough
}

func newFake(t testing.TB, now func() time.Time) *fakeAPI {
	f := &fakeAPI{
		t: t, now: now, customers: map[string]*fakeCustomer{}, stock: map[string]*fakeToken{}, regs: map[string]*fakeReg{},
		auths: map[string]*fakeAuth{}, keys: map[string]bool{}, steps: 1, paying: newPaying(t),
		risk: fakeRisk{acts: map[string]string{}, signed: map[string]bool{}},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth/token", f.oauth)
	for pattern, serve := range map[string]func(*http.Request, map[string]any) (int, any){
		"POST /v1/registrations":                             f.begin,
		"GET /v1/registrations/{id}":                         f.reg,
		"DELETE /v1/registrations/{id}":                      f.abandon,
		"POST /v1/registrations/{id}/token":                  f.token,
		"POST /v1/registrations/{id}/confirm":                f.confirm,
		"POST /v1/authentications":                           f.start,
		"POST /v1/authentications/{id}/steps":                f.step,
		"POST /v1/authentications/{id}/challenge":            f.challenge,
		"POST /v1/registrations/{id}/steps":                  f.give,
		"POST /v1/registrations/{id}/challenge":              f.askStep,
		"POST /v1/authentications/{id}/replacement":          f.replace,
		"POST /v1/authentications/{id}/password":             f.changePassword,
		"POST /v1/authentications/{id}/phone":                f.changePhone,
		"POST /v1/authentications/{id}/phone/confirm":        f.confirmPhone,
		"POST /v1/passwords/judge":                           f.judge,
		"GET /v1/customers/{customer_number}/phones":         f.phones,
		"POST /v1/risk/actions":                              f.judgeAction,
		"POST /v1/risk/events/{event}/sign":                  f.signAction,
		"POST /v1/risk/events/{event}/complete":              f.completeAction,
		"GET /.well-known/jwks.json":                         f.keySet,
		"GET /v1/customers/{customer_number}":                f.customer,
		"GET /v1/customers/{customer_number}/devices":        f.devices,
		"GET /v1/customers/{customer_number}/authenticators": f.authenticators,
	} {
		mux.HandleFunc(pattern, f.guard(pattern, serve))
	}
	f.server = httptest.NewServer(mux)
	t.Cleanup(f.server.Close)
	return f
}

// guard checks what every call must bring.
func (f *fakeAPI) guard(pattern string, serve func(*http.Request, map[string]any) (int, any)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.calls = append(f.calls, pattern)
		if f.down || f.forgetful && strings.Contains(pattern, "/customers/") {
			answer(w, http.StatusServiceUnavailable, problem("unavailable", ""))
			return
		}
		if r.Header.Get("Authorization") != "Bearer "+f.bearer {
			answer(w, http.StatusUnauthorized, problem("client.token_expired", ""))
			return
		}
		if f.limited {
			answer(w, http.StatusTooManyRequests, problem("client.rate", ""))
			return
		}
		key := r.Header.Get("Idempotency-Key")
		if old, known := f.replay[key]; known && key != "" {
			answer(w, http.StatusCreated, old)
			return
		}
		var in map[string]any
		if r.Method == http.MethodPost {
			if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.Header.Get("Content-Type") != "application/json" {
				f.t.Errorf("%s: the body is no JSON: %v", pattern, err)
			}
			if old, known := f.paying.again(r.PathValue("id"), key); known {
				answer(w, old.status, old.out)
				return
			}
			f.checkKey(key)
		}
		status, out := serve(r, in)
		if f.replay != nil {
			f.replay[key] = out
		}
		answer(w, status, out)
	}
}

func (f *fakeAPI) checkKey(key string) {
	if key == "" || f.keys[key] {
		f.t.Errorf("the idempotency key %q is missing or was used before", key)
	}
	f.keys[key] = true
}

func answer(w http.ResponseWriter, status int, out any) {
	kind := "application/json"
	if status >= http.StatusBadRequest {
		kind = "application/problem+json"
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out)
}

func problem(code, field string) any {
	return map[string]any{"title": "x", "status": 0, "code": code, "detail": "Detail for developers.", "field": field, "request_id": "r"}
}

func (f *fakeAPI) oauth(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id, secret, ok := r.BasicAuth()
	switch {
	case f.down:
		answer(w, http.StatusServiceUnavailable, map[string]any{"error": "temporarily_unavailable"})
	case !ok || id != "bank" || secret != "s%3Acret" || r.FormValue("grant_type") != "client_credentials":
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
	default:
		f.tokens++
		f.bearer = fmt.Sprintf("token-%d", f.tokens)
		answer(w, http.StatusOK, map[string]any{"access_token": f.bearer, "token_type": "Bearer", "expires_in": 600, "scope": "x"})
	}
}

func canonical(s any) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(fmt.Sprint(s)))
}

func (f *fakeAPI) id(prefix string) string { f.serial++; return fmt.Sprintf("%s%d", prefix, f.serial) }

func (f *fakeAPI) begin(_ *http.Request, in map[string]any) (int, any) {
	c := f.customers[canonical(in["customer_number"])]
	code := canonical(in["activation_code"])
	switch {
	case len(code) != 10:
		return http.StatusUnprocessableEntity, problem("registration.code_form", "/activation_code")
	case c == nil || c.activation != code:
		return http.StatusOK, map[string]any{"state": "refused", "accepted": false}
	}
	for id, r := range f.regs {
		if r.customer == canonical(in["customer_number"]) && (r.state == "begun" || r.state == "reserved") {
			return http.StatusCreated, f.describe(id, true)
		}
	}
	id := f.id("reg")
	f.regs[id] = &fakeReg{customer: canonical(in["customer_number"]), state: "begun", texts: in["policy"] == "password"}
	return http.StatusCreated, f.describe(id, true)
}

func (f *fakeAPI) describe(id string, accepted bool) any {
	r := f.regs[id]
	out := map[string]any{"registration": id, "state": r.state, "accepted": accepted, "expires_at": f.now().Add(time.Hour)}
	if r.texts {
		out["steps"] = r.steps()
	}
	if k := r.token; k != nil {
		out["token"] = map[string]any{
			"serial": k.Serial, "model": k.Model, "model_name": k.ModelName, "digits": 6, "question": r.question,
			"choose_pin": k.ChoosePIN && k.pin == "", "pin_typed": k.pin != "", "pin_min": 4,
		}
	}
	return out
}

func (f *fakeAPI) find(r *http.Request) (*fakeReg, string) {
	id := r.PathValue("id")
	return f.regs[id], id
}

func unknown() (int, any) { return http.StatusNotFound, problem("registration.unknown", "") }

func (f *fakeAPI) reg(r *http.Request, _ map[string]any) (int, any) {
	g, id := f.find(r)
	if g == nil {
		return unknown()
	}
	return http.StatusOK, f.describe(id, true)
}

func (f *fakeAPI) abandon(r *http.Request, _ map[string]any) (int, any) {
	g, id := f.find(r)
	if g == nil {
		return unknown()
	}
	g.state = "abandoned"
	return http.StatusOK, f.describe(id, true)
}

func (f *fakeAPI) token(r *http.Request, in map[string]any) (int, any) {
	g, id := f.find(r)
	if g == nil {
		return unknown()
	}
	k := f.stock[canonical(in["serial"])]
	if k == nil || g.state == "done" || g.state == "abandoned" {
		return http.StatusOK, f.describe(id, false)
	}
	g.token, g.state = k, "reserved"
	if k.Question {
		g.question = "31415926"
	}
	return http.StatusOK, f.describe(id, true)
}

func (f *fakeAPI) confirm(r *http.Request, in map[string]any) (int, any) {
	g, id := f.find(r)
	if g == nil {
		return unknown()
	}
	pin, _ := in["pin"].(string)
	switch {
	case g.token.ChoosePIN && pin == "1234":
		return http.StatusUnprocessableEntity, problem("token.pin_trivial", "/pin")
	case g.token.ChoosePIN == (pin == ""):
		f.t.Errorf("a PIN is sent exactly when one is to be chosen: %q", pin)
	case !f.right(g.token, "", in["code"], g.question):
		return http.StatusOK, f.describe(id, false)
	}
	g.token.pin = pin
	g.state = "done"
	f.customers[g.customer].token = g.token
	return http.StatusOK, f.describe(id, true)
}

// right checks a code and spends it.
func (f *fakeAPI) right(k *fakeToken, pin string, code any, question string) bool {
	if k == nil {
		return false
	}
	if question != "" {
		return fmt.Sprint(code) == question[:6]
	}
	if fmt.Sprint(code) != pin+fmt.Sprintf("%06d", 480001+k.next) {
		return false
	}
	k.next++
	return true
}

func (f *fakeAPI) start(_ *http.Request, in map[string]any) (int, any) {
	if in["purpose"] == "payment" && in["channel"] == "web" {
		return f.startPayment(in)
	}
	if in["purpose"] != "login" && in["purpose"] != "self-service" || in["channel"] != "web" {
		f.t.Errorf("the login was started as %v", in)
	}
	id := f.id("auth")
	f.auths[id] = &fakeAuth{customer: canonical(in["customer_number"]), state: f.risk.start(), challenges: map[string]string{}}
	f.auths[id].alone = in["purpose"] == "login" && f.risk.decision == "allow"
	p, ok := in["proof"].(map[string]any)
	if !ok || f.risk.decision == "block" {
		return http.StatusCreated, f.outcome(id, false)
	}
	return f.prove(id, p, "/proof/code", http.StatusCreated)
}

func (f *fakeAPI) outcome(id string, accepted bool) any {
	a := f.auths[id]
	return f.describeText(id, map[string]any{"authentication": id, "state": a.state, "accepted": accepted, "step": 1, "steps": f.steps, "policy_version": 0, "expires_at": f.now().Add(time.Hour)})
}

func (f *fakeAPI) prove(id string, p map[string]any, field string, status int) (int, any) {
	a, code := f.auths[id], fmt.Sprint(p["code"])
	if isText(p["policy"]) {
		return status, f.outcome(id, f.proveText(id, p))
	}
	if p["policy"] != "secure-code" {
		f.t.Errorf("the code is for the policy %v", p["policy"])
	}
	if strings.ContainsAny(code, "abcdefghijklmnopqrstuvwxyz") {
		return http.StatusUnprocessableEntity, problem("token.code_form", field)
	}
	c, question := f.customers[a.customer], ""
	if ch, _ := p["challenge"].(string); ch != "" {
		if question = a.challenges[ch]; question == "" {
			question = "no such challenge"
		}
		delete(a.challenges, ch)
	}
	if c == nil || c.status != "active" || c.token == nil || !f.right(c.token, c.token.pin, code, question) {
		if c != nil {
			c.failed = f.now()
		}
		return status, f.outcome(id, false)
	}
	if c.text != nil { // risk wants more than a token
		a.text.shown = !c.text.asks
		a.text.asks = c.text.asks
	} else if a.step++; a.step >= f.steps {
		a.state, c.succeeded = "granted", f.now()
	}
	return status, f.outcome(id, true)
}

func (f *fakeAPI) step(r *http.Request, in map[string]any) (int, any) {
	a := f.auths[r.PathValue("id")]
	if a == nil || a.state != "open" {
		return http.StatusConflict, problem("authentication.over", "")
	}
	if a.pay != nil {
		return f.sign(r.PathValue("id"), r.Header.Get("Idempotency-Key"), in)
	}
	return f.prove(r.PathValue("id"), in, "/code", http.StatusOK)
}

func (f *fakeAPI) challenge(r *http.Request, in map[string]any) (int, any) {
	a := f.auths[r.PathValue("id")]
	if a == nil {
		return http.StatusNotFound, problem("authentication.unknown", "")
	}
	if isText(in["policy"]) {
		return http.StatusCreated, f.send(f.customers[a.customer].text, &a.text)
	}
	id := f.id("challenge")
	a.challenges[id] = fmt.Sprintf("%08d", 27182818+f.serial)
	return http.StatusCreated, map[string]any{"challenge": id, "question": a.challenges[id], "expires_at": f.now().Add(time.Minute)}
}

func (f *fakeAPI) customer(r *http.Request, _ map[string]any) (int, any) {
	number := canonical(r.PathValue("customer_number"))
	c := f.customers[number]
	if c == nil {
		return http.StatusNotFound, problem("customer.unknown", "")
	}
	return http.StatusOK, map[string]any{"customer_number": number, "name": c.name, "status": c.status}
}

func (f *fakeAPI) devices(r *http.Request, _ map[string]any) (int, any) {
	c := f.customers[r.PathValue("customer_number")]
	all := []any{}
	if c != nil && c.token != nil {
		for _, k := range append([]*fakeToken{c.token}, c.more...) {
			keys := []any{map[string]any{"key_id": "1", "usage": "code", "algorithm": "hotp", "used_at": f.now().Add(-time.Minute)}}
			if k.Signs {
				keys = append(keys, map[string]any{"key_id": "2", "usage": "sign", "algorithm": "ocra"})
			}
			all = append(all, map[string]any{
				"serial": k.Serial, "model": k.Model, "name": k.Own, "state": "active", "assigned_at": f.now().Add(-90 * 24 * time.Hour),
				"expires_at": f.now().Add(4 * 365 * 24 * time.Hour), "keys": keys,
			})
		}
	}
	return http.StatusOK, map[string]any{"devices": all}
}

func (f *fakeAPI) authenticators(r *http.Request, _ map[string]any) (int, any) {
	c := f.customers[r.PathValue("customer_number")]
	if c.text != nil {
		all := []any{}
		for _, policy := range []string{"password", "sms-code", "sms-signature"} {
			all = append(all, map[string]any{"policy": policy, "state": "enabled"})
		}
		return http.StatusOK, map[string]any{"authenticators": all}
	}
	a := map[string]any{"policy": "secure-code", "state": "enabled"}
	if !c.succeeded.IsZero() {
		a["succeeded_at"] = c.succeeded
	}
	if !c.failed.IsZero() {
		a["failed_at"] = c.failed
	}
	return http.StatusOK, map[string]any{"authenticators": []any{a}}
}

// set changes the fake under its lock.
func (f *fakeAPI) set(change func(*fakeAPI)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}
