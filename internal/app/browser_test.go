//go:build browser

package app_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// TestCustomerRegistersAndLogsIn clicks F-4.1 and F-4.2 through the demo bank,
// with the page of the token beside it. Nothing but a person's eyes and fingers
// joins the two.
func TestCustomerRegistersAndLogsIn(t *testing.T) {
	demo := startDemo(t)
	b := webtest.Start(t)
	bank, lab := b.Tab(t), b.Tab(t)
	ada := demo.Customers[0]

	lab.Open(demo.URLs["lab"] + "/tokens/" + ada.Serial)
	bank.Open(demo.URLs["bank"] + "/register") // F-4.1.2
	bank.Fill("#f-customer_number", ada.Number)
	bank.Fill("#f-activation_code", strings.ToLower(ada.ActivationCode)) // F-4.1.4
	bank.Shot("e2e-register-letter")
	bank.Submit()

	bank.Fill("#f-serial", ada.Serial) // F-4.1.6
	bank.Shot("e2e-register-token")
	bank.Submit()

	choosePIN(lab, "2580")
	bank.Fill("#f-code", nextCode(lab)) // F-4.1.9
	bank.Shot("e2e-register-code")
	bank.Submit()
	bank.WaitText("main", "registered") // F-4.1.11
	bank.Axe()
	bank.Shot("e2e-registered")

	logIn := func(code string) {
		bank.Open(demo.URLs["bank"] + "/login") // F-4.2.1
		bank.Fill("#f-customer_number", ada.Number)
		bank.Fill("#f-code", code)
		bank.Submit()
	}
	pressKeys(lab, "L2580E") // F-4.2.3
	lab.Wait("#code")
	code := lab.Attr("#code", "data-value")
	logIn("000000")
	if !strings.HasSuffix(bank.URL(), "/login") {
		t.Fatalf("a wrong code led to %s", bank.URL())
	}
	bank.Axe()
	bank.Shot("e2e-login-refused")
	logIn(code)
	if !strings.HasSuffix(bank.URL(), "/overview") { // F-4.2.6
		t.Fatalf("a right code led to %s", bank.URL())
	}
	bank.Axe()
	bank.Shot("e2e-overview")
	bank.Phone()
	bank.Shot("e2e-overview-phone")
	bank.Dark(true)
	bank.Shot("e2e-overview-phone-dark")
}

// TestChallengeTokenRegisters takes the way of a token that asks for a number.
func TestChallengeTokenRegisters(t *testing.T) {
	demo := startDemo(t)
	b := webtest.Start(t)
	bank, lab := b.Tab(t), b.Tab(t)
	emil := demo.Customers[4]
	lab.Open(demo.URLs["lab"] + "/tokens/" + emil.Serial)
	bank.Open(demo.URLs["bank"] + "/register")
	bank.Fill("#f-customer_number", emil.Number)
	bank.Fill("#f-activation_code", emil.ActivationCode)
	bank.Submit()
	bank.Fill("#f-serial", emil.Serial)
	bank.Submit()
	question := digits(bank.Text(".question"))
	pressKeys(lab, "R"+emil.PIN+"E"+question+"E")
	lab.Wait("#code")
	bank.Fill("#f-code", lab.Attr("#code", "data-value"))
	bank.Shot("e2e-register-challenge")
	bank.Submit()
	bank.WaitText("main", "registered")
}

// pressKeys presses the token's keys one after another.
func pressKeys(lab *webtest.Tab, keys string) {
	for _, k := range keys {
		lab.Click("#key-" + string(k))
	}
}

// choosePIN makes a new token ask for a PIN and gives it twice.
func choosePIN(lab *webtest.Tab, pin string) {
	pressKeys(lab, "L")
	lab.WaitText("#says", "Choose a PIN")
	pressKeys(lab, pin+"E")
	lab.WaitText("#says", "same PIN again")
	pressKeys(lab, pin+"E")
	lab.WaitText("#says", "Your code")
}

// nextCode reads the display.
func nextCode(lab *webtest.Tab) string { return lab.Attr("#code", "data-value") }

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// TestHelpDeskFindsACustomer logs in with the password and the authenticator that
// the demo tells, and looks at what the customer did at the bank.
func TestHelpDeskFindsACustomer(t *testing.T) {
	demo := startDemo(t)
	b := webtest.Start(t)
	console, lab := b.Tab(t), b.Tab(t)
	noor := demo.Staff[1]
	console.Open(demo.URLs["console"] + "/login")
	console.Fill("#f-login", noor.Login)
	console.Fill("#f-password", noor.Password)
	lab.Open(demo.URLs["lab"] + "/tokens/" + noor.Authenticator)
	pressKeys(lab, "B")
	lab.Wait("#code")
	console.Fill("#f-code", nextCode(lab))
	console.Submit()
	console.Wait(".user-name")
	console.Axe()
	console.Shot("e2e-console-home")
	console.Fill("#q", "10002002")
	console.Submit()
	console.WaitText("h1", "Ben Okafor")
	console.Axe()
	console.Shot("e2e-console-customer")
}

// TestSecondHalfArrivesByPost: the console issues a code in two halves; one is
// shown to staff, the other comes to the bank's letter box by itself.
func TestSecondHalfArrivesByPost(t *testing.T) {
	demo := startDemo(t)
	api := newClient(t, demo)
	half := api.post("/v1/customers/"+demo.Customers[0].Number+"/activation-codes", map[string]any{"policy": "secure-code", "split": true})
	first, _ := half["value"].(string)
	if len(first) != len("XXXX-XXXX") {
		t.Fatalf("the API gave %v", half)
	}
	tab := webtest.Start(t).Tab(t)
	tab.Open(demo.URLs["bank"] + "/letters")
	tab.WaitText("main", "second half")
	tab.Shot("e2e-letters")
}
