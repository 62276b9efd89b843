//go:build browser

package apptest_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// TestAppApproves: a login and a payment that the phone approves with the number of the bank's
// page; a wrong number and a wrong PIN; a refusal; "it wasn't me".
func TestAppApproves(t *testing.T) {
	w := newPhones(t)
	p := w.phone(t)
	w.enroll(p)
	p.Click("[data-tab=inbox]")
	p.WaitText(".lead", "Nothing to approve")
	look(p, "inbox-empty")

	o, asked := w.start("app-sign", order(t, "1250.00"))
	p.Click("#check")
	p.Wait("[data-prompt]")
	look(p, "inbox")
	p.Click("[data-prompt]")
	p.WaitText("#content", "1250.00 EUR")
	for _, line := range []string{"Möbelhaus Köln", "DE89 3704 0044 0532 0130 00", "Invoice 2026-118", "Alder Bank"} {
		p.WaitText("#content", line)
	}
	if p.Has("#control") {
		t.Error("the number that is to be typed is shown")
	}
	look(p, "approve")
	approve := func(number, typed string) {
		t.Helper()
		p.Wait("#f-number")
		p.Keys(number + "<Enter>")
		pin(p, "Your PIN approves", typed)
	}
	p.Click("#approve")
	p.WaitText("h1", "Compare the number")
	look(p, "number")
	approve(other(asked.Control), goodPIN)
	p.WaitText("[role=alert]", "wrong")
	look(p, "number-wrong")
	approve(asked.Control, "111222")
	p.WaitText("[role=alert]", "wrong")
	approve(asked.Control, goodPIN)
	p.WaitText(".lead", "Approved")
	look(p, "approved")
	if out, err := w.end(o, "app-sign", ""); err != nil || out.State != hub.Granted {
		t.Fatalf("the payment is not approved: %+v, %v", out, err)
	}
	p.Click("#done")

	// what waits is found without being asked for
	login, asked := w.start("app")
	p.WaitText("#waiting", "1")
	look(p, "home-waiting")
	p.Click("#waiting")
	p.Click("[data-prompt]")
	p.WaitText("h1", "Log in")
	p.Click("#approve")
	approve(asked.Control, goodPIN)
	p.WaitText(".lead", "Approved")
	if out, err := w.end(login, "app", ""); err != nil || out.State != hub.Granted {
		t.Fatalf("the login is not approved: %+v, %v", out, err)
	}

	no, _ := w.start("app")
	w.show(p)
	p.Click("#refuse")
	p.WaitText(".lead", "Refused")
	if out, err := w.app.Hub.Get(t.Context(), w.bank, no.Handle); err != nil || out.State == hub.Open || out.State == hub.Granted {
		t.Errorf("what was refused goes on: %+v, %v", out, err)
	}
	strangers, _ := w.start("app")
	w.show(p)
	p.Click("#not-me")
	p.WaitText(".lead", "Somebody")
	look(p, "not-me")
	p.Click("#report")
	p.WaitText(".lead", "has been told")
	look(p, "reported")
	if out, err := w.app.Hub.Get(t.Context(), w.bank, strangers.Handle); err != nil || out.State == hub.Open || out.State == hub.Granted {
		t.Errorf("what was reported goes on: %+v, %v", out, err)
	}
}

// other is another number of two digits.
func other(number string) string {
	if number == "10" {
		return "11"
	}
	return "10"
}

// show opens what waits.
func (w *phones) show(p *webtest.Tab) {
	w.Helper()
	_ = webtest.Eval[string](p, `location.hash = "inbox"`)
	p.Wait("[data-prompt]")
	p.Click("[data-prompt]")
	p.Wait("#content")
}

// TestAppApprovesOffline: the server is gone. The app opens, verifies the bank's picture, shows
// what is signed, and its digits are right once the server is back.
func TestAppApprovesOffline(t *testing.T) {
	w := newPhones(t)
	p := w.phone(t)
	w.enroll(p)
	o, asked := w.start("picture-sign", order(t, "77.70"))
	if asked.Picture == "" {
		t.Fatalf("no picture: %+v", asked)
	}
	file := drawn(t, asked.Picture)
	foreign := drawn(t, asked.Picture[:len(asked.Picture)-4]+"AAAA")
	webtest.Eval[bool](p, `navigator.serviceWorker.ready.then(() => fetch("app.js")).then(() => true)`)
	w.node.Stop(t)
	if w.up() {
		t.Fatal("the server is there")
	}
	p.Open(w.url)
	p.WaitText("#offline", "No connection")
	look(p, "offline")
	p.Click("#scan-picture")
	p.Wait("#choose-file")
	look(p, "scan")
	p.Upload("#picture-file", foreign)
	p.WaitText("#scan-wrong", "does not come from your bank")
	p.Upload("#picture-file", file)
	p.WaitText("#content", "77.70 EUR")
	p.WaitText("#content", "Möbelhaus Köln")
	look(p, "picture")
	p.Click("#approve")
	pin(p, "Your PIN approves", goodPIN)
	p.Wait("#answer")
	look(p, "picture-answer")
	digits := webtest.Eval[string](p, `document.querySelector("#answer .unseen").textContent.replace(/ /g, "")`)
	if len(digits) != 8 {
		t.Fatalf("the answer is %q", digits)
	}
	if out, err := w.end(o, "picture-sign", digits); err != nil || out.State != hub.Granted {
		t.Fatalf("the answer %s is not accepted: %+v, %v", digits, out, err)
	}
	// a secure code works without a network, too
	w.clock.move(31 * time.Second)
	p.Click("#done")
	p.Click("#show-code")
	p.WaitText("h1", "Secure code")
}

// TestAppIsBlockedByWrongPINs: nothing on the phone knows that a PIN is wrong; the server counts.
func TestAppIsBlockedByWrongPINs(t *testing.T) {
	w := newPhones(t)
	p := w.phone(t)
	w.enroll(p)
	for range 3 {
		_, asked := w.start("app")
		w.show(p)
		p.Click("#approve")
		p.Wait("#f-number")
		p.Keys(asked.Control + "<Enter>")
		pin(p, "Your PIN approves", "902518")
		p.WaitText(".notice[role=alert]", "wrong")
		if w.tokens()[0].Status == mobiletoken.Blocked {
			break
		}
		w.clock.move(11 * time.Second)
	}
	if it := w.tokens()[0]; it.Status != mobiletoken.Blocked || it.BlockedBy != mobiletoken.ByAttempts {
		t.Fatalf("after three wrong PINs the token is %s", it.Status)
	}
	p.Open(w.url)
	p.Click("[data-tab=inbox]")
	p.WaitText(".hero", "This device is not in use")
	look(p, "blocked")
}
