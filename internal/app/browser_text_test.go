//go:build browser

package app_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

const sparePhone = "436641000099"

// handset is the page of an emulated phone in the lab.
type handset struct {
	*webtest.Tab
	seen int
}

func (d demoTold) handset(t *testing.T, b *webtest.Browser, number string) *handset {
	t.Helper()
	p := &handset{Tab: b.Tab(t)}
	p.Open(d.URLs["lab"] + "/phones/" + strings.TrimPrefix(number, "+"))
	return p
}

// next waits for the next text with a code and returns both, which a person reads off the
// screen.
func (p *handset) next() (text, code string) {
	p.seen++
	at := "article:nth-child(" + strconv.Itoa(p.seen) + " of [data-code])"
	p.Wait(at)
	text = p.Text(at)
	return text, p.Attr(at, "data-code")
}

func (d demoTold) byNumber(t *testing.T, number string) (c demoCustomer) {
	t.Helper()
	for _, x := range d.Customers {
		if x.Number == number {
			return x
		}
	}
	t.Fatalf("the demo has no customer %s", number)
	return c
}

// fails submits a form and wants an error beside a field.
func fails(t *testing.T, p *webtest.Tab, field, says string) {
	t.Helper()
	p.Submit()
	if got := p.Text("#f-" + field + "-error"); !strings.Contains(got, says) {
		t.Fatalf("beside %s the page says %q; want %q", field, got, says)
	}
}

// TestCustomerRegistersWithPasswordAndText clicks F-6.1.1 to F-6.1.11, in German as the
// customer's own language, with the phone beside the bank.
func TestCustomerRegistersWithPasswordAndText(t *testing.T) {
	demo := startDemo(t)
	b := webtest.Start(t)
	bank, jonas := b.Tab(t), demo.byNumber(t, "10002010")
	phone := demo.handset(t, b, jonas.Phone)
	bank.Open(demo.URLs["bank"] + "/register")
	bank.Follow(".ways a[href='/register/password']") // F-6.1.1
	bank.Looks("e2e-text-register")
	bank.Fill("#f-customer_number", jonas.Number)
	bank.Fill("#f-activation_code", jonas.ActivationCode) // F-6.1.2
	bank.Submit()                                         // F-6.1.3
	bank.Fill("#f-new_password", "alder")                 // F-6.1.4; the meter judges while it is typed
	bank.WaitText(".strength-text", "Not good enough yet")
	bank.WaitText(".strength .mistakes", "too short")
	bank.Looks("e2e-text-choose-meter")
	bank.Fill("#f-new_password_again", "alder")
	fails(t, bank, "new_password", "cannot be taken")
	if got := bank.Text("#mistakes"); !strings.Contains(got, "too short") || !strings.Contains(got, "our name") {
		t.Errorf("not all mistakes are told: %q", got)
	}
	bank.Looks("e2e-text-choose-mistakes")
	const secret = "plum harbor 77 tangent"
	bank.Fill("#f-new_password", secret)
	bank.WaitText(".strength-text", "ood")
	bank.Fill("#f-new_password_again", secret)
	bank.Submit() // F-6.1.5–6
	if got := bank.Attr("#f-code", "autocomplete") + " " + bank.Attr("#f-code", "inputmode"); got != "one-time-code numeric" {
		t.Errorf("the field for the code is %q", got)
	}
	text, code := phone.next() // F-6.1.6–7
	if !strings.Contains(text, "Neue Telefonnummer") || !strings.Contains(text, "@bank.alder.example #"+code) {
		t.Errorf("the text says %q", text)
	}
	phone.Looks("e2e-phone")
	bank.Looks("e2e-text-register-phone")
	bank.Fill("#f-code", other(code))
	fails(t, bank, "code", "not right")
	bank.Fill("#f-code", code) // F-6.1.8
	bank.Submit()              // F-6.1.9–10
	bank.WaitText("h1", "Your password is registered")
	bank.Looks("e2e-text-registered") // F-6.1.11
	bank.Follow("main a[href='/login/password']")
	bank.Fill("#f-password", secret)
	bank.Submit()
	_, code = phone.next()
	bank.Fill("#f-code", code)
	bank.Submit()
	bank.Wait(".figure")
}

