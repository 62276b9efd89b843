//go:build browser

package apptest_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// TestAppUnlocksByBiometry: an authenticator of the device with the PRF extension. It stands for the
// PIN once the server has said that the PIN is right; what it does not verify opens nothing.
func TestAppUnlocksByBiometry(t *testing.T) {
	w := newPhones(t)
	p := w.phone(t)
	finger := p.Authenticator()
	w.enroll(p)
	w.next(p)
	p.Click("[data-tab=settings]")
	p.Wait("#biometry-setup")
	look(p, "settings")
	p.Click("#biometry-setup")
	p.Wait("#turn-on")
	look(p, "biometry")
	p.Click("#turn-on")
	pin(p, "one last time", "902518")
	p.WaitText("[role=alert]", "not accepted")
	w.next(p)
	p.Click("[data-tab=settings]")
	p.Click("#biometry-setup")
	p.Click("#turn-on")
	pin(p, "one last time", goodPIN)
	p.WaitText(".toast", "From now on")
	p.Wait("#turn-off")

	approve := func(asked authenticator.Challenge) {
		w.show(p)
		p.Click("#approve")
		p.Wait("#f-number")
		p.Keys(asked.Control + "<Enter>")
		p.Wait("#biometry")
	}
	o, asked := w.start("app-sign", order(t, "5.00"))
	approve(asked)
	look(p, "pin-biometry")
	p.Click("#biometry")
	p.WaitText(".lead", "Approved")
	if out, err := w.end(o, "app-sign", ""); err != nil || out.State != hub.Granted {
		t.Fatalf("what was approved by biometry does not count: %+v, %v", out, err)
	}

	// not verified: no key, and the PIN is asked for
	finger.Verifies(false)
	_, asked = w.start("app-sign", order(t, "6.00"))
	approve(asked)
	p.Click("#biometry")
	p.WaitText(".notice[role=alert]", "cancelled")
	p.Keys(goodPIN + "<Enter>")
	p.WaitText(".lead", "Approved")
}

// TestAppSettles: language, a new PIN, what a browser cannot protect, and the end of the token
// on this device.
func TestAppSettles(t *testing.T) {
	w := newPhones(t)
	p := w.phone(t)
	w.enroll(p)
	w.next(p)
	p.Click("[data-tab=settings]")
	p.Click("#limits")
	p.WaitText("main", "What a browser cannot protect")
	look(p, "limits")
	p.Click(".back")
	p.Click("#language")
	p.Click("#language-de")
	p.WaitText("h1", "Sprache")
	look(p, "language-de")
	p.Click(".back")
	p.WaitText("h1", "Einstellungen")
	look(p, "settings-de")
	p.Click("[data-tab=code]")
	p.WaitText("#show-code", "Sicherheitscode")
	look(p, "home-de")
	p.Click("[data-tab=settings]")
	p.Click("#language")
	p.Click("#language-en")
	p.WaitText("h1", "Language")
	p.Click(".back")

	p.Click("#change-pin")
	w.choosePIN(p, "296043")
	pin(p, "present PIN", goodPIN)
	p.WaitText(".toast", "new PIN")
	w.next(p)
	p.Click("#show-code")
	pin(p, "secure code", "296043")
	p.Wait("#code")
	o, err := w.app.Hub.Start(t.Context(), w.bank, hub.Start{CustomerNumber: "4711", Purpose: "login", Channel: "web", Proof: &hub.Proof{Policy: "code", Code: p.Attr("#code", "data-code")}})
	if err != nil || o.State != hub.Granted {
		t.Fatalf("under the new PIN the code is wrong: %+v, %v", o, err)
	}
	p.Click("#hide")
	p.Click("[data-tab=settings]")
	p.Click("#remove")
	p.WaitText("#ask-title", "Delete the token here")
	look(p, "remove")
	p.Click("#yes")
	p.Wait("#activate")
	if left := webtest.Eval[int](p, `new Promise((done) => { const r = indexedDB.open("countersign-retail"); r.onsuccess = () => {
		const c = r.result.transaction("values").objectStore("values").count(); c.onsuccess = () => { r.result.close(); done(c.result); }; }; })`); left > 1 {
		t.Errorf("%d values are left on the device", left) // the clock's, at most
	}
}

// TestAppScansItsActivation: the picture of an activation link, from a file; and the picture of
// somebody else's app.
func TestAppScansItsActivation(t *testing.T) {
	w := newPhones(t)
	p := w.phone(t)
	p.Click("#activate")
	p.Click("#scan")
	p.Wait("#choose-file")
	p.Upload("#picture-file", drawn(t, "https://evil.example/app/retail/#c=1"))
	p.WaitText("#scan-wrong", "another app")
	p.Upload("#picture-file", drawn(t, w.code().Link))
	w.choosePIN(p, goodPIN)
	p.WaitText("h1", "Ready")
}

// TestAppTellsOfPushes: the service worker asks the inbox with the device's key, and shows that
// something waits, but not what.
func TestAppTellsOfPushes(t *testing.T) {
	w := newPhones(t)
	p := w.phone(t)
	w.enroll(p)
	p.Notify(w.url)
	webtest.Eval[bool](p, `navigator.serviceWorker.ready.then(() => true)`)
	_, _ = w.start("app-sign", order(t, "99.00"))
	p.Open(w.base() + "/token/v1/time") // nobody looks at the app
	p.Push(w.url, `{"t":"prompt"}`)
	const notes = `navigator.serviceWorker.getRegistration("/app/retail/").then(async (r) => { for (;;) { const all = await r.getNotifications(); if (all.length) return JSON.stringify(all.map((n) => [n.title, n.body])); await new Promise((d) => setTimeout(d, 50)); } })`
	if got := webtest.Eval[string](p, notes); got != `[["Alder Approve","Something waits for your approval."]]` {
		t.Errorf("the notification says %s", got)
	}
}

// TestAppChangesOver: a new version waits until the owner takes it, and then the page is its.
func TestAppChangesOver(t *testing.T) {
	w := newPhones(t)
	p := w.phone(t)
	webtest.Eval[bool](p, `navigator.serviceWorker.ready.then(() => new Promise((done) => { const look = () => navigator.serviceWorker.controller ? done(true) : setTimeout(look, 20); look(); }))`)
	w.rename("Alder Sign")
	webtest.Eval[bool](p, `navigator.serviceWorker.getRegistration().then((r) => r.update()).then(() => true)`)
	p.WaitText("#update", "A new version is ready")
	p.Shot("app-update")
	if name := webtest.Eval[string](p, `document.documentElement.dataset.name`); name != "Alder Approve" {
		t.Errorf("the page became %q by itself", name)
	}
	p.Click("#update-now")
	p.WaitText(".brand", "Alder Sign")
	if kept := webtest.Eval[int](p, `caches.keys().then((all) => all.length)`); kept != 1 {
		t.Errorf("%d versions are kept", kept)
	}
}
