package bank_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An unknown customer, a wrong code, a suspended customer and one without a token
// get the same page, status and calls to the API (SCA-06, SCA-61).
func TestLoginIsUniform(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.registered()
	w.api.customers["20001111"] = &fakeCustomer{name: "Bo", status: "suspended", token: &fakeToken{}}
	w.api.customers["30002222"] = &fakeCustomer{name: "Cy", status: "active"}
	var first string
	var calls []string
	for _, number := range []string{adaNumber, "99003333", "20001111", "30002222"} {
		w.api.set(func(f *fakeAPI) { f.calls = nil })
		p := w.visitor().send("/login", "customer_number", number, "code", "123123").
			shows(http.StatusUnprocessableEntity, "Log in").wrong("code", "We could not log you in")
		body := plain(p, number)
		if first == "" {
			first, calls = body, w.api.calls
		}
		if body != first {
			t.Errorf("customer %s: the page differs:\n%s", number, cmp.Diff(first, body))
		}
		if diff := cmp.Diff(calls, w.api.calls); diff != "" {
			t.Errorf("customer %s: the calls to the API differ:\n%s", number, diff)
		}
		if p.header.Get("Set-Cookie") != "" {
			t.Errorf("customer %s: a cookie is set", number)
		}
	}
}

// A code is good once: the same form sent again logs nobody in.
func TestLoginRefusesReplay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := nextCode(w, w.registered())
	w.visitor().send("/login", "customer_number", ada, "code", code).leads("/overview")
	w.visitor().send("/login", "customer_number", ada, "code", code).wrong("code", "We could not log you in")
}

func TestLoginChecksForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	v.send("/login").wrong("customer_number", "Customer ID: please").wrong("code", "Secure code: please")
	p := v.send("/login", "customer_number", ada, "code", "12a456").wrong("code", "A secure code has digits only.")
	if p.doc.One(t, "#f-customer_number").Attr["value"] != ada {
		t.Error("the customer ID has to be typed again")
	}
	if strings.Contains(p.body, "12a456") {
		t.Error("the code is sent back to the page")
	}
}

// Tokens that ask for a number: everybody gets one, the right answer logs in,
// and each number is good for one answer.
func TestLoginByNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api.customers[adaNumber].token = w.api.stock["CS3100000007"]
	v := w.visitor()
	v.send("/login/number").wrong("customer_number", "Customer ID: please")
	v.get("/login/answer").leads("/login")
	v.send("/login/number", "customer_number", ada, "code", "123456").leads("/login/answer")
	p := v.get("/login/answer").shows(http.StatusOK, "Type this number into your token")
	first := number(t, p)
	p = v.send("/login/answer", "code", "000000").wrong("code", "We could not log you in")
	second := number(t, p)
	if first == second {
		t.Error("a wrong answer brings the same number again")
	}
	if again := number(t, v.get("/login/answer")); again != second {
		t.Errorf("the page reloaded shows %s; want %s", again, second)
	}
	v.send("/login/answer").wrong("code", "Secure code: please")
	v.send("/login/answer", "code", second[:6]).leads("/overview")
	v.get("/overview").shows(http.StatusOK, "My accounts")
	v.get("/login/answer").leads("/login")

	stranger := w.visitor()
	stranger.send("/login/number", "customer_number", "99").leads("/login/answer")
	p = stranger.get("/login/answer").shows(http.StatusOK, "Type this number into your token")
	stranger.send("/login/answer", "code", number(t, p)[:6]).wrong("code", "We could not log you in")
}

func number(t *testing.T, p *page) string {
	t.Helper()
	n := strings.ReplaceAll(p.doc.One(t, ".question-value").Text(), " ", "")
	if len(n) != 8 {
		t.Fatalf("the number is %q", n)
	}
	return n
}

// An authentication that has ended leads back to the beginning.
func TestLoginTooLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	v.send("/login/number", "customer_number", ada).leads("/login/answer")
	w.api.set(func(f *fakeAPI) { f.auths["auth1"].state = "expired" })
	v.send("/login/answer", "code", "123456").leads("/login")
	v.get("/login").says("That took too long.")
}

// A journey with two steps asks for a second code; the first alone opens nothing.
func TestLoginWithTwoSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api.steps = 2
	k := w.registered()
	v := w.visitor()
	v.send("/login", "customer_number", ada, "code", nextCode(w, k)).leads("/login/answer")
	v.get("/overview").leads("/login")
	v.get("/login/answer").shows(http.StatusOK, "One more code")
	v.send("/login/answer", "code", "000000").wrong("code", "We could not log you in")
	v.send("/login/answer", "code", nextCode(w, k)).leads("/overview")
}

// Codes are in no address and in no log, whatever happens to them.
func TestNoCodeInLogsOrAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	v.send("/register", "customer_number", ada, "activation_code", adaCode)
	v.send("/register/token", "serial", "CS-1200-000042")
	code := nextCode(w, w.api.stock["CS1200000042"])
	v.send("/register/code", "code", code, "pin", "8064", "pin_again", "8064")
	w.api.set(func(f *fakeAPI) { f.down = true })
	v.send("/login", "customer_number", ada, "code", "8064"+code)
	v.send("/register", "customer_number", ada, "activation_code", adaCode)
	w.api.server.Close()
	v.send("/login", "customer_number", ada, "code", "8064"+code).shows(http.StatusServiceUnavailable, "Log in")
	log := w.log.String()
	if !strings.Contains(log, "the API does not answer") {
		t.Fatalf("the log does not say that the API is away: %s", log)
	}
	for _, s := range []string{code, "8064", adaCode, canonical(adaCode), "s:cret", "s%3Acret", w.api.bearer} {
		if strings.Contains(log, s) {
			t.Errorf("the log has %q:\n%s", s, log)
		}
	}
}
