//go:build browser

package self_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// looks keeps pictures of the page in all its shapes, under the name of the face.
func looks(t *testing.T, p *webtest.Tab, name string) {
	t.Helper()
	p.Looks("self-" + name)
}

// household is a customer with tokens of all kinds, served on loopback.
func household(t *testing.T) (w *world, at string) {
	t.Helper()
	w = newWorld(t)
	c := w.customer("10002002", "CS-4407-220417", "Q-4407-417720")
	now := w.clock.Now().Truncate(time.Second)
	w.give(c, "CS-4407-615104", now.Add(40*24*time.Hour))
	w.give(c, "CS-4407-610038", now.Add(900*24*time.Hour))
	for serial, name := range map[string]string{"CS-4407-220417": "On my key ring", "Q-4407-417720": "In the office"} {
		if _, err := w.cfg.Care.Rename(t.Context(), cli(), token.Order{Device: w.device(serial).ID}, name); err != nil {
			t.Fatal(err)
		}
	}
	o := token.Order{Device: w.device("CS-4407-610038").ID, Reason: "called"}
	if _, err := w.cfg.Care.Suspend(t.Context(), audit.Staff(ident.Derive("noor"), "noor"), o); err != nil {
		t.Fatal(err)
	}
	bank := audit.Client(ident.Derive("bank"), "bank")
	for i, code := range []string{code(t, "CS-4407-220417", 0), wrong(t, "CS-4407-220417"), code(t, "CS-4407-220417", 1)} {
		w.clock.Advance(time.Duration(i+1) * time.Hour)
		if _, err := w.cfg.Hub.Start(t.Context(), bank, hub.Start{CustomerNumber: "10002002", Purpose: "login", Channel: "web", Proof: &hub.Proof{Code: code}}); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(w.http)
	t.Cleanup(server.Close)
	return w, server.URL
}

func enter(p *webtest.Tab, at, code string) {
	p.Open(at + "/login")
	p.Fill("#f-customer_number", "1000-2002")
	p.Fill("#f-code", code)
	p.Submit()
}

// TestBrowserSelfService clicks through what a customer does with their own tokens
// (F-4.5 as the customer; SCA-67).
func TestBrowserSelfService(t *testing.T) {
	w, at := household(t)
	p := webtest.Start(t).Tab(t)
	p.Open(at + "/")
	looks(t, p, "login")
	enter(p, at, "000000")
	looks(t, p, "login-refused")
	enter(p, at, code(t, "CS-4407-615104", 0))
	p.WaitText("h1", "My tokens")
	looks(t, p, "tokens")
	p.Follow("a[href='" + w.at("CS-4407-220417") + "']")
	looks(t, p, "token")
	p.Fill("#f-name", "On the blue key ring")
	p.Submit()
	p.WaitText("h1", "On the blue key ring")
	p.Shot("self-token-named")
	p.Open(at + w.at("CS-4407-610038"))
	looks(t, p, "token-stopped")

	p.Open(at + w.at("CS-4407-220417"))
	p.Follow("a[href$='/resync']")
	looks(t, p, "resync-proof")
	p.Fill("#f-code", code(t, "CS-4407-615104", 1))
	p.Submit()
	p.Wait("#f-code_1")
	looks(t, p, "resync-codes")
	p.Fill("#f-code_1", code(t, "CS-4407-220417", 300))
	p.Fill("#f-code_2", code(t, "CS-4407-220417", 302))
	p.Submit()
	looks(t, p, "resync-refused")
	p.Fill("#f-code_1", code(t, "CS-4407-220417", 310))
	p.Fill("#f-code_2", code(t, "CS-4407-220417", 311))
	p.Submit()
	p.WaitText(".flashes", "back in step")
	p.Shot("self-resync-done")

	p.Follow("a[href$='/lost']")
	looks(t, p, "lost")
	p.Fill("#f-code", code(t, "CS-4407-220417", 312))
	p.Submit()
	looks(t, p, "lost-refused")
	p.Follow("button[formaction$='/lost/number']")
	looks(t, p, "lost-number")
	q := strings.ReplaceAll(p.Text(".question-value"), " ", "")
	p.Fill("#f-code", respond(t, "Q-4407-417720", q, 0))
	p.Submit()
	p.WaitText(".flashes", "reported lost")
	looks(t, p, "lost-done")
	p.Open(at + "/activity")
	looks(t, p, "activity")
	if d := w.device("CS-4407-220417"); d.Status != device.Lost {
		t.Errorf("the token is %s", d.Status)
	}
}

// TestBrowserStop: the last token is stopped with the keyboard alone.
func TestBrowserStop(t *testing.T) {
	w, at := household(t)
	for _, serial := range []string{"CS-4407-220417", "Q-4407-417720"} {
		if _, err := w.cfg.Care.Retire(t.Context(), cli(), token.Order{Device: w.device(serial).ID, Reason: "broken"}); err != nil {
			t.Fatal(err)
		}
	}
	p := webtest.Start(t).Tab(t)
	p.Open(at + "/login")
	p.TabTo("#f-customer_number")
	p.Keys("10002002")
	p.TabTo("#f-code")
	p.Keys(code(t, "CS-4407-615104", 0))
	p.Submit()
	p.TabTo("a[href='" + w.at("CS-4407-615104") + "']")
	p.Submit()
	p.TabTo("a[href$='/lost']")
	p.Submit()
	looks(t, p, "stop")
	p.TabTo("form[action$='/stop'] button")
	p.Submit()
	p.WaitText(".flashes", "The token is stopped.")
	looks(t, p, "stop-done")
	if d := w.device("CS-4407-615104"); d.Status != device.Suspended {
		t.Errorf("the token is %s", d.Status)
	}
}

// TestBrowserNoScript: all of it works without JavaScript, in German.
func TestBrowserNoScript(t *testing.T) {
	w, at := household(t)
	p := webtest.Start(t).Tab(t)
	p.NoScript()
	p.Open(at + "/login")
	p.Follow(".prefs button[value='de']")
	p.Shot("self-login-de")
	p.Fill("#f-customer_number", "10002002")
	p.Follow("button[formaction='/login/number']")
	p.Shot("self-answer-de")
	p.Fill("#f-code", respond(t, "Q-4407-417720", strings.ReplaceAll(p.Text(".question-value"), " ", ""), 0))
	p.Submit()
	p.WaitText("h1", "Meine Token")
	p.Shot("self-tokens-de")
	p.Phone()
	p.Shot("self-tokens-de-phone")
	p.Desktop()
	p.Open(at + w.at("CS-4407-220417") + "/lost")
	p.Shot("self-lost-de")
	p.Fill("#f-code", code(t, "CS-4407-615104", 0))
	p.Submit()
	p.WaitText(".flashes", "als verloren gemeldet")
	p.Open(at + "/activity")
	p.Shot("self-activity-de")
	p.Follow(".user button")
	p.WaitText(".flashes", "Sie sind abgemeldet.")
	w.clock.Advance(time.Hour)
	p.Open(at + "/timeout")
	p.Shot("self-timeout-de")
}

// TestBrowserResyncOfSignatures: the choice between codes for logging in and for
// payments, and what is to be typed for the latter.
func TestBrowserResyncOfSignatures(t *testing.T) {
	w := newWorld(t)
	w.customer("1", "P1", "T2")
	server := httptest.NewServer(w.http)
	t.Cleanup(server.Close)
	at := server.URL
	p := webtest.Start(t).Tab(t)
	p.Open(at + "/login")
	p.Fill("#f-customer_number", "1")
	p.Fill("#f-code", code(t, "T2", 0))
	p.Submit()
	p.Open(at + w.at("P1") + "/resync")
	p.Follow(".ways a[href*='transaction-signature']")
	looks(t, p, "resync-sign-proof")
	p.Fill("#f-code", code(t, "T2", 1))
	p.Submit()
	p.WaitText("main", "press Sign on this token")
	looks(t, p, "resync-sign-codes")
}
