package self_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/password"
)

// TestLoginByPassword: customer ID and password, then the code that is sent; whatever is
// wrong is answered alike, and nothing is sent before the password was right.
func TestLoginByPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.get("/login/password").leads("/login")
	if b.get("/login").page.Has("a[href=/login/password]") {
		t.Error("a login is offered that the policies do not have")
	}
	w.texting(0)
	w.knower("1001")
	if !b.get("/login").page.Has("a[href=/login/password]") {
		t.Error("the login by password is not offered")
	}
	_, sent := w.arrived(oldNumber)
	var answers []string
	for _, number := range []string{"1001", "4711"} {
		a := w.browser().post("/login/password", "customer_number", number, "password", "not this one")
		a.shows(http.StatusUnprocessableEntity, "Log in").wrong("password", "We could not log you in")
		answers = append(answers, strings.ReplaceAll(a.page.One(t, "main").Text(), number, ""))
	}
	if answers[0] != answers[1] {
		t.Errorf("%q and %q", answers[0], answers[1])
	}
	if _, n := w.arrived(oldNumber); n != sent {
		t.Error("a code was sent for a wrong password")
	}
	b.post("/login/password", "customer_number", "1001", "password", knownSecret).leads("/login/answer")
	a := b.get("/login/answer").shows(http.StatusOK, "Enter the code").says("+47 ••• 67")
	code, n := w.arrived(oldNumber)
	if n != sent+1 || strings.Contains(a.body, code) {
		t.Errorf("%d codes were sent", n-sent)
	}
	if got := a.page.One(t, "#f-code").Attr["autocomplete"]; got != "one-time-code" {
		t.Errorf("the field says %q", got)
	}
	b.post("/login/answer", "code", "12ab").wrong("code", "This is not a code")
	b.post("/login/answer", "code", string('0'+(code[0]-'0'+1)%10)+code[1:]).wrong("code", "This code was not right")
	w.clock.Advance(time.Minute)
	b.post("/login/again").leads("/login/answer")
	again, n := w.arrived(oldNumber)
	if n != sent+2 || again == code {
		t.Errorf("then %d were sent", n-sent)
	}
	b.post("/login/answer", "code", again).leads("/security")
	b.get("/security").shows(http.StatusOK, "Security").says("+47 ••• 67").says("Code")
	w.browser().post("/login/again").leads("/login")
}

// TestChangePassword: the one until now and a second factor (SCA-57); mistakes are named,
// other sessions end, and the old one opens nothing any more.
func TestChangePassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.texting(0)
	c := w.knower("1001")
	other, b := w.knows("1001", knownSecret), w.knows("1001", knownSecret)
	b.get("/security").shows(http.StatusOK, "Security").says("Change password")
	b.get("/security/password").shows(http.StatusOK, "Change password")
	b.post("/security/password/secret", "password", "not this one").wrong("password", "This password was not right")
	b.post("/security/password", "proof", "made up", "current", knownSecret, "fresh", otherSecret, "repeat", otherSecret).says("That took too long")
	proof := w.proves(b, "password", knownSecret, oldNumber)
	change := func(current, fresh, repeat string) answer {
		return b.post("/security/password", "proof", proof, "current", current, "fresh", fresh, "repeat", repeat)
	}
	change("", "", "").wrong("current", "")
	change(knownSecret, otherSecret, otherSecret+"x").wrong("repeat", "The two passwords differ")
	change(knownSecret, "short", "short").wrong("fresh", "It is too short")
	change(knownSecret, knownSecret, knownSecret).wrong("fresh", "It is the one that you have")
	a := change("not this one", otherSecret, otherSecret).wrong("current", "This password was not right")
	if strings.Contains(a.body, otherSecret) {
		a.wrong("current", "the page shows what was typed")
	}
	change(knownSecret, otherSecret, otherSecret).leads("/security")
	b.get("/security").says("Your password is changed")
	other.get("/security").leads("/login")
	if e := w.audited(password.AuditChanged); len(e) != 1 || e[0].Customer != c.ID || !strings.HasPrefix(e[0].Actor, "customer:") {
		t.Errorf("the records: %+v", e)
	}
	w.clock.Advance(time.Minute)
	w.browser().post("/login/password", "customer_number", "1001", "password", knownSecret).wrong("password", "We could not log you in")
	w.knows("1001", otherSecret)
	if strings.Contains(w.logs.String(), otherSecret) {
		t.Error("the log holds the password")
	}
}