// other is a code that is not the given one.
func other(code string) string {
	if code[0] == '9' {
		return "0" + code[1:]
	}
	return "9" + code[1:]
}

// logInByText logs a customer in with password and code (F-6.2).
func logInByText(demo demoTold, bank *webtest.Tab, phone *handset, number, secret string) {
	bank.Open(demo.URLs["bank"] + "/login/password")
	bank.Fill("#f-customer_number", number)
	bank.Fill("#f-password", secret)
	bank.Submit()
	_, code := phone.next()
	bank.Fill("#f-code", code)
	bank.Submit()
	bank.Wait(".figure")
}

// TestCustomerLogsInWithPasswordAndText clicks F-6.2.3 to F-6.2.12: wrong passwords and codes,
// another code after a while, a phone that is off, and a blocked password that looks like
// a wrong one.
func TestCustomerLogsInWithPasswordAndText(t *testing.T) {
	demo := startDemo(t)
	b := webtest.Start(t)
	bank, iris := b.Tab(t), demo.byNumber(t, "10002009")
	phone := demo.handset(t, b, iris.Phone)
	bank.Open(demo.URLs["bank"] + "/login")
	bank.Looks("e2e-text-login-token")
	bank.Follow(".ways a[href='/login/password']") // F-6.2.3
	bank.Fill("#f-customer_number", iris.Number)
	bank.Looks("e2e-text-login")
	bank.Fill("#f-password", "not the right one")
	fails(t, bank, "password", "could not log you in")
	if phone.Has(".bubble") {
		t.Error("a text was sent after a wrong password")
	}
	phone.Follow("#power")                  // off: what is sent waits
	bank.Fill("#f-password", iris.Password) // F-6.2.4
	bank.Submit()                           // F-6.2.5–7
	if got := bank.Text("#sent-to"); !strings.Contains(got, "••") || strings.Contains(got, "1000009") {
		t.Errorf("the code went to %q", got)
	}
	if got := bank.Attr(".again button", "disabled"); got != "" || !bank.Has(".again button:disabled") {
		t.Error("another code can be asked for at once")
	}
	bank.Looks("e2e-text-login-code") // F-6.2.8
	phone.Looks("e2e-phone-off")
	phone.Follow("#power")
	_, code := phone.next()
	bank.Fill("#f-code", other(code))
	fails(t, bank, "code", "not right")
	bank.Shot("e2e-text-login-code-refused")
	bank.Fill("#f-code", code) // F-6.2.9
	bank.Submit()              // F-6.2.10, F-6.2.12
	bank.Wait(".figure")
	bank.Open(demo.URLs["bank"] + "/security")
	bank.Looks("e2e-text-security")

	bank.Follow(".user button")
	for range 6 {
		bank.Open(demo.URLs["bank"] + "/login/password")
		bank.Fill("#f-customer_number", iris.Number)
		bank.Fill("#f-password", "not the right one")
		fails(t, bank, "password", "could not log you in")
	}
	bank.Fill("#f-password", iris.Password) // blocked
	fails(t, bank, "password", "could not log you in")
	bank.Open(demo.URLs["bank"] + "/login/denied")
	bank.Looks("e2e-text-denied")
}

