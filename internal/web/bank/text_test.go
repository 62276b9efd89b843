package bank_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// showPassword brings Iris to the page of the code.
func (v *visitor) showPassword() {
	v.w.Helper()
	v.send("/login/password", "customer_number", iris, "password", irisSecret).leads("/login/code")
}

// textLogin logs Iris in.
func (v *visitor) textLogin(x *fakeTexting) {
	v.w.Helper()
	v.showPassword()
	v.send("/login/code", "code", v.w.code(x)).leads("/overview")
}

// F-6.2.3 to F-6.2.12: the customer chooses, shows a password, and then the code.
func TestF62Login(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.texter()
	v := w.visitor()
	p := v.get("/login").shows(http.StatusOK, "Log in")
	if ways := p.doc.One(t, ".ways").All("a"); len(ways) != 4 || ways[0].Attr["aria-current"] != "true" || ways[1].Attr["href"] != "/login/mobile" || ways[2].Attr["href"] != "/login/mobile-id" || ways[3].Attr["href"] != "/login/password" {
		t.Error("the customer cannot choose")
	}
	v.send("/login/password", "customer_number", iris).wrong("password", "Password: please")
	p = v.send("/login/password", "customer_number", iris, "password", "wrong").wrong("password", "We could not log you in")
	if strings.Contains(p.body, `value="wrong"`) || len(x.sent) != 0 {
		t.Error("the password is shown again, or a text was sent for a wrong one")
	}
	v.get("/login/code").leads("/login/password")
	v.showPassword()
	p = v.get("/login/code").shows(http.StatusOK, "Code from your phone").says(irisPhone)
	f := p.doc.One(t, "#f-code")
	if f.Attr["autocomplete"] != "one-time-code" || f.Attr["inputmode"] != "numeric" || p.doc.One(t, "[data-wait]").Attr["data-wait"] != "30" {
		t.Errorf("the field is %v", f.Attr)
	}
	v.send("/login/code").wrong("code", "Code from the text message: please")
	p = v.send("/login/code", "code", "000000").wrong("code", "This code is not right")
	if strings.Contains(p.body, "000000") {
		t.Error("the code is shown again")
	}
	v.send("/login/code", "code", w.code(x)).leads("/overview")
	v.get("/overview").says("Iris Nakamura")
}

// A wrong password, an unknown customer and one without a password read the same, and
// cause the same calls.
func TestF62Uniform(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.texter()
	var bodies, calls []string
	for _, number := range []string{iris, iris + "9", adaNumber} {
		v := w.visitor()
		v.get("/login/password")
		w.api.set(func(f *fakeAPI) { f.calls = nil })
		bodies = append(bodies, plain(v.send("/login/password", "customer_number", number, "password", "wrong").shows(422, "Log in"), `value="`+number+`"`))
		w.api.set(func(f *fakeAPI) { calls = append(calls, strings.Join(f.calls, " ")) })
	}
	if bodies[0] != bodies[1] || bodies[0] != bodies[2] || calls[0] != calls[1] || calls[0] != calls[2] {
		t.Errorf("the answers differ: %q", calls)
	}
}

// Another code takes the place of the first, not before its time; a page that is opened
// sends nothing.
func TestF62AnotherCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.texter()
	v := w.visitor()
	v.showPassword()
	first := w.code(x)
	v.get("/login/code")
	v.get("/login/code")
	v.send("/login/code/again").leads("/login/code")
	v.get("/login/code").says("still on its way")
	if len(x.sent) != 1 {
		t.Fatalf("%d texts were sent", len(x.sent))
	}
	w.clock.advance(30 * time.Second)
	v.send("/login/code/again").leads("/login/code")
	v.get("/login/code").says("Another text message is on its way")
	v.send("/login/code", "code", first).wrong("code", "This code is not right")
	v.send("/login/code", "code", w.code(x)).leads("/overview")
}

// Risk may want more than a token: a code, or the password and a code.
func TestF62StepUp(t *testing.T) {
	t.Parallel()
	for _, asks := range []bool{false, true} {
		w := newWorld(t)
		k, x := w.registered(), w.texter()
		w.api.customers[adaNumber].text = x
		x.asks = asks
		v := w.visitor()
		next := "/login/code"
		if asks {
			next = "/login/again"
		}
		v.send("/login", "customer_number", ada, "code", nextCode(w, k)).leads(next)
		v.get("/overview").leads("/login")
		if asks {
			v.get("/login/again").shows(http.StatusOK, "Now your password")
			v.get("/login/renew").leads("/login/password")
			v.send("/login/again", "password", irisSecret).leads("/login/code")
		}
		v.get("/login/answer").leads("/login")
		v.send("/login/code", "code", w.code(x)).leads("/overview")
	}
}