// TestChangePhone: two factors, a code to the new number, a notice to the old one; on
// hold, codes go to the old number, and the customer can stop it.
func TestChangePhone(t *testing.T) {
	t.Parallel()
	for _, hold := range []time.Duration{0, 24 * time.Hour} {
		w := newWorld(t)
		w.texting(hold)
		w.knower("1001")
		b := w.knows("1001", knownSecret)
		b.get("/security/phone").shows(http.StatusOK, "Change phone number")
		proof := w.proves(b, "phone", knownSecret, oldNumber)
		for number, want := range map[string]string{"": "", "91": "This is not a phone number", "+4722222222": "Text messages go to mobile", "+79161234567": "Text messages are not sent", oldNumber: "Codes go to this number already"} {
			b.post("/security/phone", "proof", proof, "number", number).wrong("number", want)
		}
		_, told := w.arrived(oldNumber)
		b.post("/security/phone", "proof", proof, "number", "+47 912 34 599").leads("/security/phone/code")
		a := b.get("/security/phone/code").shows(http.StatusOK, "Confirm the new number").says("+47 ••• 99")
		code, _ := w.arrived(newNumber)
		if strings.Contains(a.body, code) || strings.Contains(a.body, "91234599") {
			t.Error("the page shows a code or a number")
		}
		b.get("/security").says("We sent a code there")
		b.post("/security/phone/code", "code", "12").wrong("code", "This is not a code")
		b.post("/security/phone/code", "code", string('0'+(code[0]-'0'+1)%10)+code[1:]).wrong("code", "This code was not right")
		b.post("/security/phone/code", "code", code).leads("/security")
		if _, n := w.arrived(oldNumber); n != told+1 {
			t.Errorf("hold %s: the old number got %d notices", hold, n-told)
		}
		if hold == 0 {
			b.get("/security").says("From now on codes go to the new number").says("+47 ••• 99")
			continue
		}
		b.get("/security").says("The new number is not used at once").says("Until then they go to the old number")
		b.post("/security/phone/stop").leads("/security")
		b.get("/security").says("Codes go on to the number until now")
		if e := w.audited(passcode.AuditRefused); len(e) != 1 {
			t.Errorf("the records: %+v", e)
		}
		for _, path := range []string{"stop", "again", "code"} {
			b.post("/security/phone/"+path, "code", "123456").leads("/security")
		}
		b.get("/security/phone/code").leads("/security")
		w.knows("1001", knownSecret)
	}
}

// TestOneFactorIsTooLittleForAPhone: a code of a token without a PIN is one factor.
func TestOneFactorIsTooLittleForAPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.texting(0)
	c := w.knower("1001")
	w.give(c, "T1", time.Time{})
	w.enrolls(c)
	b := w.knows("1001", knownSecret)
	a := b.post("/security/phone/proof", "code", code(t, "T1", 0))
	b.post("/security/phone", "proof", a.hidden("proof"), "number", newNumber).says("we need your password as well")
	if _, n := w.arrived(newNumber); n != 0 {
		t.Error("a code was sent")
	}
	a = b.post("/security/password/proof", "code", code(t, "T1", 1))
	b.post("/security/password", "proof", a.hidden("proof"), "current", knownSecret, "fresh", otherSecret, "repeat", otherSecret).leads("/security")
}