// TestCustomerPaysByText clicks F-6.3.2: the page shows payee and amount, and the text has
// them before the code; wrong passwords and codes, and a batch. The evidence is verified.
func TestCustomerPaysByText(t *testing.T) {
	demo := startDemo(t)
	b := webtest.Start(t)
	bank, iris := b.Tab(t), demo.byNumber(t, "10002009")
	phone := demo.handset(t, b, iris.Phone)
	logInByText(demo, bank, phone, iris.Number, iris.Password)
	order := func(payee, account, amount, next string) {
		bank.Fill("#f-payee", payee)
		bank.Fill("#f-account", account)
		bank.Fill("#f-amount", amount)
		bank.Follow("button[name='next'][value='" + next + "']")
	}
	approve := func() (text, code string) {
		bank.Follow(".actions .primary")
		bank.Fill("#f-password", iris.Password)
		bank.Submit()
		return phone.next()
	}
	bank.Open(demo.URLs["bank"] + "/pay")
	order("Kari Nordmann", "NO93 8601 1117 947", "90.00", "review")
	bank.Follow(".actions .primary")
	bank.Looks("e2e-text-pay-password")
	bank.Fill("#f-password", "not the right one")
	fails(t, bank, "password", "Nothing was paid")
	bank.Fill("#f-password", iris.Password)
	bank.Submit()
	text, code := phone.next()
	amount, payee, at := strings.Index(text, "90.00"), strings.Index(text, "Kari Nordmann"), strings.Index(text, code)
	if amount < 0 || payee < 0 || at < amount || at < payee || !strings.Contains(strings.ReplaceAll(text, " ", ""), "NO9386011117947") {
		t.Errorf("the text says %q", text)
	}
	if got := bank.Text(".orders"); !strings.Contains(got, "Kari Nordmann") || !strings.Contains(got, "90.00") {
		t.Errorf("the page shows %q", got)
	}
	bank.Looks("e2e-text-pay-code")
	phone.Shot("e2e-phone-pay")
	bank.Fill("#f-code", other(code))
	fails(t, bank, "code", "Nothing was paid")
	bank.Fill("#f-code", code)
	bank.Submit()
	bank.WaitText("h1", "Paid")
	bank.Looks("e2e-text-pay-receipt")
	verifyEvidence(t, bank, "90.00")

	bank.Open(demo.URLs["bank"] + "/pay")
	order("Kari Nordmann", "NO93 8601 1117 947", "112.00", "more")
	order("Stadtwerke", "DE89 3704 0044 0532 0130 00", "113.50", "review")
	text, code = approve()
	if !strings.Contains(text, "2 payments") || strings.Index(text, "225.50") > strings.Index(text, code) {
		t.Errorf("the text of the batch says %q", text)
	}
	bank.Looks("e2e-text-pay-batch")
	bank.Fill("#f-code", code)
	bank.Submit()
	bank.WaitText("h1", "Paid")
	verifyEvidence(t, bank, "225.50")
}

// TestCustomerChangesPasswordAndPhone clicks F-6.4 and the change of the phone number: the
// current password and a code, a code to the new number, a notice to the old one.
func TestCustomerChangesPasswordAndPhone(t *testing.T) {
	demo := startDemo(t)
	b := webtest.Start(t)
	bank, iris := b.Tab(t), demo.byNumber(t, "10002009")
	phone, fresh := demo.handset(t, b, iris.Phone), demo.handset(t, b, sparePhone)
	logInByText(demo, bank, phone, iris.Number, iris.Password)
	const secret = "lantern 58 quarry otter"
	change := func(current, new string) {
		bank.Fill("#f-password", current)
		bank.Fill("#f-new_password", new)
		bank.Fill("#f-new_password_again", new)
	}
	bank.Open(demo.URLs["bank"] + "/security")
	bank.Follow("a[href='/security/password']") // F-6.4.1
	change("not the right one", secret)
	fails(t, bank, "password", "Nothing was changed")
	change(iris.Password, "Iris Nakamura")
	fails(t, bank, "new_password", "cannot be taken")
	bank.Looks("e2e-text-change-password")
	change(iris.Password, secret)
	bank.Submit()
	_, code := phone.next()
	bank.Looks("e2e-text-change-code")
	bank.Fill("#f-code", code)
	bank.Submit() // F-6.4.2
	bank.WaitText(".flashes", "Your password is changed.")

	bank.Follow("a[href='/security/phone']")
	bank.Looks("e2e-text-change-phone")
	bank.Fill("#f-number", "+43 664 1000099")
	bank.Fill("#f-password", iris.Password)
	fails(t, bank, "password", "Nothing was changed") // it was changed before
	bank.Fill("#f-password", secret)
	bank.Submit()
	_, code = phone.next()
	bank.Fill("#f-code", code)
	bank.Submit()
	_, code = fresh.next()
	bank.Looks("e2e-text-change-phone-code")
	bank.Fill("#f-code", code)
	bank.Submit()
	bank.WaitText("#next-phone", "Waiting")
	bank.Looks("e2e-text-security-held")
	phone.WaitText("#texts", "another phone number") // the notice to the old one
	phone.Shot("e2e-phone-notice")
	fresh.Open(demo.URLs["lab"])
	fresh.Looks("e2e-lab-shelf")
	fresh.Open(demo.URLs["front"])
	fresh.Looks("e2e-front")
}

