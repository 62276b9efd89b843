package self_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/token"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10-01", "T1")
	b := w.browser()
	b.get("/").leads("/tokens")
	b.get("/tokens").leads("/login")
	b.get("/login").shows(http.StatusOK, "Your tokens")
	b.post("/login", "customer_number", " 1001 ", "code", wrong(t, "T1")).shows(http.StatusUnprocessableEntity, "Your tokens").wrong("code", "We could not log you in")
	b.post("/login", "customer_number", "1001", "code", code(t, "T1", 0)).leads("/tokens")
	s := b.cook["cs-self-session"]
	if s == nil || !s.HttpOnly || s.SameSite != http.SameSiteStrictMode || s.MaxAge != 0 || len(s.Value) < 43 {
		t.Fatalf("the session's cookie is %+v", s)
	}
	b.get("/tokens").shows(http.StatusOK, "My tokens").says("Good to see you, Ada Palmer.").says("Customer ID 1001")
	if again := w.browser().post("/login", "customer_number", "1001", "code", code(t, "T1", 0)); again.code != http.StatusUnprocessableEntity {
		t.Errorf("the same code again: %d to %q", again.code, again.to)
	}
	in := w.audited(customer.AuditLoggedIn)
	if len(in) != 1 || in[0].Actor != audit.Customer(c.ID).String() || in[0].Customer != c.ID {
		t.Errorf("the records of the login are %+v", in)
	}
	b.post("/login", "customer_number", "1001", "code", code(t, "T1", 1)).leads("/tokens")
	if fresh := b.cook["cs-self-session"]; fresh.Value == s.Value {
		t.Error("the second login kept the session's name")
	}
	old := w.browser()
	old.cook["x"] = s
	old.get("/tokens").leads("/login")
	b.post("/logout").leads("/login")
	b.get("/tokens").leads("/login")
}

// TestUniform: before the login nothing tells whether a customer exists, or how
// they stand (invariant 4, SCA-06, SCA-61): the same page and headers for all.
func TestUniform(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.customer("1", "T1")
	w.customer("2", "T2")
	w.customer("3") // no token
	suspended := w.customer("4", "T4")
	w.must(w.customers.Suspend(t.Context(), cli(), suspended.ID, "asked for"))
	for range 5 {
		w.browser().post("/login", "customer_number", "2", "code", wrong(t, "T2"))
	}
	if n := len(w.audited("authenticator.blocked")); n != 1 {
		t.Fatalf("%d blocks", n)
	}
	type try struct{ path, code string }
	for _, x := range []try{{"/login", wrong(t, "T1")}, {"/login", "12 34"}, {"/login", "letters"}, {"/login/number", ""}} {
		var first answer
		for i, number := range []string{"1", "2", "3", "4", "99", "no such!"} {
			a := w.browser().post(x.path, "customer_number", number, "code", x.code)
			a.head.Del("X-Request-Id")
			a.body = strings.ReplaceAll(a.body, `value="`+number+`"`, `value="N"`)
			if x.path == "/login/number" {
				a.head.Del("Set-Cookie") // it has a handle and a number of its own
			}
			if i == 0 {
				first = a
			}
			if a.code != first.code || a.to != first.to || a.body != first.body || len(a.head) != len(first.head) {
				t.Errorf("%s with %q as %s: %d to %q\n%s", x.path, x.code, number, a.code, a.to, a.body)
			}
		}
	}
	// The right code of a blocked and of a suspended customer, too.
	a, b := w.browser().post("/login", "customer_number", "2", "code", code(t, "T2", 0)), w.browser().post("/login", "customer_number", "4", "code", code(t, "T4", 0))
	if a.code != http.StatusUnprocessableEntity || strings.ReplaceAll(a.body, `value="2"`, `value="4"`) != b.body {
		t.Errorf("right codes of a blocked and a suspended customer: %d, %d", a.code, b.code)
	}
}

// TestChallengeLogin: a token that asks for a number.
func TestChallengeLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.customer("1", "Q1")
	w.customer("2", "Q2")
	b := w.browser()
	b.get("/login/answer").leads("/login")
	b.post("/login/answer", "code", "123456").leads("/login")
	b.post("/login/number", "customer_number", "1").leads("/login/answer")
	a := b.get("/login/answer").shows(http.StatusOK, "Type this number into your token")
	q := a.questions()[0]
	again := b.post("/login/answer", "code", "000000").wrong("code", "We could not log you in")
	if again.questions()[0] == q {
		t.Error("a wrong answer did not change the number")
	}
	q = again.questions()[0]
	b.post("/login/answer", "code", respond(t, "Q1", q, 0)).leads("/tokens")
	b.get("/tokens").shows(http.StatusOK, "My tokens").says("Customer ID 1")

	// Whose login it is, the hub knows, not the browser.
	mine, theirs := w.browser(), w.browser()
	mine.post("/login/number", "customer_number", "1").leads("/login/answer")
	theirs.post("/login/number", "customer_number", "2").leads("/login/answer")
	q = mine.get("/login/answer").questions()[0]
	theirs.cook["cs-self-login"] = mine.cook["cs-self-login"]
	theirs.post("/login/answer", "code", respond(t, "Q1", q, 1)).leads("/tokens")
	theirs.get("/tokens").says("Customer ID 1")

	late := w.browser()
	late.post("/login/number", "customer_number", "1").leads("/login/answer")
	w.clock.Advance(11 * time.Minute)
	late.post("/login/answer", "code", "123456").leads("/login")
	late.get("/login").says("That took too long.")
	late.cook["x"] = &http.Cookie{Name: "cs-self-login", Value: "%%%"}
	late.get("/login/answer").leads("/login")
}

// SCA-09, SCA-74: sessions end by themselves, and with the token that opened them.
func TestSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("1", "T1", "T2")
	b := w.login("1", code(t, "T1", 0))
	a := b.get("/tokens").shows(http.StatusOK, "My tokens")
	if got := a.head.Get("Refresh"); got != "300; url=/timeout" {
		t.Errorf("Refresh is %q", got)
	}
	w.clock.Advance(3 * time.Minute)
	b.get("/timeout").shows(http.StatusOK, "This page was closed")
	w.clock.Advance(2 * time.Minute)
	b.get("/timeout").shows(http.StatusOK, "You were logged out")
	b.get("/tokens").leads("/login")

	first, second := w.login("1", code(t, "T1", 1)), w.login("1", code(t, "T2", 0))
	second.get("/activity").says("Log out everywhere else")
	o := token.Order{Device: w.device("T1").ID, Customer: c.ID, Reason: "called", EvenLast: true}
	if _, err := w.cfg.Care.Suspend(t.Context(), cli(), o); err != nil {
		t.Fatal(err)
	}
	first.get("/tokens").leads("/login")
	first.get("/login").says("the token that you logged in with is out of use")
	second.get("/tokens").shows(http.StatusOK, "My tokens")

	third := w.login("1", code(t, "T2", 1))
	third.post("/sessions/end").leads("/activity")
	second.get("/tokens").leads("/login")
	third.get("/activity").says("After five minutes without activity")
	w.must(w.customers.Suspend(t.Context(), cli(), c.ID, "asked for"))
	third.get("/tokens").leads("/login")
}
