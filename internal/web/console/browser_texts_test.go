//go:build browser

package console_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/console"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// F-6.8 and F-6.5 as the help desk does them: the customer asked for too many codes, so
// the phone is unregistered and registered anew; then the password is forgotten.
func TestBrowserTexting(t *testing.T) {
	w := texting(t)
	c := w.knower("10027-4418", "Ada Palmer")
	for range 4 {
		w.asks(c, knownSecret)
	}
	m := w.join("maja", staff.HelpDesk)
	at := w.serve()
	p := webtest.Start(t).Tab(t)
	m.enter(p, at)
	p.Open(at + customerPath(c))
	looks(t, p, "texts-customer-limit")
	p.Follow("a[href$='/phone/unregister']")
	tick(p, "rrr")
	p.Follow("main button[type=submit]")
	looks(t, p, "texts-unregister")
	p.Fill("#f-reason", "Asked for too many codes; the phone had no network.")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "unregistered")
	p.Follow("a[href$='/phone/register']")
	p.Fill("#f-reason", "Registered anew.")
	looks(t, p, "texts-register")
	p.Follow("main button[type=submit]")
	if got := p.Text("section[aria-labelledby=texts]"); !strings.Contains(got, "0 of 3") {
		t.Errorf("registered anew: %s", got)
	}
	p.Follow("a[href$='/password/forgotten']")
	looks(t, p, "password-forgotten")
	p.Follow("main button[type=submit]")
	p.Wait("#activation-code")
	looks(t, p, "password-code")
	p.Follow(".actions a.primary")
	looks(t, p, "texts-customer")
	p.Follow("section[aria-labelledby=texts] ul a")
	looks(t, p, "text-of-customer")
}

// Phones on hold, and a password that somebody may have seen: help desk and fraud
// analyst.
func TestBrowserPhoneChange(t *testing.T) {
	w := texting(t)
	c := w.knower("10027-4418", "Ada Palmer")
	w.moves(c, true, false)
	f := w.join("frida", staff.FraudAnalyst)
	at := w.serve()
	p := webtest.Start(t).Tab(t)
	f.enter(p, at)
	looks(t, p, "home-analyst-held")
	p.Open(at + "/phones")
	looks(t, p, "phones")
	p.Follow("tbody a.mono")
	looks(t, p, "customer-held")
	p.Follow("a[href$='/password/demand']")
	looks(t, p, "password-demand")
	p.Open(at + "/phones")
	p.Follow("a[href$='/refuse']")
	looks(t, p, "phone-refuse")
	p.Fill("#f-reason", "The customer knows nothing of it.")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "refused")
}

// Operators: messages, gateways, prefixes, and what could not be delivered.
func TestBrowserOperators(t *testing.T) {
	w := texting(t)
	c := w.knower("10027-4418", "Ada Palmer")
	first := w.dead(c)
	w.asks(c, knownSecret)
	list, err := w.cfg.Texts.List(t.Context(), sms.Filter{State: sms.Sent}, 1)
	if err != nil || len(list) != 1 {
		t.Fatal(err)
	}
	if err := w.cfg.Texts.Receive(t.Context(), sms.Receipt{Gateway: "first", Reference: "ref-" + list[0].ID.String()[20:], State: sms.Failed, Code: "err:011"}); err != nil {
		t.Fatal(err)
	}
	w.pumped(c)
	w.cfg.Gateways = func() []console.Gateway {
		figures := []console.GatewayFigure{{Name: "taken", N: 1204}, {Name: "refused", N: 9}, {Name: "throttled", N: 3}, {Name: "timeouts", N: 1}, {Name: "receipts", N: 1187}, {Name: "lost", N: 0}}
		return []console.Gateway{
			{Name: "first", Kind: "SMPP", Sessions: 2, Figures: figures},
			{Name: "second", Kind: "SMPP", Trouble: "dial tcp 192.0.2.7:2775: connect: connection refused", Figures: figures[:1]},
		}
	}
	if w.http, err = console.New(w.cfg); err != nil {
		t.Fatal(err)
	}
	m, f := w.join("ines", staff.Administrator), w.join("frida", staff.FraudAnalyst)
	at := w.serve()
	b := webtest.Start(t)
	p := b.Tab(t)
	m.enter(p, at)
	looks(t, p, "home-operator")
	p.Follow(".nav a[href='/texts']")
	looks(t, p, "texts")
	p.Follow("tbody a")
	p.Open(at + "/texts/" + list[0].ID.String())
	looks(t, p, "text-failed")
	p.Open(at + "/texts/gateways")
	looks(t, p, "gateways")
	p.Follow(".nav a[href='/undelivered']")
	looks(t, p, "undelivered")
	p.Follow("a[href$='/discard']")
	looks(t, p, "discard")
	p.Fill("#f-reason", "Too late for this login.")
	p.Click("#f-sure")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "given up")
	p.Open(at + "/texts/" + first.ID.String())
	if got := p.Text(".head"); !strings.Contains(got, "Failed") {
		t.Errorf("the message: %s", got)
	}
	w.clock.Advance(time.Minute)
	q := b.Tab(t)
	f.enter(q, at)
	q.Open(at + "/texts/prefixes")
	looks(t, q, "prefixes")
	q.Follow("a[href$='/lift']")
	looks(t, q, "lift")
	q.Fill("#f-reason", "A campaign of ours.")
	q.Follow("main button[type=submit]")
	q.WaitText(".flashes", "sent to +47912 again")
}
