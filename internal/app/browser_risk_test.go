//go:build browser

package app_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/demo"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

const familiar = "NO93 8601 1117 947"

// risky is a customer of the demo bank with a phone, and the fraud analyst.
type risky struct {
	t       *testing.T
	demo    demoTold
	browser *webtest.Browser
	bank    *webtest.Tab
	phone   *handset
	iris    demoCustomer
}

func startRisky(t *testing.T) *risky {
	t.Helper()
	x := &risky{t: t, demo: startDemo(t), browser: webtest.Start(t)}
	x.iris = x.demo.byNumber(t, "10002009")
	x.bank, x.phone = x.browser.Tab(t), x.demo.handset(t, x.browser, x.iris.Phone)
	return x
}

// password sends customer ID and password from a browser.
func (x *risky) password(p *webtest.Tab) {
	x.t.Helper()
	p.Open(x.demo.URLs["bank"] + "/login/password")
	p.Fill("#f-customer_number", x.iris.Number)
	p.Fill("#f-password", x.iris.Password)
	p.Submit()
}

// order reviews a payment and asks for it.
func (x *risky) order(account, amount string) {
	x.t.Helper()
	x.bank.Open(x.demo.URLs["bank"] + "/pay")
	x.bank.Fill("#f-payee", "Kari Nordmann")
	x.bank.Fill("#f-account", account)
	x.bank.Fill("#f-amount", amount)
	x.bank.Submit()
	x.bank.Follow(".actions .primary")
}

// analyst opens the review queue of the console.
func (x *risky) analyst() *webtest.Tab {
	x.t.Helper()
	console, lab := x.browser.Tab(x.t), x.browser.Tab(x.t)
	for _, m := range x.demo.Staff {
		if m.Role != "fraud_analyst" {
			continue
		}
		console.Open(x.demo.URLs["console"] + "/login")
		console.Fill("#f-login", m.Login)
		console.Fill("#f-password", m.Password)
		lab.Open(x.demo.URLs["lab"] + "/tokens/" + m.Authenticator)
		pressKeys(lab, "B")
		lab.Wait("#code")
		console.Fill("#f-code", nextCode(lab))
		console.Submit()
		console.Wait(".user-name")
		return console
	}
	x.t.Fatal("the demo has no fraud analyst")
	return nil
}

// TestRiskLooksOn clicks F-6.2.11–12 and F-6.3.1 with the risk engine on: a login that is
// stepped up and one that is allowed, a payment without a code, one that is stepped up, and one
// that is blocked. The analyst then finds what was stopped by the customer's reference.
func TestRiskLooksOn(t *testing.T) {
	x := startRisky(t)
	x.password(x.bank) // the first login of a customer whom nobody knows
	if got := x.bank.Text("#why"); !strings.Contains(got, "new to us") {
		t.Errorf("why a code is asked for: %q", got)
	}
	x.bank.Looks("e2e-risk-login-stepup")
	_, code := x.phone.next()
	x.bank.Fill("#f-code", code)
	x.bank.Submit()
	x.bank.Wait(".figure")
	x.bank.Follow(".user button")
	x.password(x.bank) // allowed: the device is known
	x.bank.WaitText(".flashes", "your password was enough")
	x.bank.Looks("e2e-risk-login-allowed")

	x.order(familiar, "12.00")
	x.bank.WaitText("h1", "Paid")
	x.bank.WaitText("#exempt", "No code was needed")
	x.bank.Looks("e2e-risk-pay-exempt")
	if x.phone.Has("article:nth-child(2 of [data-code])") {
		t.Error("a code was sent for a payment that needs none")
	}

	x.order(demo.WatchedPayee, "12.00") // as small, and stepped up
	x.bank.WaitText("#why", "however small it is")
	x.bank.Looks("e2e-risk-pay-stepup")
	x.bank.Fill("#f-password", x.iris.Password)
	x.bank.Submit()
	_, code = x.phone.next()
	x.bank.Fill("#f-code", code)
	x.bank.Submit()
	x.bank.WaitText("h1", "Paid")

	x.order(demo.BlockedPayee, "12.00")
	x.bank.WaitText("h1", "We have stopped this payment")
	reference := x.bank.Text("#reference")
	x.bank.Looks("e2e-risk-pay-blocked")

	console := x.analyst()
	console.Open(x.demo.URLs["console"] + "/risk?order=highest")
	console.WaitText("main", "Iris Nakamura")
	console.Looks("e2e-risk-queue")
	console.Open(x.demo.URLs["console"] + "/risk")
	console.Follow("tbody tr:first-child a") // the newest
	console.Looks("e2e-risk-event")
	console.Follow("a[href$='/risk'].button") // the customer's timeline, as the help desk has it
	console.WaitText("main", reference)
	console.Looks("e2e-risk-timeline")
}

