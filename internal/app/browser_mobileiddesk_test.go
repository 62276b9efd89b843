//go:build browser

package app_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// choosesPINs answers what a phone asks at a registration: for the first key the digits of the page beside
// it, and for each a PIN twice.
func (p simPhone) choosesPINs(digits string) {
	p.asks("Make key 1")
	p.Click("#sim-ok")
	p.asks("Type the code")
	p.Shot("e2e-mobileid-phone-control")
	p.types(digits)
	p.chooses("5937")
	p.asks("Make key 2")
	p.Click("#sim-ok")
	p.chooses("73194")
	p.asks("The key is made")
	p.Click("#sim-ok")
}

// chooses types a new PIN, and types it once more.
func (p simPhone) chooses(pin string) {
	p.asks("Choose PIN")
	p.types(pin)
	p.asks("once more")
	p.types(pin)
}

// unblocks says yes to the question whether a PIN is to be unblocked.
func (p simPhone) unblocks() {
	p.asks("Unblock PIN 1?")
	p.Click("#sim-ok")
	p.asks("PUK")
}

// tries types wrong PINs until the PIN is blocked.
func (p simPhone) tries(wrong string) {
	for _, says := range []string{"Tries left: 2", "Tries left: 1", "blocked"} {
		p.types(wrong)
		p.asks(says)
	}
}

// act opens an act on the mobile ID on the page, and sends its form once it is filled in.
func (m *morning) act(key, says string, fields ...string) {
	m.t.Helper()
	m.console.Follow("main a[href$='/" + key + "']")
	if m.console.Has(".asks") {
		m.identifies()
	}
	for i := 0; i+1 < len(fields); i += 2 {
		m.console.Fill("#f-"+fields[i], fields[i+1])
	}
	m.console.Looks("e2e-desk-" + key)
	if m.console.Has("#f-sure") {
		m.console.Click("#f-sure")
	}
	m.console.Follow("main form button[type=submit]")
	m.console.WaitText(".flashes", says)
}

// state waits until the page of the mobile ID says how it stands.
func (m *morning) state(badge string) {
	m.t.Helper()
	m.console.WaitText(".head .badge", badge)
}

// logInBySIM asks for a login with the mobile ID of a number, on a tab of its own.
func (d demoTold) logInBySIM(bank *webtest.Tab, who string) {
	bank.Open(d.URLs["bank"] + "/login/mobile-id")
	bank.Fill("#f-customer_number", who)
	bank.Follow("main form button.primary")
	bank.WaitText("h1", "Look at your phone")
}

// TestHelpDeskLooksAfterMobileIDs: a mobile ID is registered at a branch; its PIN is blocked by three wrong ones
// and unblocked by the PUK; it is suspended, when nobody is asked, and resumed; another SIM takes the number,
// which is registered anew and rests; and it is revoked (F-3.1 to F-3.4).
func TestHelpDeskLooksAfterMobileIDs(t *testing.T) {
	m := begin(t)
	iris := m.demo.named(t, "10002009")
	phone := simPhone{m.lab}
	m.look(iris.Number)
	m.console.Follow("main a[href$='/mobile-id/new']")
	m.identifies()
	m.console.Looks("e2e-desk-mobile-id-new")
	m.console.Fill("#f-number", "12")
	m.console.Follow("main form button[type=submit]")
	m.console.WaitText("main", "number of a mobile phone")
	m.console.Shot("e2e-desk-mobile-id-new-wrong")
	m.console.Fill("#f-number", iris.Phone)
	m.console.Follow("main form button[type=submit]")
	phone.Open(m.demo.URLs["lab"] + "/phones/" + strings.TrimPrefix(iris.Phone, "+"))
	digits := fourOn(m.console, "#control")
	phone.asks("Make key 1")
	m.state("PIN awaited")
	m.console.Looks("e2e-desk-mobile-id-asked")
	phone.Looks("e2e-mobileid-phone-register")
	phone.choosesPINs(digits)
	m.state("Active")
	m.console.Looks("e2e-desk-mobile-id-active")

	// Three wrong PINs block it; the PUK of the letter sets another one.
	m.demo.logInBySIM(m.bank, iris.Phone)
	phone.asks("Log in")
	phone.Click("#sim-ok")
	phone.asks("PIN")
	phone.tries("0000")
	m.bank.Wait("main .notice.bad, main .errors, main [role=alert]")
	m.bank.Looks("e2e-mobileid-pin-blocked")
	phone.Looks("e2e-mobileid-phone-blocked")
	phone.Click("#sim-ok")
	m.act("unblock-mobile-id", "PUK")
	phone.unblocks()
	phone.Looks("e2e-mobileid-phone-puk")
	phone.types(iris.PUK)
	phone.chooses("4826")
	phone.asks("unblocked")
	phone.Click("#sim-ok")
	m.demo.logInBySIM(m.bank, iris.Phone)
	phone.asks("Log in")
	phone.Click("#sim-ok")
	phone.asks("PIN")
	phone.types("4826")
	m.bank.WaitText("h1", "My accounts")
	m.bank.Follow(".user button")

	// Suspended: the phone is not asked, and the bank tells nobody why.
	m.act("suspend-mobile-id", "suspended", "reason", "lost in a taxi")
	m.state("Suspended")
	m.console.Looks("e2e-desk-mobile-id-suspended")
	m.demo.logInBySIM(m.bank, iris.Phone)
	if phone.Open(phone.URL()); phone.Has("#sim-screen[data-kind=consent]") {
		t.Error("a suspended mobile ID is asked")
	}
	m.act("resume-mobile-id", "again", "reason", "found in the taxi")
	m.state("Active")

	// Another SIM: the keys are made anew, the person stays, and it rests for a day.
	person := m.console.Text(".head .mono")
	before := phone.Text("#card .mono")
	phone.Follow("button[value='swap']")
	card := phone.Text("#card .mono")
	if card == before {
		t.Fatalf("the phone still has the SIM %s", card)
	}
	m.act("reregister-mobile-id", "", "iccid", card, "reason", "a new phone")
	m.state("PIN awaited")
	digits = fourOn(m.console, "#control")
	phone.choosesPINs(digits)
	m.state("On hold")
	m.console.Looks("e2e-desk-mobile-id-held")
	if now := m.console.Text(".head .mono"); now != person {
		t.Errorf("the person was %s and is %s", person, now)
	}

	m.act("revoke-mobile-id", "revoked", "reason", "no longer wanted")
	m.state("Revoked")
	m.console.Looks("e2e-desk-mobile-id-revoked")
	m.console.Open(m.demo.URLs["console"] + "/mobile-id")
	m.console.WaitText("main", "PIN blocked")
	m.console.Looks("e2e-desk-mobile-id-requests")
	m.console.Open(m.demo.URLs["console"] + "/sims")
	m.console.WaitText("main", card)
	m.console.Looks("e2e-desk-sims")
	m.console.Follow("tbody a[href$='" + card + "']")
	m.console.Looks("e2e-desk-sim")
}
