//go:build browser

package app_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// app is the page of an emulated phone with the bank's app, in the lab.
type bankApp struct {
	*webtest.Tab

	at, pin string
}

func (d demoTold) app(t *testing.T, b *webtest.Browser, id, pin string) *bankApp {
	t.Helper()
	return &bankApp{b.Tab(t), d.URLs["lab"] + "/mobiles/" + id, pin}
}

// answers opens the app, which checks for news, and presses a button of the one thing that
// waits.
func (a *bankApp) answers(act, control string) {
	a.Open(a.at)
	a.Wait("article[data-prompt]")
	if control != "" {
		a.Fill("article input[name='control']", control)
	}
	a.Fill("article input[name='pin']", a.pin)
	a.Follow("article button[value='" + act + "']")
	a.Wait(".flashes")
}

// code is a secure code that nobody has seen: of the next step of the clock, when the one of
// this step was shown.
func (a *bankApp) code(seen string) string {
	for {
		a.Open(a.at)
		a.Fill("section form:has(button[value='code']) input[name='pin']", a.pin)
		a.Follow("button[value='code']")
		if c := strings.ReplaceAll(a.Text("#code"), " ", ""); c != seen {
			return c
		}
		webtest.Eval[bool](a.Tab, `new Promise(done => setTimeout(() => done(true), Math.min(30000 - Date.now() % 30000, 4000)))`)
	}
}

func digitsOn(p *webtest.Tab) string {
	text := p.Text("#control")
	return text[len(text)-2:]
}

// payTo brings a payment to the page that asks the phone.
func payTo(p *webtest.Tab, bank, amount string) {
	p.Open(bank + "/pay")
	p.Fill("#f-payee", "Kari Nordmann")
	p.Fill("#f-account", "NO93 8601 1117 947")
	p.Fill("#f-amount", amount)
	p.Follow("button[value='review']")
	p.Follow("form[action^='/pay/'] button.primary")
	p.WaitText("h1", "Approve on your phone")
}

// TestCustomerUsesTheApp: a login and payments approved on the phone, online and by a picture,
// refused and reported; the script takes the page on by itself.
func TestCustomerUsesTheApp(t *testing.T) {
	demo := startDemo(t)
	b := webtest.Start(t)
	bank, phone := b.Tab(t), demo.app(t, b, "lena", demo.byNumber(t, "10002012").PIN)
	url := demo.URLs["bank"]
	ask := func() {
		bank.Open(url + "/login/mobile")
		bank.Fill("#f-customer_number", "10002012")
	}
	ask()
	bank.Looks("e2e-mobile-login")
	bank.Follow("main form button.primary")
	bank.WaitText("h1", "Look at your phone")
	bank.Looks("e2e-mobile-wait")
	phone.Open(phone.at)
	phone.Wait("article[data-prompt]")
	phone.Looks("e2e-mobile-app")
	phone.answers("approve", digitsOn(bank))
	bank.WaitText("h1", "My accounts")

	payTo(bank, url, "90")
	bank.Looks("e2e-mobile-pay-ask")
	bank.Follow("form[action$='/phone'] button")
	bank.Wait("#control")
	bank.Looks("e2e-mobile-pay-wait")
	phone.Open(phone.at)
	phone.WaitText("article", "90.00 EUR")
	phone.Shot("e2e-mobile-app-pay")
	phone.answers("approve", digitsOn(bank))
	bank.WaitText("h1", "Paid")
	bank.Shot("e2e-mobile-paid")

	payTo(bank, url, "91")
	bank.Follow("form[action$='/picture'] button")
	bank.Wait(".qr")
	bank.Looks("e2e-mobile-picture")
	bank.Click("details summary")
	picture := bank.Text("#picture-text")
	phone.Open(phone.at)
	phone.Type("#f-picture", picture)
	phone.Fill("form:has(#f-picture) input[name='pin']", phone.pin)
	phone.Follow("button[value='picture']")
	phone.WaitText("#screen", "91.00 EUR")
	phone.Shot("e2e-mobile-app-picture")
	bank.Fill("#f-code", strings.ReplaceAll(phone.Text("#code"), " ", ""))
	bank.Follow("form[action$='/picture'] button.primary")
	bank.WaitText("h1", "Paid")

	payTo(bank, url, "92")
	bank.Follow("form[action$='/phone'] button")
	bank.Wait("#control")
	phone.answers("refuse", "")
	bank.WaitText("h1", "You said no on your phone")
	bank.Looks("e2e-mobile-refused")
	bank.Open(url + "/overview")
	bank.Follow(".user form button")
	ask()
	bank.Follow("main form button.primary")
	bank.WaitText("h1", "Look at your phone")
	phone.answers("report", "")
	bank.WaitText("h1", "You told us that it wasn't you")
	bank.Looks("e2e-mobile-reported")
}

// TestAppWithoutScript: the same without JavaScript: the browser fetches the page that waits
// anew.
func TestAppWithoutScript(t *testing.T) {
	demo := startDemo(t)
	b := webtest.Start(t)
	bank, phone := b.Tab(t), demo.app(t, b, "lena", demo.byNumber(t, "10002012").PIN)
	bank.NoScript()
	bank.Open(demo.URLs["bank"] + "/login/mobile")
	bank.Fill("#f-customer_number", "10002012")
	bank.Follow("main form button.primary")
	phone.answers("approve", digitsOn(bank))
	bank.WaitText("h1", "My accounts")
}

// TestCustomerAddsAPhone: from self-service to the new phone and back, with the digits
// compared (S-03, S-04).
func TestCustomerAddsAPhone(t *testing.T) {
	demo := startDemo(t)
	b := webtest.Start(t)
	pin := demo.byNumber(t, "10002013").PIN
	self, first, second, spare := b.Tab(t), demo.app(t, b, "mateo-phone", pin), demo.app(t, b, "mateo-tablet", pin), demo.app(t, b, "spare-1", "864203")
	seen := first.code("") // shown when the phone was activated, perhaps
	self.Open(demo.URLs["self"] + "/login?by=mobile")
	self.Fill("#f-customer_number", "10002013")
	self.Fill("#f-code", first.code(seen))
	self.Submit()
	self.WaitText("h1", "My tokens")
	self.Looks("e2e-self-mobile-tokens")
	self.Follow("a[href='/mobile/add']")
	self.Fill("#f-code", second.code(""))
	self.Follow("form[action$='/proof'] button.primary")
	self.Fill("#f-name", "New phone")
	self.Follow("form[action='/mobile/add'] button.primary")
	self.Wait(".qr")
	spare.Open(spare.at)
	spare.Fill("#f-typed", self.Text("output.secret-value"))
	spare.Fill("form:has(#f-typed) input[name='pin']", spare.pin)
	spare.Follow("button[value='activate']")
	spare.Wait("#comparison")
	spare.Looks("e2e-mobile-app-compare")
	digits := spare.Text("#comparison")
	self.Follow("a.primary[href^='/mobile/']")
	at := self.URL()
	self.Follow("a[href$='/compare']")
	self.Fill("#f-code", second.code(second.code("")))
	self.Follow("form[action$='/proof'] button.primary")
	self.Fill("#f-comparison", digits)
	self.Follow("form[action$='/compare'] button.primary")
	self.WaitText(".flashes", "right digits")
	spare.Fill("section form:has(button[value='confirm']) input[name='pin']", spare.pin)
	spare.Follow("button[value='confirm']")
	spare.WaitText(".flashes", "active")
	self.Open(at)
	self.WaitText("main", "In use")
}