// When nothing can be sent the page says what to do; when risk stops the login, too.
func TestF62Stopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.texter()
	x.mute = true
	v := w.visitor()
	v.showPassword()
	if p := v.get("/login/code").says("We cannot send a text message"); len(p.doc.All("#sent-to")) != 0 {
		t.Error("a number is named")
	}
	x.mute, x.denies = false, true
	v = w.visitor()
	v.showPassword()
	v.send("/login/code", "code", w.code(x)).leads("/login/denied")
	v.get("/login/denied").shows(http.StatusOK, "Please call us").says("0800 555 0142")
	v.get("/overview").leads("/login")
	w.api.set(func(f *fakeAPI) { f.down = true })
	v.send("/login/password", "customer_number", iris, "password", irisSecret).shows(http.StatusServiceUnavailable, "Log in")
}

// F-6.1: activation code, password, code by text message.
func TestF61Registration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.texter()
	v := w.visitor()
	const secret = "juniper 64 canal beetle"
	v.get("/register/password").shows(http.StatusOK, "Register password and phone")
	v.send("/register/password", "customer_number", iris, "activation_code", "4HT2-MM0Q-12").wrong("activation_code", "Customer ID and activation code do not go together")
	v.get("/register/choose").leads("/register")
	v.send("/register/password", "customer_number", iris, "activation_code", irisCode).leads("/register/choose") // F-6.1.2–3
	v.get("/register/phone").leads("/register/choose")
	v.get("/register/token").leads("/register/choose")
	v.send("/register/choose").wrong("new_password", "New password: please") // F-6.1.4
	v.send("/register/choose", "new_password", secret, "new_password_again", secret+"s").wrong("new_password_again", "The two passwords differ.")
	p := v.send("/register/choose", "new_password", "short", "new_password_again", "short").wrong("new_password", "This password cannot be taken.")
	if got := len(p.doc.One(t, "#mistakes").All("li")); got != 2 || strings.Contains(p.body, `value="short"`) {
		t.Errorf("%d mistakes are told, or the password is shown again", got)
	}
	if len(x.sent) != 0 {
		t.Error("a text was sent too early")
	}
	v.send("/register/choose", "new_password", secret, "new_password_again", secret).leads("/register/phone") // F-6.1.5–6
	v.get("/register/phone").shows(http.StatusOK, "Code from your phone").says(irisPhone)                     // F-6.1.7
	v.get("/register/choose").leads("/register/phone")
	v.send("/register/phone", "code", "000000").wrong("code", "This code is not right")
	v.send("/register/phone", "code", w.code(x)).leads("/register/done") // F-6.1.8–10
	v.get("/register/done").shows(http.StatusOK, "Your password is registered")
	if x.password != secret {
		t.Error("another password was registered")
	}
}

// Who comes back in another browser goes on where they were, and asks for the code.
func TestF61Resumed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.texter()
	v := w.visitor()
	v.send("/register/password", "customer_number", iris, "activation_code", irisCode).leads("/register/choose")
	v.send("/register/choose", "new_password", irisSecret, "new_password_again", irisSecret).leads("/register/phone")
	v = w.visitor()
	v.send("/register/password", "customer_number", iris, "activation_code", irisCode).leads("/register/phone")
	if p := v.get("/register/phone").says("We send a code"); len(p.doc.All("#f-code")) != 0 {
		t.Error("a code is asked for that was not sent")
	}
	w.clock.advance(time.Minute)
	v.send("/register/phone/again").leads("/register/phone")
	v.send("/register/phone", "code", w.code(x)).leads("/register/done")
}

