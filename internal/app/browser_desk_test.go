//go:build browser

package app_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// morning is a help desk at work: the console, the bank, and a token in a customer's
// hand at the other end of the line. Nothing joins them but what is read and said.
type morning struct {
	t                  *testing.T
	demo               demoTold
	console, bank, lab *webtest.Tab
}

// begin logs the help desk in, with the authenticator that lies in the lab.
func begin(t *testing.T) *morning {
	t.Helper()
	b := webtest.Start(t)
	m := &morning{t, startDemo(t), b.Tab(t), b.Tab(t), b.Tab(t)}
	noor := m.demo.Staff[1]
	m.hold(noor.Authenticator)
	m.console.Open(m.demo.URLs["console"] + "/login")
	m.console.Fill("#f-login", noor.Login)
	m.console.Fill("#f-password", noor.Password)
	pressKeys(m.lab, "B")
	m.lab.Wait("#code")
	m.console.Fill("#f-code", nextCode(m.lab))
	m.console.Submit()
	m.console.Wait(".user-name")
	return m
}

// hold takes a token into the hand.
func (m *morning) hold(serial string) { m.lab.Open(m.demo.URLs["lab"] + "/tokens/" + serial) }

// off switches the token with keypad in the hand off, so that it asks for the PIN and
// shows no code of before.
func (m *morning) off() {
	m.t.Helper()
	pressKeys(m.lab, "C")
	webtest.Eval[bool](m.lab, `new Promise(done => {
		const look = () => document.querySelector("#code, #clock") ? setTimeout(look, 20) : done(true);
		look();
	})`)
}

// shift moves the clock of the token in the hand, in seconds.
func (m *morning) shift(by string) {
	m.lab.Click("details.tools summary")
	m.lab.Follow(`button[value="` + by + `"]`)
}

// later is half a minute later for the token in the hand: the code of this half
// minute may be spent, as that of the demo's own registrations.
func (m *morning) later() { m.shift("30") }

// look finds the customer in the console, and leads to their token.
func (m *morning) look(number string) {
	m.t.Helper()
	m.console.Open(m.demo.URLs["console"] + "/customers")
	m.console.Fill("#q", number)
	m.console.Submit()
	m.console.WaitText(".idline", number)
}

// identifies asks three questions, when they come first.
func (m *morning) identifies() {
	m.t.Helper()
	m.console.Wait(".asks")
	for _, q := range []string{"answer-0", "answer-1", "answer-4"} {
		m.console.Click("input[name=" + q + "][value=right]")
	}
	m.console.Follow("main button[type=submit]")
}

// logsIn reports whether a code opens the bank.
func (m *morning) logsIn(number, code string) bool {
	m.t.Helper()
	m.bank.Open(m.demo.URLs["bank"] + "/login")
	if !strings.HasSuffix(m.bank.URL(), "/login") {
		m.bank.Follow("form[action='/logout'] button")
		m.bank.Open(m.demo.URLs["bank"] + "/login")
	}
	m.bank.Fill("#f-customer_number", number)
	m.bank.Fill("#f-code", code)
	m.bank.Submit()
	return strings.HasSuffix(m.bank.URL(), "/overview")
}

// TestHelpDeskUnlocks: F-4.4. Dario has locked his token by wrong PINs. He reads its
// challenge out, types the unlock code in, chooses a new PIN, and logs in.
func TestHelpDeskUnlocks(t *testing.T) {
	m := begin(t)
	dario := m.demo.Customers[3]
	m.hold(dario.Serial)
	m.later()
	m.off()
	pressKeys(m.lab, "L"+strings.Repeat("0000E", 5))
	m.lab.WaitText("#badge", "Locked")
	pressKeys(m.lab, "E") // F-4.4.2
	m.lab.Wait("#challenge")
	challenge := m.lab.Attr("#challenge", "data-value")

	m.look(dario.Number) // F-4.4.4
	m.console.Follow("main th a[href^='/tokens/']")
	m.console.Follow("a[href$='/unlock']")
	m.identifies() // F-4.4.3
	m.console.Fill("#f-challenge", challenge[:4]+" "+challenge[4:])
	m.console.Follow("main button[type=submit]") // F-4.4.5
	m.console.Wait("#unlock-code")
	m.console.Axe()
	m.console.Shot("e2e-desk-unlock-code")
	code := m.console.Attr("#unlock-code", "data-value")

	pressKeys(m.lab, code+"E") // F-4.4.7
	m.lab.WaitText("#says", "Choose a PIN")
	pressKeys(m.lab, "4826E4826E") // F-4.4.8
	m.lab.WaitText("#says", "Unlocked")
	m.lab.Shot("e2e-desk-unlocked")
	pressKeys(m.lab, "L")
	m.lab.Wait("#code")
	if !m.logsIn(dario.Number, nextCode(m.lab)) {
		t.Fatalf("the code of the unlocked token led to %s", m.bank.URL())
	}
	m.bank.Shot("e2e-desk-unlocked-bank")

	m.console.Open(m.console.URL()) // what was shown once is not shown again
	if m.console.Has("#unlock-code") {
		t.Error("the unlock code is shown again")
	}
}

