package bank_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// F-4.1.1–11, then F-4.2.1–6: a customer registers a token and logs in with it.
func TestRegisterAndLogIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	v.get("/").shows(http.StatusOK, "Banking that keeps its calm.")
	v.get("/register").shows(http.StatusOK, "Register your token")
	v.send("/register", "customer_number", ada, "activation_code", adaCode).leads("/register/token")
	v.get("/register/token").shows(http.StatusOK, "Which token do you have?")
	v.send("/register/token", "serial", "cs 4407 118263").leads("/register/code")
	p := v.get("/register/code").shows(http.StatusOK, "Your first secure code").says("Keypad 200")
	code := p.doc.One(t, "#f-code").Attr
	if code["autocomplete"] != "one-time-code" || code["inputmode"] != "numeric" || code["type"] != "password" {
		t.Errorf("the field for the code has %v", code)
	}
	k := w.api.stock["CS4407118263"]
	v.send("/register/code", "code", nextCode(w, k)).leads("/register/done")
	v.get("/register/done").shows(http.StatusOK, "Your token is registered").says("CS-4407-118263")
	if got := v.get("/login").doc.One(t, "#f-customer_number").Attr["value"]; got != ada {
		t.Errorf("after registration the login proposes the customer ID %q; want %q", got, ada)
	}
	v.login(k)
	v.get("/overview").shows(http.StatusOK, "My accounts").says("Ada Palmer").says("Current account")
}

// Each mistake is told beside its field, and says no more than it may.
func TestRegisterRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	v.send("/register").wrong("customer_number", "Customer ID: please").wrong("activation_code", "Activation code: please")
	p := v.send("/register", "customer_number", ada, "activation_code", "7Q2M").shows(422, "Register your token").wrong("activation_code", "This activation code was mistyped.")
	if strings.Contains(p.body, "7Q2M") {
		t.Error("the activation code is sent back to the page")
	}
	wrong := v.send("/register", "customer_number", ada, "activation_code", "7Q2M-9XKD-42").shows(422, "Register your token")
	nobody := v.send("/register", "customer_number", ada+"9", "activation_code", adaCode).shows(422, "Register your token")
	if a, b := plain(wrong, ada), plain(nobody, ada+"9"); a != b {
		t.Errorf("a wrong code and an unknown customer differ:\n%s\n\n%s", a, b)
	}
	v.send("/register", "customer_number", ada, "activation_code", adaCode).leads("/register/token")
	v.send("/register/token", "serial", "CS-9").wrong("serial", "We cannot register a token with this serial number.")
	v.send("/register/token", "serial", "").wrong("serial", "Serial number: please")
	v.send("/register/token", "serial", "CS-4407-118263").leads("/register/code")
	v.send("/register/code", "code", "000000").wrong("code", "This secure code is not right.")
	v.get("/register/code").shows(http.StatusOK, "Your first secure code")
}

// The steps cannot be skipped, in no order (SCA-75).
func TestRegisterKeepsItsOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	for _, path := range []string{"/register/token", "/register/code", "/register/done"} {
		v.get(path).leads("/register")
	}
	v.send("/register/token", "serial", "CS-4407-118263").leads("/register")
	v.send("/register/code", "code", "480001").leads("/register")
	v.send("/register", "customer_number", ada, "activation_code", adaCode).leads("/register/token")
	v.get("/register/code").leads("/register/token")
	v.get("/register/done").leads("/register/token")
	v.send("/register/code", "code", "480001").leads("/register/token")
	v.send("/register/token", "serial", "CS-4407-118263").leads("/register/code")
	v.get("/register/done").leads("/register/code")
	v.get("/register/token").shows(http.StatusOK, "Which token do you have?") // another one after all
}

