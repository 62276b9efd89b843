//go:build browser

package self_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// A phone is added, compared, moved from, blocked and set going again, and removed (S-01 to
// S-08, S-14).
func TestBrowserMobile(t *testing.T) {
	w := newWorld(t)
	w.mobiling(func(a *policy.Application) {
		a.Activation.Compare, a.Activation.MaxExtend, a.Activation.Valid = true, 2, 50*time.Hour
	})
	c := w.customer("10002002", "CS-4407-220417")
	server := httptest.NewServer(w.http)
	t.Cleanup(server.Close)
	p := webtest.Start(t).Tab(t)
	p.Open(server.URL + "/login")
	p.Follow("a[href='/login?by=mobile']")
	looks(t, p, "login-mobile")
	enter(p, server.URL, code(t, "CS-4407-220417", 0))
	p.WaitText("h1", "My tokens")
	p.Follow("a[href='/mobile/add']")
	looks(t, p, "mobile-add-proof")
	p.Fill("#f-code", code(t, "CS-4407-220417", 1))
	p.Follow("main form[action$='/proof'] button[type=submit].primary")
	p.Wait("#f-name")
	looks(t, p, "mobile-add")
	p.Fill("#f-name", "Blue phone")
	p.Follow("main form[action='/mobile/add'] button[type=submit]")
	p.Wait(".qr")
	looks(t, p, "mobile-code")
	h, done := w.redeems(p.Text("output.secret-value"))
	if why := w.confirms(h); !done || why != mobiletoken.NotCompared {
		t.Fatal(done, why)
	}
	p.Follow("a.primary[href^='/mobile/']")
	looks(t, p, "mobile-coming")
	p.Follow("a[href$='/compare']")
	p.Fill("#f-code", code(t, "CS-4407-220417", 2))
	p.Follow("main form[action$='/proof'] button[type=submit].primary")
	p.Wait("#f-comparison")
	looks(t, p, "mobile-compare")
	digits, err := mobiletoken.ComparisonCode(h.key)
	w.must(err)
	p.Fill("#f-comparison", digits)
	p.Follow("main form[action$='/compare'] button[type=submit]")
	p.WaitText(".flashes", "right digits")
	if why := w.confirms(h); why != mobiletoken.Accepted {
		t.Fatal(why)
	}
	p.Open(p.URL())
	looks(t, p, "mobile")
	p.Follow("a[href$='/migration']")
	p.Wait("#f-by")
	looks(t, p, "mobile-migration-proof")
	p.Fill("#f-code", code(t, "CS-4407-220417", 3))
	p.Follow("main form[action$='/proof'] button[type=submit].primary")
	p.Wait("#f-name")
	looks(t, p, "mobile-migration")
	p.Follow("main form[action$='/migration'] button[type=submit]")
	p.Wait(".qr")
	p.Follow("a.primary[href^='/mobile/']")
	looks(t, p, "mobile-moving")
	p.Follow("form[action$='/abandonment'] button")
	p.WaitText(".flashes", "stay with the old phone")
	p.Follow("a[href$='/block']")
	looks(t, p, "mobile-block")
	p.Follow("form[action$='/block'] button")
	p.WaitText(".flashes", "The token is blocked")
	looks(t, p, "mobile-list")
	p.Open(server.URL + h.at() + "/archiving")
	p.Fill("#f-code", code(t, "CS-4407-220417", 4))
	p.Follow("main form[action$='/proof'] button[type=submit].primary")
	p.Wait("form[action$='/archiving']")
	looks(t, p, "mobile-archiving")

	last := w.hands(w.customer("10002003"), "")
	p.Open(server.URL + "/login?by=mobile")
	p.Fill("#f-customer_number", "10002003")
	p.Fill("#f-code", w.shows(last))
	p.Submit()
	p.WaitText("h1", "My tokens")
	p.Open(server.URL + last.at() + "/redistribution")
	looks(t, p, "mobile-stuck")
	p.Open(server.URL + "/not-me/" + w.cfg.Mobile.DisownKey(c.ID, h.token.ID, w.clock.Now()))
	looks(t, p, "not-me")
}

// All of it without JavaScript, in German, by the keyboard.
func TestBrowserMobileNoScript(t *testing.T) {
	w := newWorld(t)
	w.mobiling(plain)
	h := w.hands(w.customer("10002003"), "Diensthandy")
	server := httptest.NewServer(w.http)
	t.Cleanup(server.Close)
	p := webtest.Start(t).Tab(t)
	p.NoScript()
	p.Open(server.URL + "/login?by=mobile")
	p.Follow(".prefs button[value='de']")
	p.Open(server.URL + "/login?by=mobile")
	p.TabTo("#f-customer_number")
	p.Keys("10002003")
	p.TabTo("#f-code")
	p.Keys(w.shows(h))
	p.Submit()
	p.WaitText("h1", "Meine Token")
	p.Open(server.URL + h.at() + "/migration")
	p.TabTo("#f-code")
	p.Keys(w.shows(h))
	p.Submit()
	p.Wait("#f-name")
	p.Shot("self-mobile-migration-de")
	p.TabTo("main form[action$='/migration'] button[type=submit]")
	p.Submit()
	p.Wait(".qr")
	p.Shot("self-mobile-code-de")
	p.Phone()
	p.Shot("self-mobile-code-de-phone")
	p.Open(server.URL + h.at())
	p.Shot("self-mobile-de-phone")
	p.Desktop()
	p.Shot("self-mobile-de")
}
