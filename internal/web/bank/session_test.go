package bank_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// sessionCookie is what the browser has.
func (v *visitor) sessionCookie() string {
	v.w.Helper()
	r, err := http.NewRequestWithContext(v.w.Context(), http.MethodGet, v.w.server.URL, nil)
	if err != nil {
		v.w.Fatal(err)
	}
	for _, c := range v.http.Jar.Cookies(r.URL) {
		if c.Name == "cs-bank-session" {
			return c.Value
		}
	}
	return ""
}

// Five minutes without a request end a session, on the server (SCA-09).
func TestSessionIdles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	v.login(w.registered())
	for range 3 { // activity prolongs it
		w.clock.advance(5*time.Minute - time.Second)
		p := v.get("/overview").shows(http.StatusOK, "My accounts")
		if got := p.header.Get("Refresh"); got != "300; url=/timeout" {
			t.Errorf("Refresh is %q", got)
		}
		if p.doc.One(t, "body").Attr["data-idle"] != "300" {
			t.Error("the page does not warn before it ends")
		}
	}
	w.clock.advance(5 * time.Minute)
	v.get("/overview").leads("/login")
	v.get("/login").says("You were logged out, because nothing had happened")
	v.get("/overview").leads("/login")
}

// A page that lies open does not keep a session alive: looking at it is no activity.
func TestTimeoutPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	v.login(w.registered())
	w.clock.advance(3 * time.Minute)
	v.get("/timeout").shows(http.StatusOK, "This page was closed")
	v.get("/").says("To my accounts")
	w.clock.advance(2 * time.Minute)
	v.get("/timeout").shows(http.StatusOK, "You were logged out")
	if v.sessionCookie() != "" {
		t.Error("the cookie of the ended session is still there")
	}
}

// A session ends after eight hours, however busy it is.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	v.login(w.registered())
	for range 2*60 - 1 { // 7 h 56 min
		w.clock.advance(4 * time.Minute)
		v.get("/overview").shows(http.StatusOK, "My accounts")
	}
	w.clock.advance(4 * time.Minute)
	v.get("/overview").leads("/login")
}

// Each login has an id of its own, and logout ends it on the server (SCA-74).
func TestSessionIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.registered()
	v := w.visitor()
	v.login(k)
	first := v.sessionCookie()
	v.login(k)
	second := v.sessionCookie()
	if first == second || len(second) < 43 {
		t.Errorf("the ids are %q and %q", first, second)
	}
	thief := w.visitor()
	thief.header.Set("Cookie", "cs-bank-session="+first)
	thief.get("/overview").leads("/login")
	thief.header.Set("Cookie", "cs-bank-session="+second)
	thief.get("/overview").shows(http.StatusOK, "My accounts")
	v.send("/logout").leads("/login")
	v.get("/login").says("You are logged out.")
	thief.get("/overview").leads("/login")
	thief.header.Set("Cookie", "cs-bank-session=chosen-by-an-attacker")
	thief.get("/overview").leads("/login")
}

// Whoever is suspended is out within a minute.
func TestSuspendedCustomerIsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	v.login(w.registered())
	w.api.set(func(f *fakeAPI) { f.customers[adaNumber].status = "suspended" })
	v.get("/overview").shows(http.StatusOK, "My accounts") // asked less than a minute ago
	w.clock.advance(time.Minute)
	v.get("/overview").leads("/login")
	v.get("/login").says("Your access is closed at the moment.")
	w.api.set(func(f *fakeAPI) { f.customers[adaNumber].status = "active" })
	v.get("/overview").leads("/login")
}

func TestSecurityPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.registered()
	w.visitor().send("/login", "customer_number", ada, "code", "000000")
	v, other := w.visitor(), w.visitor()
	other.header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	other.login(k)
	w.clock.advance(time.Minute)
	v.login(k)
	v.get("/overview").says("A login was refused on 22 November 2026, 14:05")
	v.get("/security").shows(http.StatusOK, "Security").says("CS-4407-118263").says("Firefox · Linux").says("Last accepted 22")
	v.send("/security/sessions").leads("/security")
	p := v.get("/security").says("Logged out elsewhere: 1")
	if strings.Contains(p.body, "Firefox") {
		t.Error("the other session is still listed")
	}
	other.get("/overview").leads("/login")
}

// The API fails right after a login was granted: the customer is in, greeted by
// number, and by name as soon as the API can say it.
func TestLoginBeforeNameIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.registered()
	w.api.set(func(f *fakeAPI) { f.forgetful = true })
	v := w.visitor()
	v.login(k)
	v.get("/security").shows(http.StatusServiceUnavailable, "Not available right now")
	w.api.set(func(f *fakeAPI) { f.forgetful = false })
	v.get("/overview").says("Good to see you, Ada Palmer")
}

// Customers see their own sessions only.
func TestSessionsOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	v.login(w.registered())
	w.api.customers["20001111"] = &fakeCustomer{name: "Bo Lind", status: "active", token: &fakeToken{Serial: "B", Model: "b120"}}
	bo := w.visitor()
	bo.send("/login", "customer_number", "20001111", "code", "480001").leads("/overview")
	bo.get("/overview").says("Bo Lind")
	p := bo.get("/security").says("Button 120")
	if n := len(p.doc.One(t, ".sessions").All("li")); n != 1 {
		t.Errorf("Bo sees %d sessions", n)
	}
	bo.send("/security/sessions").leads("/security")
	v.get("/overview").shows(http.StatusOK, "My accounts")
}

// Behind TLS the cookie is bound to this host, and never readable by scripts.
func TestCookies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	k := w.registered()
	p := v.send("/login", "customer_number", ada, "code", nextCode(w, k))
	if c := p.header.Get("Set-Cookie"); !strings.HasPrefix(c, "cs-bank-session=") || !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Strict") {
		t.Errorf("the cookie is %q", c)
	}
	w.config.Secure = true
	w.serve()
	p = w.visitor().send("/login", "customer_number", ada, "code", nextCode(w, k))
	if c := p.header.Get("Set-Cookie"); !strings.HasPrefix(c, "__Host-cs-bank-session=") || !strings.Contains(c, "Secure") || !strings.Contains(c, "Path=/;") {
		t.Errorf("the cookie is %q", c)
	}
}
