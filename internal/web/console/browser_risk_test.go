//go:build browser

package console_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// A fraud analyst's morning: the queue, an event, what it was; then the customer's
// timeline, lists and figures; and what the help desk sees of it.
func TestBrowserFraudDesk(t *testing.T) {
	w, c, _, _ := robbed(t)
	kim := w.customer("10031-0092", "Kim Okafor")
	w.habits(kim, 8)
	w.clock.Advance(time.Hour)
	w.judged(w.cfg.Risk.Action(t.Context(), bankApp, "phone.change", w.call(kim, "198.51.100.7", phoneUA, "phone")))
	if _, err := w.cfg.Risk.Put(t.Context(), cli, "watch", "network", "203.0.113.0/24", "Two takeovers in one week", time.Time{}); err != nil {
		t.Fatal(err)
	}
	f, h := w.join("frida", staff.FraudAnalyst), w.join("maja", staff.HelpDesk)
	at := w.serve()
	b := webtest.Start(t)
	p := b.Tab(t)
	f.enter(p, at)
	looks(t, p, "home-risk")
	p.Open(at + "/risk?order=highest")
	looks(t, p, "risk-queue")
	p.Follow("tbody a")
	looks(t, p, "risk-event")
	p.Follow("form[action$='/claim'] button")
	p.Click("input[value=fraud]")
	p.Type("#f-note", "The customer knows nothing of it.")
	looks(t, p, "risk-decide")
	p.Follow("form[action$='/decide'] button")
	p.WaitText(".flashes", "Marked as fraud")
	p.Open(at + customerPath(c) + "/risk")
	looks(t, p, "risk-customer")
	p.Open(at + "/risk/lists/new")
	p.Fill("#f-subject", "GB33 BUKB 2020 1555 5555 55")
	p.Fill("#f-note", "A mule account")
	looks(t, p, "risk-list-new")
	p.Type("#f-kind", "Payee")
	p.Follow("main button[type=submit]")
	looks(t, p, "risk-lists")
	p.Open(at + "/risk/figures")
	looks(t, p, "risk-figures")

	q := b.Tab(t)
	h.enter(q, at)
	q.Open(at + customerPath(c) + "/risk")
	looks(t, q, "risk-plain")
	if strings.Contains(q.Text("main"), "Sydney") {
		t.Error("the help desk sees places")
	}
}

// Rules are written, tried and proposed.
func TestBrowserRules(t *testing.T) {
	w, c, _, pay := robbed(t)
	if _, err := w.cfg.Risk.Feedback(t.Context(), cli, c.ID, pay.ID, risk.Fraud, "test"); err != nil {
		t.Fatal(err)
	}
	f := w.join("frida", staff.FraudAnalyst)
	v := w.join("vera", staff.SecurityOfficer)
	at := w.serve()
	b := webtest.Start(t)
	p := b.Tab(t)
	f.enter(p, at)
	p.Open(at + "/risk/rules")
	looks(t, p, "risk-rules")
	p.Open(at + "/risk/rules/new")
	p.Fill("#f-document", wrongRules)
	p.Follow("#edit button.primary")
	looks(t, p, "risk-rules-wrong")
	p.Fill("#f-document", betterRules)
	p.Follow("#edit button.primary")
	looks(t, p, "risk-rules-checked")
	p.Follow("form[action='/risk/rules/store'] button")
	looks(t, p, "risk-version")
	p.Open(at + "/risk/backtest?version=1")
	looks(t, p, "risk-backtest-new")
	p.Follow("form[action='/risk/backtest'] button.primary")
	p.Wait("#result")
	looks(t, p, "risk-trial")
	p.Open(at + "/risk/backtest")
	looks(t, p, "risk-backtest")
	p.Open(at + riskPath(c, pay) + "/try?version=1")
	looks(t, p, "risk-dry")
	p.Open(at + "/risk/rules/1")
	p.Type("#f-reason", "Tried on three months: fewer step-ups.")
	p.Follow("form[action$='/propose'] button.primary")
	looks(t, p, "risk-proposed")
	url := p.URL()
	q := b.Tab(t)
	v.enter(q, at)
	q.Open(url)
	looks(t, q, "risk-proposal")
}

// A security officer hands out what is kept of a customer, closes the customer and erases
// them; an analyst filters the queue; a test on the past is canceled.
func TestBrowserPrivacyAndFilters(t *testing.T) {
	w, c, _, _ := robbed(t)
	w.cfg.Customers.Forget = append(w.cfg.Customers.Forget, w.cfg.Risk.Erase)
	call := w.call(c, "203.0.113.9", firefox, "laptop")
	call.NoConsent = true
	refused := w.judged(w.cfg.Risk.Session(t.Context(), bankApp, call))
	v, f := w.join("vera", staff.SecurityOfficer), w.join("frida", staff.FraudAnalyst)
	w.gate = make(chan struct{}) // background work waits
	at := w.serve()
	b := webtest.Start(t)
	q := b.Tab(t)
	f.enter(q, at)
	q.Open(at + "/risk?code=device.new&channel=web&claimed=free")
	looks(t, q, "risk-queue-filtered")
	q.Open(at + riskPath(c, refused))
	looks(t, q, "risk-event-no-consent")
	q.Open(at + "/risk/backtest")
	q.Follow("form[action='/risk/backtest'] button.primary")
	q.Wait("#busy")
	looks(t, q, "risk-trial-running")
	q.Follow("form[action$='/cancel'] button")
	q.WaitText("#result", "result")
	looks(t, q, "risk-trial-canceled")
	q.Language("de")
	q.Open(at + "/risk/backtest")
	looks(t, q, "risk-backtest-de")
	q.Open(at + "/risk?code=device.new&channel=web&claimed=free")
	looks(t, q, "risk-queue-de")
	close(w.gate)

	p := b.Tab(t)
	v.enter(p, at)
	p.Open(at + customerPath(c) + "/data")
	looks(t, p, "customer-data")
	p.Language("de")
	p.Open(at + customerPath(c) + "/data")
	looks(t, p, "customer-data-de")
	p.Language("en")
	p.Open(at + customerPath(c) + "/data")
	p.Follow("a[href$='/close']")
	p.Type("#f-reason", "Left the bank.")
	p.Click("#f-sure")
	looks(t, p, "customer-close")
	p.Follow("main button[type=submit]")
	p.Follow("a[href$='/erase']")
	p.Click("#f-sure")
	looks(t, p, "customer-erase")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "erased")
	looks(t, p, "customer-erased")
}
