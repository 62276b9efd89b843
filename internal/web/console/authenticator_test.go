package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/staff"
)

// holder is a customer with a registered token, and a help desk.
func holder(t testing.TB) (*world, customer.Customer, *person) {
	t.Helper()
	w := newWorld(t)
	c := w.customer("10027", "Ada Palmer")
	w.tokens("CS-1", "CS-2", "CS-3")
	w.register(c, "CS-1")
	return w, c, w.join("maja", staff.HelpDesk).login()
}

// TestResetPage: a blocked policy is opened for all devices of the customer (F-4.6).
func TestResetPage(t *testing.T) {
	t.Parallel()
	w, c, p := holder(t)
	at := customerPath(c) + "/authenticators/secure-code/reset"
	if p.open(customerPath(c)).Has("a[href=" + at + "]") {
		t.Error("a reset of nothing is offered")
	}
	w.blocked(c)
	if !p.open(customerPath(c)).Has("a[href=" + at + "]") {
		t.Fatal("a reset is not offered")
	}
	p.identifies(c, at)
	page := p.open(at)
	if got := page.One(t, "main").Text(); !strings.Contains(got, "all devices of the customer") || !strings.Contains(got, "5 of 5") || !strings.Contains(got, "Blocked for a while") {
		t.Errorf("the page does not say what it does: %s", got)
	}
	if a := p.post(at, url.Values{"reason": {" "}}); a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-reason-error") {
		t.Errorf("without a reason: %d", a.code)
	}
	if a := p.post(at, url.Values{"reason": {"Typed an old code five times."}}); a.to != customerPath(c) {
		t.Fatalf("reset: %d", a.code)
	}
	if got := w.attempt(c, hotp(t, "CS-1", 1)); got.State != hub.Granted {
		t.Errorf("after the reset: %+v", got)
	}
	records := w.found(c, "authenticator.reset")
	if len(records) != 1 || records[0].Actor != p.actor() || !strings.Contains(string(records[0].Details), `"identification"`) {
		t.Errorf("the records: %+v", records)
	}
	if got := p.open(customerPath(c)).One(t, "main").Text(); !strings.Contains(got, "0 of 5") || !strings.Contains(got, "Failure counter reset") {
		t.Errorf("the customer's page: %s", got)
	}
}

// TestTwoAgentsResetAtOnce: the second is told that somebody was faster, and who.
func TestTwoAgentsResetAtOnce(t *testing.T) {
	t.Parallel()
	w, c, maja := holder(t)
	nils := w.join("nils", staff.HelpDesk).login()
	w.blocked(c)
	at := customerPath(c) + "/authenticators/secure-code/reset"
	for _, p := range []*person{maja, nils} {
		p.identifies(c, at)
		p.open(at)
	}
	if a := nils.post(at, url.Values{"reason": {"asked"}}); a.to != customerPath(c) {
		t.Fatalf("the first: %d", a.code)
	}
	a := maja.post(at, url.Values{"reason": {"asked"}})
	if got := a.page.One(t, "main").Text(); a.code != http.StatusConflict || !strings.Contains(got, "Somebody else was faster") || !strings.Contains(got, "Nils") || !strings.Contains(got, "Nothing was changed") {
		t.Errorf("the second: %d %s", a.code, got)
	}
	if n := len(w.found(c, "authenticator.reset")); n != 1 {
		t.Errorf("%d resets are recorded", n)
	}
	nilsAgain := nils.post(at, url.Values{"reason": {"asked"}})
	if got := nilsAgain.page.One(t, "h1").Text(); got != "This is not possible now" {
		t.Errorf("whoever did it themselves is told %q", got)
	}
}

// TestDisableAndEnable: an authenticator is taken out of use, and put into it again.
func TestDisableAndEnable(t *testing.T) {
	t.Parallel()
	w, c, maja := holder(t)
	p := w.join("finn", staff.FraudAnalyst).login() // needs no identification to stop, and lets nobody in
	at := customerPath(c) + "/authenticators/secure-code/"
	w.attempt(c, "000000")
	page := p.open(customerPath(c))
	if !page.Has("a[href="+at+"disable]") || page.Has("a[href="+at+"enable]") || page.Has("a[href="+at+"reset]") || page.Has("#identification") {
		t.Error("the acts that are offered are not those that are allowed")
	}
	if got := p.open(at+"disable").One(t, ".effects").Text(); !strings.Contains(got, "can be undone") {
		t.Errorf("it does not say what it does: %s", got)
	}
	if a := p.post(at+"disable", url.Values{"reason": {"A card was stolen."}}); a.to != customerPath(c) {
		t.Fatalf("disable: %d", a.code)
	}
	if got := w.attempt(c, hotp(t, "CS-1", 1)); got.State == hub.Granted {
		t.Error("a disabled authenticator was accepted")
	}
	if a := p.post(at+"disable", url.Values{"reason": {"Again."}}); a.code != http.StatusConflict {
		t.Errorf("disable twice: %d", a.code)
	}
	if page := p.open(customerPath(c)); page.Has("a[href=" + at + "enable]") {
		t.Error("who cannot identify customers is offered to let them in")
	}
	if a := p.post(at+"enable", url.Values{"reason": {"It was found."}}); a.code != http.StatusForbidden {
		t.Errorf("a fraud analyst enables: %d", a.code)
	}
	if page := maja.open(customerPath(c)); !page.Has("a[href=" + at + "enable]") {
		t.Error("enabling is not offered to the help desk")
	}
	if a := maja.post(at+"enable", url.Values{"reason": {"It was found."}}); !strings.HasPrefix(a.to, customerPath(c)+"/identify") {
		t.Errorf("enabled for nobody in particular: %d %s", a.code, a.to)
	}
	maja.identifies(c, at+"enable")
	if a := maja.post(at+"enable", url.Values{"reason": {"It was found."}}); a.to != customerPath(c) {
		t.Fatalf("enable: %d", a.code)
	}
	if got := w.attempt(c, hotp(t, "CS-1", 2)); got.State != hub.Granted {
		t.Errorf("after enabling: %+v", got)
	}
	if a := p.get(customerPath(c) + "/authenticators/nothing/disable"); a.code != http.StatusNotFound {
		t.Errorf("an authenticator that is not there: %d", a.code)
	}
}

// TestWarnings: staff see what the next failures lead to.
func TestWarnings(t *testing.T) {
	t.Parallel()
	w, c, p := holder(t)
	w.attempt(c, "000000")
	if got := p.open(customerPath(c)).One(t, ".holding").Text(); !strings.Contains(got, "4 more failures lead to a pause") || !strings.Contains(got, "Failures ever") {
		t.Errorf("after one failure: %s", got)
	}
}
