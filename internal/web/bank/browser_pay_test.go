//go:build browser

package bank_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// enter logs Ada in, in a browser.
func (w *world) enter(p *webtest.Tab) *fakeToken {
	k := w.api.stock["CS4407903641"]
	k.press()
	w.api.customers[adaNumber].token = k
	p.Open(w.server.URL + "/login")
	p.Fill("#f-customer_number", ada)
	p.Fill("#f-code", nextCode(w, k))
	p.Submit()
	p.Wait(".figure")
	return k
}

// shownEntries is what a page says to type.
func shownEntries(p *webtest.Tab) []string {
	return strings.Fields(webtest.Eval[string](p, `[...document.querySelectorAll(".entry-value")].map((e) => e.dataset.text).join(" ")`))
}

// F-4.3.1 to F-4.3.7 as a customer clicks through them, in all shapes of the pages.
func TestBrowserF43Payment(t *testing.T) {
	w := newWorld(t)
	p := webtest.Start(t).Tab(t)
	k := w.enter(p)
	p.Follow(".lead-act a")
	looks(t, p, "pay")
	p.Fill("#f-payee", "Kari Nordmann")
	p.Fill("#f-account", "NO93860I1117947")
	p.Fill("#f-amount", "1.234")
	p.Submit()
	looks(t, p, "pay-wrong")
	p.Fill("#f-account", kari)
	p.Fill("#f-amount", "90,00")
	p.Fill("#f-reference", "Rent for November")
	p.Submit()
	looks(t, p, "pay-review")
	p.Follow(".actions .primary")
	looks(t, p, "pay-sign")
	p.Fill("#f-code", "00000000")
	p.Submit()
	looks(t, p, "pay-sign-refused")
	p.Fill("#f-code", w.typed(k, shownEntries(p)...))
	sent := webtest.Eval[bool](p, `(() => { const f = document.querySelector("form[action$='/sign']"); f.requestSubmit(); let again = true; window.addEventListener("submit", (e) => { again = !e.defaultPrevented; }); f.requestSubmit(); return again; })()`)
	if sent {
		t.Error("the form was sent twice")
	}
	p.WaitText("h1", "Paid")
	p.Click("details.card summary")
	looks(t, p, "pay-receipt")
	p.Follow("a[href='/accounts/current']")
	looks(t, p, "pay-account")
}

// A batch, and a payment that no token takes in.
func TestBrowserF43Batch(t *testing.T) {
	w := newWorld(t)
	p := webtest.Start(t).Tab(t)
	k := w.enter(p)
	order := func(payee, account, amount, next string) {
		p.Fill("#f-payee", payee)
		p.Fill("#f-account", account)
		p.Fill("#f-amount", amount)
		p.Follow("button[name='next'][value='" + next + "']")
	}
	p.Open(w.server.URL + "/pay")
	order("Kari Nordmann", kari, "90", "more")
	order("Stadtwerke Erlenau", german, "128.40", "more")
	looks(t, p, "batch-more")
	order("Malta Yacht Club", "MT84 MALT 0110 0001 2345 MTLC AST0 01S", "12", "review")
	looks(t, p, "batch-review")
	p.Follow(".actions .primary")
	looks(t, p, "batch-sign")
	p.Fill("#f-code", w.typed(k, shownEntries(p)...))
	p.Submit()
	p.WaitText("h1", "Paid")
	looks(t, p, "batch-receipt")
	p.Open(w.server.URL + "/pay")
	order("Malta Yacht Club", "MT84 MALT 0110 0001 2345 MTLC AST0 01S", "12", "review")
	p.Follow(".actions .primary")
	looks(t, p, "pay-not-typeable")
}

// A payment with the keyboard alone, without JavaScript, and in German.
func TestBrowserF43OtherWays(t *testing.T) {
	w := newWorld(t)
	p := webtest.Start(t).Tab(t)
	k := w.enter(p)
	p.Follow(".prefs button[value='de']")
	p.TabTo("a[href='/pay']")
	p.Submit()
	p.TabTo("#f-payee")
	p.Keys("Kari Nordmann")
	p.TabTo("#f-account")
	p.Keys(kari)
	p.TabTo("#f-amount")
	p.Keys("90,00")
	p.Submit()
	p.TabTo(".actions .primary")
	p.Submit()
	looks(t, p, "pay-sign-de")
	p.TabTo("#f-code")
	p.Keys(w.typed(k, shownEntries(p)...))
	p.Submit()
	p.WaitText("h1", "Bezahlt")
	looks(t, p, "pay-receipt-de")

	q := webtest.Start(t).Tab(t)
	q.NoScript()
	k = w.enter(q)
	q.Open(w.server.URL + "/pay")
	q.Fill("#f-payee", "Kari Nordmann")
	q.Fill("#f-account", kari)
	q.Fill("#f-amount", "91")
	q.Submit()
	q.Follow(".actions .primary")
	q.Fill("#f-code", w.typed(k, kariSign, "9100", "978"))
	q.Submit()
	if got := q.Text("h1"); got != "Paid" {
		t.Errorf("without JavaScript it ends at %q", got)
	}
	if w.api.paying.granted != 2 {
		t.Errorf("%d payments granted, status %d", w.api.paying.granted, http.StatusOK)
	}
}