// TestHelpDeskResynchronizes: F-4.5, automatic. The clock of Freya's token is five
// minutes ahead; one code of it brings it back into step, and is spent.
func TestHelpDeskResynchronizes(t *testing.T) {
	m := begin(t)
	freya := m.demo.Customers[5]
	m.hold(freya.Serial)
	m.shift("300")
	pressKeys(m.lab, "B")
	m.lab.Wait("#code")
	if m.logsIn(freya.Number, nextCode(m.lab)) { // F-4.5.1
		t.Fatal("a clock five minutes ahead was not noticed")
	}
	m.look(freya.Number)
	m.console.Follow("main th a[href^='/tokens/']")
	m.console.Follow("a[href$='/resync']")
	m.identifies() // F-4.5.3
	pressKeys(m.lab, "B")
	m.lab.Wait("#code")
	spent := nextCode(m.lab)
	m.console.Fill("#f-code-0", spent)           // F-4.5.2
	m.console.Follow("main button[type=submit]") // F-4.5.5
	m.console.WaitText(".flashes", "in step again")
	m.console.Axe()
	m.console.Shot("e2e-desk-in-step") // F-4.5.6
	if m.logsIn(freya.Number, spent) {
		t.Error("the code of the resynchronization is good for a login")
	}
	m.later()
	pressKeys(m.lab, "B")
	m.lab.Wait("#code")
	if !m.logsIn(freya.Number, nextCode(m.lab)) { // F-4.5.7
		t.Errorf("the next code led to %s", m.bank.URL())
	}
}

// TestHelpDeskReadsAClock: F-4.5, manual. Greta reads the clock of her token out; it is
// proven by her next good code.
func TestHelpDeskReadsAClock(t *testing.T) {
	m := begin(t)
	greta := m.demo.Customers[6]
	m.hold(greta.Serial)
	m.shift("300")
	m.look(greta.Number)
	m.console.Follow("main th a[href^='/tokens/']")
	m.console.Follow("a[href$='/resync']")
	m.identifies()
	m.console.Follow(".ways a[href*='/reading']")
	for _, page := range []string{"signatures so far", "date on its own clock", "time"} {
		pressKeys(m.lab, "I")
		m.lab.WaitText("#says", page)
	}
	m.lab.Wait("#clock")
	date, clock, _ := strings.Cut(strings.TrimSuffix(m.lab.Attr("#clock", "data-value"), "Z"), "T")
	m.console.Fill("#f-date", date)
	m.console.Fill("#f-time", clock)
	m.console.Follow("main button[type=submit]")
	m.console.WaitText(".flashes", "To be proven by the next good code")
	m.console.Axe()
	m.console.Shot("e2e-desk-unproven")
	m.off()
	pressKeys(m.lab, "L"+greta.PIN+"E")
	m.lab.Wait("#code")
	if !m.logsIn(greta.Number, nextCode(m.lab)) {
		t.Fatalf("the next code led to %s", m.bank.URL())
	}
	m.console.Open(m.console.URL())
	if got := m.console.Text("[aria-labelledby=key-0]"); !strings.Contains(got, "In step") {
		t.Errorf("proven by a good code: %s", got)
	}
}

// TestHelpDeskResets: F-4.6. Ben mistyped five codes; his right one is refused until
// the help desk resets the failure counter.
func TestHelpDeskResets(t *testing.T) {
	m := begin(t)
	ben := m.demo.Customers[1]
	for range 5 {
		if m.logsIn(ben.Number, "000000") {
			t.Fatal("a made-up code was right")
		}
	}
	m.hold(ben.Serial)
	m.later()
	code := func() string {
		m.off()
		pressKeys(m.lab, "L"+ben.PIN+"E")
		m.lab.Wait("#code")
		return nextCode(m.lab)
	}
	if m.logsIn(ben.Number, code()) {
		t.Fatal("a blocked customer is let in")
	}
	m.look(ben.Number)
	m.console.WaitText(".holding", "Blocked for a while")
	m.console.Follow("a[href$='/secure-code/reset']")
	m.identifies()
	m.console.Fill("#f-reason", "Mistyped his code several times; identified by telephone.")
	m.console.Follow("main button[type=submit]")
	m.console.WaitText(".flashes", "is reset")
	m.console.Axe()
	m.console.Shot("e2e-desk-reset")
	if !m.logsIn(ben.Number, code()) {
		t.Errorf("after the reset, a right code led to %s", m.bank.URL())
	}
}
