//go:build browser

package app_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// orders brings a payment to the page that waits for the phone, in online banking that is open.
func (d demoTold) orders(bank *webtest.Tab, amount string) {
	bank.Open(d.URLs["bank"] + "/pay")
	bank.Fill("#f-payee", "Kari Nordmann")
	bank.Fill("#f-account", "NO93 8601 1117 947")
	bank.Fill("#f-amount", amount)
	bank.Follow("button[value='review']")
	bank.Follow("form[action^='/pay/'] button.primary")
	bank.WaitText("h1", "Sign on your phone")
	bank.Follow("form[action$='/mobile-id'] button.primary")
	bank.Wait("#control")
}

// entersBySIM logs in with the phone.
func (d demoTold) entersBySIM(bank *webtest.Tab, phone simPhone, who demoCustomer) {
	d.logInBySIM(bank, who.Phone)
	phone.asks("Log in")
	phone.Click("#sim-ok")
	phone.asks("PIN")
	phone.types(who.MobilePIN)
	bank.WaitText("h1", "My accounts")
}

// TestCustomerDidNotStartAPayment: "I did not start this" on a payment ends it, the customer gets a text, and the
// analyst finds it in the queue with what the customer said.
func TestCustomerDidNotStartAPayment(t *testing.T) {
	demo := startDemo(t)
	nora := demo.named(t, "10002014")
	b := webtest.Start(t)
	bank, phone := b.Tab(t), demo.simPhone(t, b, nora.Phone)
	demo.entersBySIM(bank, phone, nora)
	demo.orders(bank, "94")
	phone.asks("94.00")
	phone.Click("#sim-not_me")
	bank.WaitText("h1", "wasn't you")
	bank.Looks("e2e-mobileid-pay-reported")
	phone.WaitText("main", "you did not ask for a signature")
	phone.Shot("e2e-mobileid-phone-pay-reported")

	analyst := (&risky{t: t, demo: demo, browser: b}).analyst()
	const row = "tbody tr a[href^='/risk/events/']"
	for range 100 { // the engine is told by the outbox
		if analyst.Open(demo.URLs["console"] + "/risk?decision=not_me"); analyst.Has(row) {
			break
		}
	}
	analyst.WaitText("tbody", nora.Name)
	analyst.Looks("e2e-mobileid-analyst-queue")
	analyst.Follow(row)
	analyst.WaitText("main", "it was not me")
	analyst.WaitText("main", "94.00")
	analyst.Looks("e2e-mobileid-analyst-event")
}

// TestNobodyAnswersInTime: a payment that nobody signs in time is not paid and says so; what is signed on the phone
// after that counts for nothing, and the next request works.
func TestNobodyAnswersInTime(t *testing.T) {
	var ahead atomic.Int64
	demo := startDemoAt(t, func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) })
	nora := demo.named(t, "10002014")
	b := webtest.Start(t)
	bank, phone := b.Tab(t), demo.simPhone(t, b, nora.Phone)
	demo.entersBySIM(bank, phone, nora)
	demo.orders(bank, "95.17")
	digits := fourOn(bank, "#control")
	phone.asks("95.17")
	ahead.Add(int64(4 * time.Minute)) // of the three that there are
	bank.WaitText("main", "Your phone has not answered in time")
	bank.Looks("e2e-mobileid-pay-late")
	if phone.Has("#sim-screen[data-kind=consent]") { // the clock of the card is its own
		phone.Click("#sim-ok")
		phone.picks(digits)
		phone.asks("PIN")
		phone.types(nora.SigningPIN)
	}
	bank.Open(demo.URLs["bank"] + "/overview")
	if strings.Contains(bank.Text("main"), "95.17") {
		t.Error("it was paid")
	}
	demo.orders(bank, "96")
	phone.asks("96.00")
	digits = fourOn(bank, "#control")
	phone.Click("#sim-ok")
	phone.asks(digits)
	phone.picks(digits)
	phone.asks("PIN")
	phone.types(nora.SigningPIN)
	bank.WaitText("h1", "Paid")
}
