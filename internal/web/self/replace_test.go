package self_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/hub"
)

// outdated is a customer whose password was demanded to be replaced.
func (w *world) outdated(number string) {
	w.Helper()
	w.texting(0)
	c := w.knower(number)
	w.must(w.cfg.Secrets.Demand(w.Context(), cli(), c.ID, "seen by somebody"))
	w.clock.Advance(2 * time.Minute)
}

// TestOutdatedPassword: F-6.6.5 to F-6.6.12. The one that must be replaced opens nothing
// but its replacement; the new one is asked for again, then comes the code, and other
// sessions have ended. Somebody who does not know it is not told that it has run out.
func TestOutdatedPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.outdated("1001")
	_, sent := w.arrived(oldNumber)
	w.browser().post("/login/password", "customer_number", "1001", "password", "not this one").wrong("password", "We could not log you in")
	b := w.browser()
	b.post("/login/password", "customer_number", "1001", "password", knownSecret).leads("/login/replace")
	b.get("/login/replace").shows(http.StatusOK, "Choose a new password")
	b.get("/login/repeat").leads("/login")
	b.get("/security").leads("/login")
	b.post("/login/answer", "code", "123456").leads("/login")
	b = w.browser()
	b.post("/login/password", "customer_number", "1001", "password", knownSecret).leads("/login/replace")
	choose := func(fresh, repeat string) answer { return b.post("/login/replace", "fresh", fresh, "repeat", repeat) }
	choose("", "").wrong("fresh", "")
	choose(otherSecret, otherSecret+"x").wrong("repeat", "The two passwords differ")
	choose("short", "short").wrong("fresh", "It is too short")
	a := choose(knownSecret, knownSecret).wrong("fresh", "It is the one that you have")
	if strings.Contains(a.body, knownSecret) {
		t.Error("the page shows what was typed")
	}
	choose(otherSecret, otherSecret).leads("/login/repeat")
	b.get("/login/repeat").shows(http.StatusOK, "Log in with the new password")
	b.get("/login/replace").leads("/login")
	choose(knownSecret+"!", knownSecret+"!").leads("/login") // no second one
	b = w.browser()
	if n := len(w.audited(hub.AuditReplaced)); n != 1 {
		t.Errorf("%d replacements", n)
	}
	w.clock.Advance(time.Minute)
	if _, n := w.arrived(oldNumber); n != sent {
		t.Errorf("%d texts before the new one was shown", n-sent)
	}
	w.browser().post("/login/password", "customer_number", "1001", "password", knownSecret).wrong("password", "We could not log you in")
	w.knows("1001", otherSecret)
	for _, secret := range []string{knownSecret, otherSecret} {
		if strings.Contains(w.logs.String(), secret) {
			t.Error("the log holds a password")
		}
	}
}

// TestReplacedAndLoggedIn goes on with the login within which the password was replaced.
func TestReplacedAndLoggedIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.texting(0)
	c := w.knower("1001")
	other := w.knows("1001", knownSecret)
	w.must(w.cfg.Secrets.Demand(t.Context(), cli(), c.ID, "seen by somebody"))
	other.get("/security").says("You choose a new one when you next log in with it")
	w.clock.Advance(time.Minute)
	other.post("/security/phone/secret", "password", knownSecret).wrong("password", "This password has to be replaced")
	w.clock.Advance(2 * time.Minute)
	b := w.browser()
	b.post("/login/password", "customer_number", "1001", "password", knownSecret).leads("/login/replace")
	b.post("/login/replace", "fresh", otherSecret, "repeat", otherSecret).leads("/login/repeat")
	b.post("/login/repeat", "password", "").wrong("password", "")
	b.post("/login/repeat", "password", "not this one").wrong("password", "This is not the new password")
	_, before := w.arrived(oldNumber)
	b.post("/login/repeat", "password", otherSecret).leads("/login/answer")
	code, n := w.arrived(oldNumber)
	if n != before+1 {
		t.Errorf("%d codes", n-before)
	}
	b.post("/login/answer", "code", code).leads("/security")
	b.get("/security").shows(http.StatusOK, "Security")
	other.get("/security").leads("/login")
}

// TestReplacingTooLate: the login within which a password may be replaced ends, and so
// does the permission; nobody else has it.
func TestReplacingTooLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.outdated("1001")
	b := w.browser()
	b.post("/login/password", "customer_number", "1001", "password", knownSecret).leads("/login/replace")
	w.clock.Advance(time.Hour)
	b.post("/login/replace", "fresh", otherSecret, "repeat", otherSecret).leads("/login")
	for _, path := range []string{"/login/replace", "/login/repeat"} {
		w.browser().get(path).leads("/login")
		w.browser().post(path, "fresh", otherSecret, "repeat", otherSecret, "password", otherSecret).leads("/login")
	}
	if n := len(w.audited(hub.AuditReplaced)); n != 0 {
		t.Errorf("%d replacements", n)
	}
}
