//go:build browser

package self_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// Login with a password and a code read off the phone, the password changed, and the
// phone number changed: it is put on hold, and stopped.
func TestBrowserSecurity(t *testing.T) {
	w := newWorld(t)
	w.texting(24 * time.Hour)
	w.knower("10002002")
	server := httptest.NewServer(w.http)
	t.Cleanup(server.Close)
	p := webtest.Start(t).Tab(t)
	code := func(number string) string {
		got, _ := w.arrived(number)
		return got
	}
	p.Open(server.URL + "/login")
	p.Follow("a[href='/login/password']")
	looks(t, p, "login-password")
	w.clock.Advance(2 * time.Minute)
	p.Fill("#f-customer_number", "10002002")
	p.Fill("#f-password", knownSecret)
	p.Follow("main button[type=submit]")
	p.WaitText("h1", "Enter the code")
	looks(t, p, "login-sent")
	p.Fill("#f-code", code(oldNumber))
	p.Follow("main button[type=submit]")
	p.WaitText("h1", "Security")
	looks(t, p, "security")

	prove := func(what string) {
		w.clock.Advance(time.Minute)
		p.Follow("main a[href='/security/" + what + "']")
		looks(t, p, "change-"+what+"-prove")
		p.Fill("#f-password", knownSecret)
		p.Follow("main button[type=submit]")
		p.Wait("#f-code")
		looks(t, p, "change-"+what+"-code")
		p.Fill("#f-code", code(oldNumber))
		p.Follow("main button[type=submit]")
	}
	prove("phone")
	p.Fill("#f-number", "912")
	p.Follow("main button[type=submit]")
	looks(t, p, "change-phone-wrong")
	p.Fill("#f-number", "+47 912 34 599")
	p.Follow("main button[type=submit]")
	p.WaitText("h1", "Confirm the new number")
	looks(t, p, "phone-code")
	p.Fill("#f-code", code(newNumber))
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "not used at once")
	code(oldNumber) // the notice
	p.Open(p.URL())
	looks(t, p, "security-held")
	p.Follow("form[action$='/stop'] button")
	p.WaitText(".flashes", "Codes go on")

	prove("password")
	p.Fill("#f-current", knownSecret)
	p.Fill("#f-fresh", "password")
	p.Fill("#f-repeat", "password")
	p.Follow("main button[type=submit]")
	p.Wait("#f-fresh-error")
	looks(t, p, "change-password-weak")
	p.Fill("#f-current", knownSecret)
	p.Fill("#f-fresh", otherSecret)
	p.Fill("#f-repeat", otherSecret)
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "Your password is changed")
	looks(t, p, "security-changed")
	p.Open(server.URL + "/activity")
	looks(t, p, "activity-texts")
}
