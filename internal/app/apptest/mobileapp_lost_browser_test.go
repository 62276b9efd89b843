//go:build browser

package apptest_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// lose has the page's requests to a path fail, as a network does that is gone: with their answers
// when they were sent first.
func lose(p *webtest.Tab, path string, answersOnly bool) {
	send := ""
	if answersOnly {
		send = "await real(u, i);"
	}
	webtest.Eval[bool](p, `(() => { const real = window.fetch; window.fetch = async (u, i) => { if (String(u).includes("`+path+`")) { `+send+` throw new TypeError("lost"); } return real(u, i); }; return true; })()`)
}

// TestAppGoesOnWhereItStopped: the first code does not come through, or its answer is lost; the
// phone is closed. The key is there under the PIN, and a wrong PIN is only the server's to find.
func TestAppGoesOnWhereItStopped(t *testing.T) {
	for name, answersOnly := range map[string]bool{"request lost": false, "answer lost": true} {
		t.Run(name, func(t *testing.T) {
			w := newPhones(t)
			p := w.phone(t)
			p.Open("about:blank")
			p.Open(w.code().Link)
			p.WaitText(".pin-label", "Choose a PIN")
			lose(p, "/confirmations", answersOnly)
			w.choosePIN(p, goodPIN)
			p.WaitText(".lead", "almost done")
			look(p, "unfinished")
			p.Open(w.url)
			p.WaitText(".lead", "almost done")
			if !answersOnly {
				p.Click("#finish")
				pin(p, "PIN that you chose", "111222")
				p.WaitText(".more", "wrong entries are counted")
			}
			p.Click("#finish")
			pin(p, "PIN that you chose", goodPIN)
			p.WaitText("h1", "Ready")
			if all := w.tokens(); len(all) != 1 || all[0].Status != mobiletoken.Active {
				t.Fatalf("%+v", all)
			}
		})
	}
}

// TestAppResumesProvisioning: the server's last answer is lost again and again; as long as the app is
// open the same message is sent, and the key comes.
func TestAppResumesProvisioning(t *testing.T) {
	w := newPhones(t)
	p := w.phone(t)
	p.Open("about:blank")
	p.Open(w.code().Link)
	p.WaitText(".pin-label", "Choose a PIN")
	webtest.Eval[bool](p, `(() => { const real = window.fetch; let n = 0; window.fetch = async (u, i) => { const a = await real(u, i); if (String(u).includes("/dskpp/") && n++ % 2 === 0) throw new TypeError("lost"); return a; }; return true; })()`)
	w.choosePIN(p, goodPIN)
	p.WaitText("h1", "Ready")
}

// TestAppTakesHalves: one half of the code by the link, the other by a message.
func TestAppTakesHalves(t *testing.T) {
	w := newPhones(t)
	w.activate(strings.Replace(phoneRules, "activation: {", "activation: {split: true, ways: [shown, sent], ", 1))
	p := w.phone(t)
	p.Open("about:blank")
	_, out, err := w.app.Mobile.Enroll(t.Context(), w.bank, mobiletoken.Enrollment{Customer: w.customer, Application: "retail"})
	if err != nil || !out.Split {
		t.Fatal(out.Split, err)
	}
	p.Open(out.Handout(w.base()).Link)
	p.Wait("#f-half")
	look(p, "second-half")
	p.Keys("12<Enter>")
	p.WaitText("#f-half-wrong", "whole activation code")
	_ = webtest.Eval[string](p, `document.querySelector("#f-half").value = ""`)
	p.Keys(w.half() + "<Enter>")
	w.choosePIN(p, goodPIN)
	p.WaitText("h1", "Ready")
}

// half takes what was sent to the customer, as the bank's sender of messages does.
func (w *phones) half() (digits string) {
	w.Helper()
	_, err := w.app.Outbox.Deliver(w.Context(), map[string]outbox.Handler{mobiletoken.MessageCode: outbox.HandlerFunc(func(_ context.Context, m outbox.Message) error {
		var part mobiletoken.Part
		err := json.Unmarshal(m.Payload, &part)
		digits = part.Password
		return err
	})})
	if err != nil || digits == "" {
		w.Fatalf("no half was sent: %v", err)
	}
	return digits
}
