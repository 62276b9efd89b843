//go:build browser

package app_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// simPhone is the page of a phone in the lab, whose SIM asks.
type simPhone struct{ *webtest.Tab }

func (d demoTold) simPhone(t *testing.T, b *webtest.Browser, number string) simPhone {
	t.Helper()
	p := simPhone{b.Tab(t)}
	p.Open(d.URLs["lab"] + "/phones/" + strings.TrimPrefix(number, "+"))
	return p
}

// asks waits until the SIM shows a text; the page looks by itself.
func (p simPhone) asks(text string) { p.WaitText("#sim-screen", text) }

func (p simPhone) types(digits string) {
	for _, d := range digits {
		p.Click("#sim-" + string(d))
	}
	p.Wait(".sim-dots i.on:nth-child(" + strconv.Itoa(len(digits)) + ")") // drawn: the screen rests under the next click
	p.Click("#sim-ok")
}

func (p simPhone) picks(code string) {
	for _, key := range []string{"a", "b", "c"} {
		if strings.TrimSpace(p.Text("#sim-"+key)) == code {
			p.Click("#sim-" + key)
			return
		}
	}
}

func fourOn(p *webtest.Tab, selector string) string {
	text := strings.TrimSpace(p.Text(selector))
	return text[len(text)-4:]
}

// TestCustomerSignsWithMobileID: a login by phone number and payments signed on the phone: right, with a wrong
// PIN, refused, and "I did not start this".
func TestCustomerSignsWithMobileID(t *testing.T) {
	demo := startDemo(t)
	nora := demo.named(t, "10002014")
	b := webtest.Start(t)
	bank, phone := b.Tab(t), demo.simPhone(t, b, nora.Phone)
	url := demo.URLs["bank"]
	ask := func(who string) {
		bank.Open(url + "/login/mobile-id")
		bank.Fill("#f-customer_number", who)
	}
	ask(nora.Number)
	bank.Looks("e2e-mobileid-login")
	bank.Follow("main form button.primary")
	bank.WaitText("h1", "Look at your phone")
	phone.asks("Log in")
	phone.Click("#sim-not_me")
	bank.WaitText("h1", "You told us that it wasn't you")
	bank.Looks("e2e-mobileid-reported")

	ask(nora.Phone)
	bank.Follow("main form button.primary")
	bank.WaitText("h1", "Look at your phone")
	bank.Looks("e2e-mobileid-wait")
	phone.asks(fourOn(bank, "#control"))
	phone.Shot("e2e-mobileid-phone-login")
	phone.Click("#sim-ok")
	phone.asks("PIN")
	phone.types(nora.MobilePIN)
	bank.WaitText("h1", "My accounts")

	pay := func(amount string) {
		bank.Open(url + "/pay")
		bank.Fill("#f-payee", "Kari Nordmann")
		bank.Fill("#f-account", "NO93 8601 1117 947")
		bank.Fill("#f-amount", amount)
		bank.Follow("button[value='review']")
		bank.Follow("form[action^='/pay/'] button.primary")
		bank.WaitText("h1", "Sign on your phone")
	}
	pay("90")
	bank.Looks("e2e-mobileid-pay-ask")
	bank.Follow("form[action$='/mobile-id'] button.primary")
	bank.Wait("#control")
	bank.Looks("e2e-mobileid-pay-wait")
	phone.asks("90.00")
	phone.Shot("e2e-mobileid-phone-pay")
	phone.Click("#sim-ok")
	phone.asks(fourOn(bank, "#control"))
	phone.Shot("e2e-mobileid-phone-choose")
	phone.picks(fourOn(bank, "#control"))
	phone.asks("PIN")
	phone.types(nora.SigningPIN)
	bank.WaitText("h1", "Paid")
	bank.Shot("e2e-mobileid-paid")
	phone.asks("Signed")
	phone.Click("#sim-ok")
	phone.WaitText("main", "Approved: EUR 90.00")
	phone.Shot("e2e-mobileid-phone-confirmed")

	pay("91")
	bank.Follow("form[action$='/mobile-id'] button.primary")
	bank.Wait("#control")
	phone.asks("91.00")
	phone.Click("#sim-ok")
	phone.asks(fourOn(bank, "#control"))
	phone.picks(fourOn(bank, "#control"))
	phone.asks("PIN")
	phone.types("00000")
	phone.asks("Wrong PIN")
	phone.Click("#sim-cancel")
	bank.WaitText("main", "The PIN was not right")
	bank.Looks("e2e-mobileid-wrong-pin")

	pay("92")
	bank.Follow("form[action$='/mobile-id'] button.primary")
	bank.Wait("#control")
	phone.asks("92.00")
	phone.Click("#sim-cancel")
	bank.WaitText("h1", "You said no on your phone")
	bank.Looks("e2e-mobileid-refused")

	pay("93")
	bank.Follow("form[action$='/mobile-id'] button.primary")
	bank.Wait("#control")
	phone.asks("93.00")
	phone.Click("#sim-later")
	bank.WaitText("main", "You have put it off")
	bank.Looks("e2e-mobileid-postponed")
}
