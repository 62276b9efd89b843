//go:build browser

package apptest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// look keeps pictures of a screen of the app, light and dark, and has axe judge both.
func look(p *webtest.Tab, name string) {
	p.Shot("app-" + name)
	p.Axe()
	p.Dark(true)
	p.Shot("app-" + name + "-dark")
	p.Axe()
	p.Dark(false)
}

// TestAppActivation: welcome, a code that is typed with an error and then right, a weak PIN, and
// a first secure code that the bank accepts, on a phone whose clock is five hours behind.
func TestAppActivation(t *testing.T) {
	w := newPhones(t)
	p := w.phone(t)
	p.WaitText(".lead", "Approve logins and payments")
	look(p, "welcome")
	webtest.Eval[bool](p, `navigator.serviceWorker.ready.then(() => true)`)
	// "in-incognito" is of the test's own profile.
	if why := slices.DeleteFunc(p.Uninstallable(), func(s string) bool { return s == "in-incognito" }); len(why) > 0 {
		t.Errorf("the app cannot be installed: %v", why)
	}
	p.Click("#activate")
	p.WaitText("h1", "Activate this device")
	look(p, "activate")
	handout := w.code()
	p.Type("#f-code", swap(handout.Code))
	p.Click("#go")
	p.WaitText("#f-code-wrong", "typing error")
	p.Shot("app-activate-wrong")
	_ = webtest.Eval[string](p, `document.querySelector("#f-code").value = ""`)
	p.Type("#f-code", strings.ToLower(handout.Code))
	p.Click("#go")
	p.WaitText(".pin-label", "Choose a PIN of 6 to 8 digits")
	look(p, "pin")
	p.Keys("123456<Enter>")
	p.WaitText("#ask-title", "easily guessed")
	look(p, "pin-weak")
	p.Click("#no")
	p.WaitText(".pin-label", "Choose a PIN")
	p.Keys(goodPIN + "<Enter>")
	p.WaitText(".pin-label", "once more")
	p.Keys("830562<Enter>")
	p.WaitText("[role=alert]", "not the same")
	w.choosePIN(p, goodPIN)
	p.WaitText("h1", "Ready")
	look(p, "ready")
	if all := w.tokens(); len(all) != 1 || all[0].Status != mobiletoken.Active || all[0].Model == "" {
		t.Fatalf("%+v", all)
	}
	p.Click("#done")
	p.Wait("#show-code")
	look(p, "home")

	// the first code is spent; the next one comes in its time
	w.next(p)
	p.Click("#show-code")
	pin(p, "secure code", goodPIN)
	p.Wait("#code")
	look(p, "code")
	code := p.Attr("#code", "data-code")
	o, err := w.app.Hub.Start(t.Context(), w.bank, hub.Start{CustomerNumber: "4711", Purpose: "login", Channel: "web", Proof: &hub.Proof{Policy: "code", Code: code}})
	if err != nil || o.State != hub.Granted {
		t.Fatalf("the bank does not accept the code: %+v, %v", o, err)
	}
	p.Click("#hide")
	p.Wait("#show-code")

	nothingOfThePIN(t, p)
}

// swap exchanges two neighbors that differ.
func swap(code string) string {
	b := []byte(code)
	for i := len(b) / 2; i+1 < len(b); i++ {
		if b[i] != b[i+1] && b[i] != '-' && b[i+1] != '-' {
			b[i], b[i+1] = b[i+1], b[i]
			return string(b)
		}
	}
	return code
}

// nothingOfThePIN: what rests on the device has no member that could tell a right PIN from a wrong
// one, and the device's key cannot be had.
func nothingOfThePIN(t *testing.T, p *webtest.Tab) {
	t.Helper()
	const read = `new Promise((done) => { const r = indexedDB.open("countersign-retail"); r.onsuccess = () => {
		const g = r.result.transaction("values").objectStore("values").get("token");
		g.onsuccess = () => { r.result.close(); done(g.result); }; }; })`
	got := webtest.Eval[string](p, `(`+read+`).then((x) => [Object.keys(x).sort().join(), Object.keys(x.sealed).sort().join(), x.sealed.octets.length, x.sealed.iterations, x.device.privateKey.extractable].join(" "))`)
	if want := "counter,device,keyID,name,profile,sealed,sent,serial,shown,tokenID,url iterations,octets,salt 20 600000 false"; got != want {
		t.Errorf("on the device rests %s; want %s", got, want)
	}
	if got := webtest.Eval[string](p, `(`+read+`).then((x) => crypto.subtle.exportKey("jwk", x.device.privateKey)).then(() => "exported", (e) => e.name)`); got != "InvalidAccessError" {
		t.Errorf("the device's key was %s", got)
	}
}