// F-6.6: a password that has expired is right, opens nothing, is replaced, and asked for
// again before the code.
func TestF66Expired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.texter()
	x.expired, x.former = true, "lantern 58 quarry otter"
	const secret = "juniper 64 canal beetle"
	v := w.visitor()
	v.get("/login/renew").leads("/login/password")
	v.send("/login/password", "customer_number", iris, "password", irisSecret).leads("/login/renew") // F-6.6.3–6
	v.get("/login/renew").shows(http.StatusOK, "Your password has expired")                          // F-6.6.7–8
	v.get("/login/code").leads("/login/password")
	p := v.send("/login/renew", "new_password", irisSecret, "new_password_again", irisSecret).wrong("new_password", "This password cannot be taken.")
	if got := p.doc.One(t, "#mistakes").Text(); !strings.Contains(got, "the one that you have already") {
		t.Errorf("the mistakes are %q", got)
	}
	v.send("/login/renew", "new_password", x.former, "new_password_again", x.former).says("In English.") // a rule that the bank has no words for
	v.send("/login/renew", "new_password", secret, "new_password_again", secret).leads("/login/again")   // F-6.6.9
	v.get("/login/again").shows(http.StatusOK, "Now with your new password")                             // F-6.6.10
	v.send("/login/again", "password", irisSecret).wrong("password", "We could not log you in")
	if len(x.sent) != 0 {
		t.Error("a text was sent before the new password was shown")
	}
	v.send("/login/again", "password", secret).leads("/login/code") // F-6.6.11–12
	v.send("/login/code", "code", w.code(x)).leads("/overview")     // F-6.6.13–16
}

// F-6.4: the current password and a second factor change a password; other sessions end.
func TestF64ChangePassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.texter()
	elsewhere, v := w.visitor(), w.visitor()
	elsewhere.textLogin(x)
	v.textLogin(x)
	const secret = "juniper 64 canal beetle"
	change := func(current, new string) *page {
		return v.send("/security/password", "password", current, "new_password", new, "new_password_again", new)
	}
	v.get("/security/password").shows(http.StatusOK, "Change password")
	sent := len(x.sent)
	change(irisSecret, "short").wrong("new_password", "This password cannot be taken.")
	change("wrong", secret).wrong("password", "This password is not right.")
	if len(x.sent) != sent {
		t.Error("a text was sent for nothing")
	}
	change(irisSecret, secret).leads("/security/code")
	if x.password != irisSecret {
		t.Fatal("the password was changed with one factor")
	}
	v.send("/security/code", "code", "000000").wrong("code", "This code is not right")
	v.send("/security/code", "code", w.code(x)).leads("/security")
	v.get("/security").says("Your password is changed.")
	if x.password != secret {
		t.Error("the password was not changed")
	}
	elsewhere.get("/overview").leads("/login")
	v.get("/security/code").leads("/security")
	v.send("/security/code", "code", "000000").leads("/security")

	change(secret, secret).leads("/security/code") // what only the server knows comes at the end
	v.send("/security/code", "code", w.code(x)).wrong("new_password", "This password cannot be taken.")
}

// Another phone needs both factors and a code to its number; until the hold is over the
// page says so.
func TestChangePhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.texter()
	v := w.visitor()
	v.textLogin(x)
	v.send("/security/phone").wrong("number", "New phone number: please")
	v.send("/security/phone", "number", "12", "password", irisSecret).leads("/security/code")
	v.send("/security/code", "code", w.code(x)).wrong("number", "This is not a phone number.")
	v.send("/security/phone", "number", "+43 664 1000099", "password", "wrong").wrong("password", "This password is not right.")
	v.send("/security/phone", "number", "+43 664 1000099", "password", irisSecret).leads("/security/code")
	v.get("/security/phone/code").leads("/security")
	v.send("/security/code", "code", w.code(x)).leads("/security/phone/code")
	v.get("/security/phone/code").says("+43 ••• 99")
	v.send("/security/phone/code", "code", "000000").wrong("code", "This code is not right")
	v.send("/security/phone/code", "code", w.code(x)).leads("/security")
	v.get("/security").says("Waiting: +43 ••• 99").says(irisPhone)

	x.held = ""
	v.send("/security/phone", "number", "+43 664 1000099", "password", irisSecret).leads("/security/code")
	v.send("/security/code", "code", w.code(x)).leads("/security/phone/code")
	w.clock.advance(4 * time.Minute)
	v.get("/overview")
	w.clock.advance(2 * time.Minute) // the proof is too old by now
	v.send("/security/phone/code", "code", w.code(x)).leads("/security")
	v.get("/security").says("That took too long.")
}