// A registration that was broken off goes on: in the same browser by itself, in
// another one with the same activation code.
func TestRegisterResumes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	v.send("/register", "customer_number", ada, "activation_code", adaCode).leads("/register/token")
	v.send("/register/token", "serial", "CS-4407-118263").leads("/register/code")
	v.get("/register").says("You have already begun.")
	other := w.visitor()
	other.send("/register", "customer_number", ada, "activation_code", adaCode).leads("/register/code")
	other.send("/register/code", "code", nextCode(w, w.api.stock["CS4407118263"])).leads("/register/done")
	v.get("/register/code").leads("/register/done")
}

func TestRegisterGivesUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	v.send("/register", "customer_number", ada, "activation_code", adaCode).leads("/register/token")
	v.send("/register/cancel").leads("/register")
	v.get("/register").says("The registration was given up.")
	v.get("/register/token").leads("/register")
	if s := w.api.regs["reg1"].state; s != "abandoned" {
		t.Errorf("the registration is %s at the API", s)
	}
}

// A registration that ran out leads back to its beginning.
func TestRegisterRunsOut(t *testing.T) {
	t.Parallel()
	for _, end := range []func(*fakeAPI){
		func(f *fakeAPI) { f.regs["reg1"].state = "abandoned" },
		func(f *fakeAPI) { delete(f.regs, "reg1") },
	} {
		w := newWorld(t)
		v := w.visitor()
		v.send("/register", "customer_number", ada, "activation_code", adaCode).leads("/register/token")
		w.api.set(end)
		v.get("/register/token").leads("/register")
		v.get("/register").says("This registration has ended.")
	}
}

// A visit ends after half an hour without a request.
func TestVisitEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	v.send("/register", "customer_number", ada, "activation_code", adaCode).leads("/register/token")
	w.clock.advance(29 * time.Minute)
	v.get("/register/token").shows(http.StatusOK, "Which token do you have?")
	w.clock.advance(30 * time.Minute)
	v.get("/register/token").leads("/register")
}

// A token whose PIN is typed in the bank: the PIN is chosen while registering.
func TestRegisterChoosesPIN(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	k := w.api.stock["CS1200000042"]
	v.send("/register", "customer_number", ada, "activation_code", adaCode).leads("/register/token")
	v.send("/register/token", "serial", "CS-1200-000042").leads("/register/code")
	v.get("/register/code").says("Choose a PIN").says("At least 4 digits")
	code := nextCode(w, k)
	v.send("/register/code", "code", code).wrong("pin", "New PIN: please")
	p := v.send("/register/code", "code", code, "pin", "8064", "pin_again", "8065").wrong("pin_again", "The two PINs differ.")
	if strings.Contains(p.body, "8064") || strings.Contains(p.body, code) {
		t.Error("the PIN or the code is sent back to the page")
	}
	v.send("/register/code", "code", code, "pin", "1234", "pin_again", "1234").wrong("pin", "This PIN is too easy to guess.")
	v.send("/register/code", "code", code, "pin", "8064", "pin_again", "8064").leads("/register/done")
	v.get("/register/done").says("Remember the PIN that you chose.")
	v.login(k)
}

// A token that asks for a number shows it while registering.
func TestRegisterShowsNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	v.send("/register", "customer_number", ada, "activation_code", adaCode).leads("/register/token")
	v.send("/register/token", "serial", "CS-3100-000007").leads("/register/code")
	v.get("/register/code").says("3141 5926")
	v.send("/register/code", "code", "314159").leads("/register/done")
}

// A new token is a change of credentials: whoever was logged in before is out (SCA-74).
func TestRegisteringEndsSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.visitor()
	old.login(w.registered())
	v := w.visitor()
	v.send("/register", "customer_number", "1001 2345", "activation_code", adaCode).leads("/register/token")
	v.send("/register/token", "serial", "CS-3100-000007").leads("/register/code")
	old.get("/overview").shows(http.StatusOK, "My accounts")
	v.send("/register/code", "code", "314159").leads("/register/done")
	old.get("/overview").leads("/login")
}

// plain is a page without what may differ: what was typed, and the request's id.
func plain(p *page, typed string) string {
	return strings.ReplaceAll(p.body, typed, "TYPED")
}
