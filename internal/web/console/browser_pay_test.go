//go:build browser

package console_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// TestBrowserPayments: the help desk suspends a token and gives it back; the analyst reads why a payment was refused; officers
// propose a profile; the report counts.
func TestBrowserPayments(t *testing.T) {
	w := newWorld(t)
	c := w.customer("10027-4418", "Ada Palmer")
	desk, analyst, officer := w.join("maja", staff.HelpDesk), w.join("rolf", staff.FraudAnalyst), w.join("olga", staff.SecurityOfficer)
	x := w.purse(c.ID)
	for n := range 7 {
		w.clock.Advance(3 * time.Hour)
		x.pay(int64(1250+310*n), n != 4)
	}
	at := w.serve()
	browser := webtest.Start(t)
	p := browser.Tab(t)
	desk.enter(p, at)
	p.Open(at + customerAt(c))
	p.WaitText("main", "Cards and payment tokens")
	looks(t, p, "pay-customer")
	p.Follow("a[href$='/cards']")
	looks(t, p, "pay-cards")
	p.Follow("a[href$='/payment-tokens/" + x.token.ID.String() + "']")
	p.Follow("a[href$='/suspend-payment-token']")
	p.Fill("#f-reason", "case 4711")
	looks(t, p, "pay-suspend")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "suspended")
	looks(t, p, "pay-token")
	p.Follow("a[href$='/resume-payment-token']")
	p.Follow("main button[type=submit]")
	tick(p, "rrr")
	p.Follow("main button[type=submit]")
	p.WaitText("h1", "Take a reason away")
	looks(t, p, "pay-resume")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "taken away")
	if h, err := w.cfg.Vault.Holding(t.Context(), c.ID, x.token.ID); err != nil || h.Status != vault.Active {
		t.Errorf("%s, %v", h.Status, err)
	}
	p.Open(at + customerAt(c) + "/cards")
	p.Follow("a[href$='/block-card']")
	p.Fill("#f-reason", "Stolen in a train.")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "is blocked")
	looks(t, p, "pay-blocked")
	p.Follow("a[href$='/cards/new']")
	p.Fill("#f-number", "5555 5555 5555 4440")
	p.Fill("#f-expires", "13/29")
	p.Follow("main button[type=submit]")
	p.Wait("#f-expires-error")
	looks(t, p, "pay-enroll-wrong")
	p.Fill("#f-number", "5555 5555 5555 4444")
	p.Fill("#f-expires", "11/29")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "4444 is enrolled")
	looks(t, p, "pay-cards-two")
	p.Follow("a[href$='/renew-card']")
	looks(t, p, "pay-renew")
	p.Open(at + customerAt(c) + "/devices/" + x.watch.String())
	p.WaitText("main", "They need this device")
	looks(t, p, "pay-device")
	p.Open(at + customerAt(w.customer("10027-4419", "Kim Okafor")))
	p.WaitText("main", "No cards")
	looks(t, p, "pay-no-cards")

	x.pay(100, true)
	q := browser.Tab(t)
	analyst.enter(q, at)
	q.Open(at + customerAt(c) + "/authorizations")
	q.WaitText("main", "wrong cryptogram")
	looks(t, q, "pay-authorizations")
	q.Follow("tbody tr:nth-child(4) a")
	q.WaitText("main", "Question by question")
	looks(t, q, "pay-authorization")
	q.Open(at + "/portfolios/report")
	q.WaitText("main", "wrong cryptogram")
	looks(t, q, "pay-report")

	q.Open(at + "/portfolios/strangers")
	q.WaitText("main", "No payments")
	x.stranger(4200)
	q.Open(at + "/portfolios/strangers")
	q.WaitText("main", "no such token")
	looks(t, q, "pay-strangers")

	o := browser.Tab(t)
	officer.enter(o, at)
	o.Open(at + "/portfolios")
	looks(t, o, "pay-portfolios")
	o.Follow("a[href^='/portfolios/'][href$='" + x.card.Portfolio.String() + "']")
	looks(t, o, "pay-portfolio")
	o.Follow("a[href$='/edit']")
	o.Fill("#f-key_uses", "5")
	o.Fill("#f-reason", "Fewer payments before we hear of a device again.")
	looks(t, o, "pay-profile")
	o.Follow("main button[type=submit]")
	o.WaitText("main", "has another profile")
	looks(t, o, "pay-proposal")
	o.Open(at + "/portfolios/new")
	looks(t, o, "pay-portfolio-new")
}
