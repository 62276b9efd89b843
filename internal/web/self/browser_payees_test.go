//go:build browser

package self_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// A payee is trusted and removed, each with a proof of its own, and a series is ended.
func TestBrowserPayees(t *testing.T) {
	w := newWorld(t)
	w.trusting()
	c := w.knower("10002002")
	w.standing(c)
	server := httptest.NewServer(w.http)
	t.Cleanup(server.Close)
	p := webtest.Start(t).Tab(t)
	code := func() string {
		got, _ := w.arrived(oldNumber)
		return got
	}
	p.Open(server.URL + "/login/password")
	w.clock.Advance(2 * time.Minute)
	p.Fill("#f-customer_number", "10002002")
	p.Fill("#f-password", knownSecret)
	p.Follow("main button[type=submit]")
	p.Fill("#f-code", code())
	p.Follow("main button[type=submit]")
	p.WaitText("h1", "Security")
	p.Open(server.URL + "/payees")
	looks(t, p, "payees-none")
	prove := func(what string) {
		w.clock.Advance(time.Minute)
		p.Follow("main a[href='/security/" + what + "']")
		looks(t, p, "change-"+what+"-prove")
		p.Fill("#f-password", knownSecret)
		p.Follow("main button[type=submit]")
		p.Wait("#f-code")
		p.Fill("#f-code", code())
		p.Follow("main button[type=submit]")
	}
	prove("payee")
	looks(t, p, "change-payee")
	p.Fill("#f-name", "Kari Nordmann")
	p.Fill("#f-account", "NO93 8601 1117 948")
	p.Follow("main button[type=submit]")
	p.Wait("#f-account-error")
	looks(t, p, "change-payee-wrong")
	p.Fill("#f-account", "NO93 8601 1117 947")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "on your list")
	looks(t, p, "payees")
	prove("unpayee")
	looks(t, p, "change-unpayee")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "off your list")
	p.Follow("form[action^='/payees/series/'] button")
	p.WaitText(".flashes", "The series has ended")
	looks(t, p, "payees-ended")
}
