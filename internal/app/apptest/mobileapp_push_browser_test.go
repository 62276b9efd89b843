//go:build browser

package apptest_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// TestAppSubscribes: what a browser's push service answers comes to the server; one that refuses is
// said to be out of reach, and the inbox is looked into all the same. (The profiles of tests have no
// push service: its answers are put into the page.)
func TestAppSubscribes(t *testing.T) {
	w := newPhones(t, "COUNTERSIGN_PUSH_CONTACT=mailto:it@bank.example")
	p := w.phone(t)
	p.Notify(w.url)
	w.enroll(p)
	p.Click("[data-tab=settings]")
	p.Click("#notify")
	p.WaitText(".lead", "Off")
	look(p, "notifications")
	webtest.Eval[bool](p, `(PushManager.prototype.subscribe = () => Promise.reject(new DOMException("no service", "AbortError")), true)`)
	p.Click("#turn-on")
	p.WaitText(".lead", "do not reach this device")
	look(p, "notifications-unreachable")
	_, _ = w.start("app")
	p.Click(".back")
	p.Click("[data-tab=inbox]")
	p.Wait("[data-prompt]")

	// the server's key is what the subscription is made under
	webtest.Eval[bool](p, `(PushManager.prototype.subscribe = async (o) => {
		const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
		const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
		const keys = { p256dh: text(await crypto.subtle.exportKey("raw", pair.publicKey)), auth: text(crypto.getRandomValues(new Uint8Array(16))) };
		if (o.applicationServerKey.length !== 65 || !o.userVisibleOnly) throw new TypeError("no key");
		return { options: o, toJSON: () => ({ endpoint: "https://fcm.googleapis.com/fcm/send/abc", keys }) };
	}, true)`)
	p.Click("[data-tab=settings]")
	p.Click("#notify")
	p.Click("#turn-on")
	p.WaitText(".lead", "On")
	look(p, "notifications-on")
	if n := w.bindings(); n != 1 {
		t.Fatalf("the server has %d addresses", n)
	}
	p.Click("#turn-off")
	p.WaitText(".lead", "Off")
	if n := w.bindings(); n != 0 {
		t.Fatalf("the server has %d addresses afterwards", n)
	}
}

// bindings is to how many addresses pushes for the customer go.
func (w *phones) bindings() (n int) {
	w.Helper()
	health, err := w.app.Pushes.Health(w.Context(), w.customer)
	if err != nil {
		w.Fatal(err)
	}
	return len(health)
}