// TestCustomerForgotThePassword is F-6.5: the page says what to do, the bank resets after an
// identification, and the customer registers anew with what comes by post.
func TestCustomerForgotThePassword(t *testing.T) {
	demo := startDemo(t)
	b := webtest.Start(t)
	bank, iris := b.Tab(t), demo.byNumber(t, "10002009")
	phone := demo.handset(t, b, iris.Phone)
	bank.Open(demo.URLs["bank"] + "/login/password")
	bank.Follow("a[href='/forgotten']")
	bank.Looks("e2e-text-forgotten")

	api := newClient(t, demo)
	known := api.post("/v1/customers/"+iris.Number+"/identifications", map[string]any{"way": "call", "answers": []any{
		map[string]any{"question": "birth-date", "right": true}, map[string]any{"question": "address", "right": true}, map[string]any{"question": "document", "right": true},
	}})
	issued := api.post("/v1/customers/"+iris.Number+"/password/reset", map[string]any{"policy": "password", "identification": known["id"]})
	bank.Follow("a[href='/register/password']")
	bank.Fill("#f-customer_number", iris.Number)
	bank.Fill("#f-activation_code", issued["value"].(string))
	bank.Submit()
	const secret = "cobalt 31 meadow finch"
	bank.Fill("#f-new_password", secret)
	bank.Fill("#f-new_password_again", secret)
	bank.Submit()
	_, code := phone.next()
	bank.Fill("#f-code", code)
	bank.Submit()
	bank.WaitText("h1", "Your password is registered")
	bank.Open(demo.URLs["bank"] + "/login/password")
	bank.Fill("#f-customer_number", iris.Number)
	bank.Fill("#f-password", iris.Password)
	fails(t, bank, "password", "could not log you in") // the old one opens nothing
	bank.Fill("#f-password", secret)
	bank.Submit()
	_, code = phone.next()
	bank.Fill("#f-code", code)
	bank.Submit()
	bank.Wait(".figure")
}

// TestCustomerReplacesAnExpiredPassword clicks F-6.6.2 to F-6.6.16.
func TestCustomerReplacesAnExpiredPassword(t *testing.T) {
	demo := startDemo(t)
	b := webtest.Start(t)
	bank, kofi := b.Tab(t), demo.byNumber(t, "10002011")
	phone := demo.handset(t, b, kofi.Phone)
	bank.Open(demo.URLs["bank"] + "/login/password")
	bank.Fill("#f-customer_number", kofi.Number)
	bank.Fill("#f-password", kofi.Password)          // F-6.6.3–5
	bank.Submit()                                    // F-6.6.6
	bank.WaitText("h1", "Your password has expired") // F-6.6.7
	bank.Looks("e2e-text-renew")
	bank.Fill("#f-new_password", kofi.Password)
	bank.Fill("#f-new_password_again", kofi.Password)
	fails(t, bank, "new_password", "cannot be taken")
	const secret = "juniper 64 canal beetle"
	bank.Fill("#f-new_password", secret) // F-6.6.8
	bank.Fill("#f-new_password_again", secret)
	bank.Submit()                                     // F-6.6.9
	bank.WaitText("h1", "Now with your new password") // F-6.6.10
	bank.Looks("e2e-text-renew-again")
	bank.Fill("#f-password", kofi.Password)
	fails(t, bank, "password", "could not log you in")
	bank.Fill("#f-password", secret)
	bank.Submit()              // F-6.6.11
	_, code := phone.next()    // F-6.6.12
	bank.Fill("#f-code", code) // F-6.6.13
	bank.Submit()
	bank.Wait(".figure") // F-6.6.14–16
}
