//go:build browser

package bank_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// A login by the password alone: what it sees, and the way to more, as a customer clicks it.
func TestBrowserMoreThanALook(t *testing.T) {
	w := newWorld(t)
	x := w.texter()
	w.api.risk.decision = "allow"
	p := webtest.Start(t).Tab(t)
	p.Open(w.server.URL + "/login/password")
	p.Fill("#f-customer_number", iris)
	p.Fill("#f-password", irisSecret)
	p.Submit()
	p.Wait(".figure")
	p.Open(w.server.URL + "/accounts/current?month=" + w.clock.now.AddDate(0, 0, -90).Format("2006-01"))
	looks(t, p, "account-look")
	p.Follow("#more a")
	looks(t, p, "more")
	p.Fill("#f-password", irisSecret)
	p.Submit()
	p.Fill("#f-code", w.code(x))
	p.Submit()
	p.WaitText("h1", "Current account")
	p.Open(w.server.URL + "/accounts/current?month=" + w.clock.now.AddDate(0, -6, 0).Format("2006-01"))
	p.Wait(".moves")
}
