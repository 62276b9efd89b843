package bank_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// A login that risk allows needs the password only, and the page says why; one that it steps
// up needs the code as well, in plain words (F-6.2.11).
func TestF62RiskAllowsOrStepsUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.texter()
	w.api.set(func(f *fakeAPI) { f.risk.decision = "allow" })
	v := w.visitor()
	v.send("/login/password", "customer_number", iris, "password", "wrong").wrong("password", "We could not log you in")
	v.send("/login/password", "customer_number", iris, "password", irisSecret).leads("/overview")
	v.get("/overview").says("We know this device")
	if len(x.sent) != 0 {
		t.Error("a text was sent for a login that needs none")
	}
	w.api.set(func(f *fakeAPI) { f.risk.decision = "step-up" })
	v = w.visitor()
	v.showPassword()
	p := v.get("/login/code").says("This login is new to us in some way")
	for _, told := range []string{"risk", "score", "address"} {
		if strings.Contains(strings.ToLower(p.doc.One(t, "#why").Text()), told) {
			t.Errorf("the page tells of %s", told)
		}
	}
	v.send("/login/code", "code", w.code(x)).leads("/overview")
}

// A login that risk blocks gets the page of everybody whose login is stopped, with a
// reference for the help desk, also when there is no such customer.
func TestF62RiskBlocks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.texter()
	w.api.set(func(f *fakeAPI) { f.risk.decision = "block" })
	for _, who := range []string{iris, "nobody"} {
		for path, fields := range map[string][]string{
			"/login/password": {"password", irisSecret}, "/login": {"code", "123456"}, "/login/number": {},
		} {
			v := w.visitor()
			v.send(path, append(fields, "customer_number", who)...).leads("/login/denied")
			if got := v.get("/login/denied").says("Please call us").doc.One(t, "#reference").Text(); got != reference {
				t.Errorf("%s, %s: the reference is %q", who, path, got)
			}
			v.get("/login/code").leads("/login/password")
			v.get("/overview").leads("/login")
		}
	}
}

// F-6.3.1: a payment that is exempted is carried out at once and says so, without evidence;
// the account has it once.
func TestF63PaysWithoutCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.texter()
	v := w.visitor()
	v.textLogin(x)
	w.api.set(func(f *fakeAPI) { f.risk.decision, f.risk.exempts = "allow", true })
	at := v.order()
	v.send(at).leads(at + "/receipt")
	v.send(at).leads(at + "/receipt")
	p := v.get(at+"/receipt").shows(http.StatusOK, "Paid").says("No code was needed").says("Was this not you?")
	if len(p.doc.All("#assertion")) != 0 {
		t.Error("there is evidence of what nobody has shown")
	}
	v.get(at+"/assertion").shows(http.StatusNotFound, "There is nothing here")
	v.get(at+"/keys").shows(http.StatusNotFound, "There is nothing here")
	if got := v.transfers(); len(got) != 1 {
		t.Errorf("the account has %q", got)
	}
	w.api.set(func(f *fakeAPI) {
		f.paying.spoilHash = func(string) string { return strings.Repeat("0", 64) }
	})
	at = v.order()
	v.send(at).leads(at)
	v.get(at).says("We stopped this payment")
	if got := v.transfers(); len(got) != 1 {
		t.Errorf("a payment that was not granted: %q", got)
	}
}

// A payment that is stepped up says that it needs approval; one that is blocked, at the start
// or after the code, ends at a calm page with a reference, and pays nothing.
func TestF63RiskStepsUpOrBlocks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.texter()
	v := w.visitor()
	v.textLogin(x)
	at := v.order()
	v.get(at + "/stopped").leads(at)
	w.api.set(func(f *fakeAPI) { f.risk.decision = "step-up" })
	v.send(at).leads(at + "/text")
	hash := v.get(at+"/text").says("so it needs your approval").doc.One(t, "[name=payment]").Attr["value"]
	v.send(at+"/text", "payment", hash, "password", irisSecret).leads(at + "/text")
	w.api.set(func(f *fakeAPI) { f.risk.decision = "block" })
	x.denies = true
	v.send(at+"/text", "payment", hash, "code", w.code(x)).leads(at + "/stopped")
	v.get(at+"/stopped").shows(http.StatusOK, "We have stopped this payment").says("Kari Nordmann").says("0800 555 0142").says(reference)

	at = v.order()
	v.send(at).leads(at + "/stopped")
	if got := v.get(at+"/stopped").says("Nothing was paid.").doc.One(t, "#reference").Text(); got != reference {
		t.Errorf("the reference is %q", got)
	}
	if got := v.transfers(); len(got) != 0 {
		t.Errorf("paid: %q", got)
	}
	v.send(at + "/cancel").leads("/overview")
}

// F-6.4.1: changes are judged by what they are; one that is blocked changes nothing and sends
// no text, and the engine learns of those that were made.
func TestF64RiskJudgesChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.texter()
	v := w.visitor()
	v.textLogin(x)
	const secret = "juniper 64 canal beetle"
	sent := len(x.sent)
	w.api.set(func(f *fakeAPI) { f.risk.act, f.risk.decision = "block", "allow" })
	v.send("/security/password", "password", irisSecret, "new_password", secret, "new_password_again", secret).leads("/security")
	v.get("/security").says("We could not change this just now.").says("Your reference:")
	v.send("/security/phone", "number", "+43 664 1000099", "password", irisSecret).leads("/security")
	if len(x.sent) != sent || x.password != irisSecret {
		t.Error("something was changed, or a text was sent")
	}
	w.api.set(func(f *fakeAPI) { f.risk.act = "step-up" })
	v.send("/security/password", "password", irisSecret, "new_password", secret, "new_password_again", secret).leads("/security/code")
	v.send("/security/code", "code", w.code(x)).leads("/security")
	v.send("/security/phone", "number", "+43 664 1000099", "password", secret).leads("/security/code")
	v.send("/security/code", "code", w.code(x)).leads("/security/phone/code")
	v.send("/security/phone/code", "code", w.code(x)).leads("/security")
	w.api.set(func(f *fakeAPI) {
		if want := []string{"password.change", "phone.change"}; !slices.Equal(f.risk.ended, want) {
			t.Errorf("the engine knows of %q; want %q", f.risk.ended, want)
		}
	})
}