// F-6.3.2: a payment is approved by the password and a code that is for it alone.
func TestF63PayByText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.texter()
	v := w.visitor()
	v.textLogin(x)
	at := v.order()
	sent := len(x.sent)
	v.send(at).leads(at + "/text")
	v.get(at + "/sign").leads(at + "/text")
	hash := func() string { return v.get(at+"/text").doc.One(t, "[name=payment]").Attr["value"] }
	v.get(at+"/text").shows(http.StatusOK, "Approve by text message").says("Kari Nordmann").says("90.00")
	v.send(at+"/text", "payment", hash(), "password", "wrong").wrong("password", "This password is not right. Nothing was paid.")
	if len(x.sent) != sent {
		t.Error("a text was sent after a wrong password")
	}
	v.send(at+"/text", "payment", "of another window", "password", irisSecret).leads(at)
	v.send(at+"/text", "payment", hash(), "password", irisSecret).leads(at + "/text")
	v.get(at + "/text").says(irisPhone).says("90.00")
	v.send(at+"/text", "payment", hash(), "code", "000000").wrong("code", "This code does not approve this payment")
	w.clock.advance(30 * time.Second)
	v.send(at + "/text/again").leads(at + "/text")
	v.send(at+"/text", "payment", hash(), "code", w.code(x)).leads(at + "/receipt")
	v.get(at+"/receipt").shows(http.StatusOK, "Paid").says("Password and phone")
	v.get(at + "/text").leads(at + "/receipt")

	at = v.order()
	v.send(at).leads(at + "/text")
	x.denies = true
	v.send(at+"/text", "payment", hash(), "password", irisSecret).leads(at + "/text")
	v.send(at+"/text", "payment", hash(), "code", w.code(x)).leads(at)
	v.get(at).says("We could not approve this payment, and nothing was paid.")
}

// Who has both may choose, and risk may ask for the other one.
func TestF63ChooseAndStepUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.texter()
	k := w.api.stock["CS4407903641"]
	w.api.customers[iris].token, x.signs = k, true
	v := w.visitor()
	v.textLogin(x)
	at := v.order()
	v.send(at).leads(at + "/sign")
	v.get(at + "/sign").says("Approve by text message instead")
	p := v.get(at + "/text").says("Sign with the token instead")
	v.send(at+"/text", "payment", p.doc.One(t, "[name=payment]").Attr["value"], "password", irisSecret).leads(at + "/sign")
	v.get(at + "/text").leads(at)
	p = v.get(at+"/sign").shows(http.StatusOK, "Type this into your token")
	v.send(at+"/sign", "payment", p.doc.One(t, "[name=payment]").Attr["value"], "with", "0", "code", w.typed(k, p.toType()...)).leads(at + "/receipt")
}

// The meter answers who is choosing a password, and nobody else.
func TestJudge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.texter()
	v := w.visitor()
	ask := func(secret string) (out struct {
		Score    int
		Text     string
		Mistakes []string
	},
	) {
		t.Helper()
		p := v.send("/password/judge", "new_password", secret)
		if err := json.Unmarshal([]byte(p.body), &out); p.status != http.StatusOK || err != nil {
			t.Fatalf("status %d: %v", p.status, err)
		}
		return out
	}
	if p := v.send("/password/judge", "new_password", "short"); p.status != http.StatusNotFound {
		t.Errorf("a stranger has passwords judged: status %d", p.status)
	}
	v.textLogin(x)
	if got := ask("short"); got.Score > 1 || got.Text != "Not good enough yet" || len(got.Mistakes) != 2 {
		t.Errorf("short: %+v", got)
	}
	if got := ask(irisSecret); got.Score != 4 || got.Text != "Very good" || len(got.Mistakes) != 0 {
		t.Errorf("a good one: %+v", got)
	}
}

// F-6.5: the page says what to do.
func TestF65Forgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.visitor().get("/forgotten").shows(http.StatusOK, "Forgotten your password?").says("0800 555 0142").says("new activation code")
	if p.doc.One(t, ".primary").Attr["href"] != "/register/password" {
		t.Error("there is no way on")
	}
}

// A secret never reaches the log, nor the memory in clear: TestF64ChangePassword goes
// through the sealed form, and this through the log.
func TestNoSecretsInTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.texter()
	v := w.visitor()
	v.textLogin(x)
	v.send("/security/password", "password", irisSecret, "new_password", "juniper 64 canal beetle", "new_password_again", "juniper 64 canal beetle")
	v.send("/security/code", "code", w.code(x))
	w.api.set(func(f *fakeAPI) { f.down = true })
	v.send("/login/password", "customer_number", iris, "password", irisSecret)
	for _, s := range append([]string{irisSecret, "juniper", irisPhone}, x.sent...) {
		if s != "used" && strings.Contains(w.log.String(), s) {
			t.Errorf("the log has %q", s)
		}
	}
}
