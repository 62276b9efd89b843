//go:build browser

package app_test

import (
	"path"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// own is a customer in self-service, with the phone beside them.
type own struct {
	*webtest.Tab

	demo  demoTold
	phone simPhone
	who   demoCustomer
	texts *handset
}

// enters logs in by password and text message.
func (o *own) enters() {
	o.Open(o.demo.URLs["self"] + "/login/password")
	o.Fill("#f-customer_number", o.who.Number)
	o.Fill("#f-password", o.who.Password)
	o.Submit()
	o.gives()
	o.Wait(".user")
}

// gives types the code in that came by text message, where one is asked for.
func (o *own) gives() {
	o.Wait("#f-code")
	_, code := o.texts.next()
	o.Fill("#f-code", code)
	o.Submit()
}

// proves shows by password and text message that they are there, and stands before the act.
func (o *own) proves(act string) {
	o.Follow("main a[href$='/" + act + "']")
	name := "e2e-self-sim-" + path.Base(act)
	o.Looks(name)
	o.Fill("#f-password", o.who.Password)
	o.Submit()
	o.gives()
	o.Wait("#choose")
	o.Looks(name + "-proved")
}

// acts carries the act out.
func (o *own) acts(says string) {
	o.Follow("main form[method=post] button[type=submit]")
	o.WaitText(".flashes", says)
}

// TestCustomerLooksAfterTheirMobileID: in self-service a mobile ID gets a spam-prevention code, without which
// nobody is asked; a PIN is unblocked; it is taken out of use and put back; it is removed; and the owner sees
// what happened.
func TestCustomerLooksAfterTheirMobileID(t *testing.T) {
	demo := startDemo(t)
	b := webtest.Start(t)
	nora := demo.named(t, "10002014")
	o := &own{b.Tab(t), demo, demo.simPhone(t, b, nora.Phone), nora, demo.handset(t, b, nora.Phone)}
	bank := b.Tab(t)
	o.enters()
	o.Open(demo.URLs["self"] + "/tokens")
	o.Looks("e2e-self-sims")
	o.Follow("a[href^='/sims/']:not([href='/sims/add'])")
	o.WaitText(".head .badge", "In use")
	o.Looks("e2e-self-sim")

	o.proves("spam")
	o.Fill("#f-spam", "1234")
	o.Follow("main form[method=post] button[type=submit]")
	o.WaitText("main", "begins with a letter")
	o.Fill("#f-spam", "fjord7")
	o.acts("spam-prevention code is changed")
	demo.logInBySIM(bank, nora.Phone) // alike, but nothing is sent
	if o.phone.Open(o.phone.URL()); o.phone.Has("#sim-screen[data-kind=consent]") {
		t.Error("the phone is asked without the spam-prevention code")
	}
	bank.Open(demo.URLs["bank"] + "/login/mobile-id")
	bank.Fill("#f-customer_number", nora.Phone)
	bank.Click("main details summary")
	bank.Fill("#f-spam_code", "fjord7")
	bank.Looks("e2e-mobileid-login-spam")
	bank.Follow("main form button.primary")
	o.phone.asks("Log in")
	o.phone.Click("#sim-ok")
	o.phone.asks("PIN")
	o.phone.tries("0000")
	o.phone.Click("#sim-ok")

	o.proves("unblocking")
	o.acts("asks for the PUK")
	o.phone.unblocks()
	o.phone.types(nora.PUK)
	o.phone.chooses("4826")
	o.phone.asks("unblocked")
	o.phone.Click("#sim-ok")

	o.Follow("main a[href$='/suspension']")
	o.Looks("e2e-self-sim-suspension")
	o.Follow("main form[method=post] button[type=submit]")
	o.WaitText(".flashes", "out of use")
	o.WaitText(".head .badge", "Out of use")
	o.Looks("e2e-self-sim-suspended")
	o.proves("resumption")
	o.acts("in use again")
	o.proves("revocation")
	o.Follow("main form[method=post] button[type=submit]")
	o.WaitText(".flashes", "removed")
	o.Open(demo.URLs["self"] + "/activity")
	o.WaitText("main", "Removed for good")
}