// TestRiskBlocks: a browser that is driven by a program is not let in, whoever it says it is;
// nor is a customer whom an analyst has blocked. Both get the same page.
func TestRiskBlocks(t *testing.T) {
	x := startRisky(t)
	program := webtest.StartConspicuous(t).Tab(t)
	x.password(program)
	program.WaitText("h1", "Please call us")
	if reference := program.Text("#reference"); len(reference) != len("P8T9 ZK3M") {
		t.Errorf("the reference is %q", reference)
	}
	program.Looks("e2e-risk-login-blocked")

	console := x.analyst()
	console.Open(x.demo.URLs["console"] + "/risk")
	console.WaitText("main", "Iris Nakamura")
	console.Open(x.demo.URLs["console"] + "/risk/lists/new")
	console.Type("#f-list", "Block")
	console.Type("#f-kind", "Customer")
	console.Fill("#f-subject", x.iris.Number)
	console.Fill("#f-note", "The phone was stolen, says the police.")
	console.Follow("main button[type=submit]")
	x.password(x.bank)
	x.bank.WaitText("h1", "Please call us")
	if x.phone.Has(".bubble") {
		t.Error("a text was sent for a login that was blocked")
	}
}

// TestRiskInGerman is a login and a payment of somebody whose browser asks for German.
func TestRiskInGerman(t *testing.T) {
	x := startRisky(t)
	x.bank.Language("de-AT,de,en")
	x.password(x.bank)
	x.bank.WaitText("#why", "etwas neu für uns")
	x.bank.Looks("e2e-risk-login-stepup-de")
	_, code := x.phone.next()
	x.bank.Fill("#f-code", code)
	x.bank.Submit()
	x.bank.Wait(".figure")
	x.order(familiar, "12,00")
	x.bank.WaitText("h1", "Bezahlt")
	x.bank.WaitText("#exempt", "kein Code nötig")
	x.bank.Looks("e2e-risk-pay-exempt-de")
	x.order(demo.BlockedPayee, "240,00")
	x.bank.WaitText("h1", "Wir haben diese Zahlung angehalten")
	x.bank.Looks("e2e-risk-pay-blocked-de")
}

// TestRiskJudgesChanges: F-6.4.1. After a change of the password a payment to somebody new is
// looked at more closely, however small it is.
func TestRiskJudgesChanges(t *testing.T) {
	x := startRisky(t)
	logInByText(x.demo, x.bank, x.phone, x.iris.Number, x.iris.Password)
	const secret = "lantern 58 quarry otter"
	x.bank.Open(x.demo.URLs["bank"] + "/security/password")
	x.bank.Fill("#f-password", x.iris.Password)
	x.bank.Fill("#f-new_password", secret)
	x.bank.Fill("#f-new_password_again", secret)
	x.bank.Submit()
	_, code := x.phone.next()
	x.bank.Fill("#f-code", code)
	x.bank.Submit()
	x.bank.WaitText(".flashes", "Your password is changed.")
	x.order(familiar, "12.00")
	x.bank.WaitText("#why", "however small it is")
}
