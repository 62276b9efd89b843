//go:build browser

package self_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// F-6.6.5 to F-6.6.12: a password that must be replaced, clicked through with the code read
// off the phone.
func TestBrowserReplace(t *testing.T) {
	w := newWorld(t)
	w.outdated("10002002")
	server := httptest.NewServer(w.http)
	t.Cleanup(server.Close)
	p := webtest.Start(t).Tab(t)
	p.Open(server.URL + "/login/password")
	p.Fill("#f-customer_number", "10002002")
	p.Fill("#f-password", knownSecret)
	p.Follow("main button[type=submit]")
	p.WaitText("h1", "Choose a new password")
	looks(t, p, "login-replace")
	p.Fill("#f-fresh", "password")
	p.Fill("#f-repeat", "password")
	p.Follow("main button[type=submit]")
	p.Wait("#f-fresh-error")
	looks(t, p, "login-replace-weak")
	p.Fill("#f-fresh", otherSecret)
	p.Fill("#f-repeat", otherSecret)
	p.Follow("main button[type=submit]")
	p.WaitText("h1", "Log in with the new password")
	looks(t, p, "login-repeat")
	w.clock.Advance(time.Minute)
	p.Fill("#f-password", otherSecret)
	p.Follow("main button[type=submit]")
	p.WaitText("h1", "Enter the code")
	code, _ := w.arrived(oldNumber)
	p.Fill("#f-code", code)
	p.Follow("main button[type=submit]")
	p.WaitText("h1", "Security")
}
