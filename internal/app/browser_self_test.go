//go:build browser

package app_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// TestCustomerReportsATokenLost: a customer with two tokens logs in to self-service
// with the second and reports the first one lost; the bank then takes no code of it,
// and the help desk finds who did it. (F-4.5 by the customer, SCA-67.)
func TestCustomerReportsATokenLost(t *testing.T) {
	demo := startDemo(t)
	b := webtest.Start(t)
	self, bank, lab, first := b.Tab(t), b.Tab(t), b.Tab(t), b.Tab(t)
	ben := demo.Customers[1]
	if ben.Second == "" {
		t.Fatalf("%s has one token only", ben.Name)
	}
	self.Open(demo.URLs["front"])
	self.Follow("a[href='" + demo.URLs["self"] + "']")
	lab.Open(demo.URLs["lab"] + "/tokens/" + ben.Second)
	first.Open(demo.URLs["lab"] + "/tokens/" + ben.Serial)
	fresh := func() string { // the button makes another code each time
		t.Helper()
		before := ""
		if lab.Has("#code") { // lit since the demo pressed it
			before = nextCode(lab)
		}
		pressKeys(lab, "B")
		return webtest.Eval[string](lab, `new Promise(done => {
			const look = () => {
				const code = document.querySelector("#code")?.dataset.value;
				code && code !== "`+before+`" ? done(code) : setTimeout(look, 20);
			};
			look();
		})`)
	}
	self.Fill("#f-customer_number", ben.Number)
	self.Fill("#f-code", fresh())
	self.Submit()
	self.WaitText("main", "Used to log in here")
	self.Looks("e2e-self-tokens")

	// The card of the first token: the one that this session did not begin with.
	self.Follow(".tokens li:not(:has(.badge.plain)) a")
	self.Follow("a[href$='/lost']")
	self.Shot("e2e-self-lost")
	self.Fill("#f-code", fresh())
	self.Submit()
	self.WaitText(".flashes", "reported lost")
	self.Open(demo.URLs["self"] + "/activity")
	self.WaitText("main", "A token was reported lost")
	self.Looks("e2e-self-activity")

	pressKeys(first, "L"+ben.PIN+"E")
	first.Wait("#code")
	bank.Open(demo.URLs["bank"] + "/login")
	bank.Fill("#f-customer_number", ben.Number)
	bank.Fill("#f-code", nextCode(first))
	bank.Submit()
	if !strings.HasSuffix(bank.URL(), "/login") {
		t.Errorf("a code of the lost token led to %s", bank.URL())
	}
}
