package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	pass "github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/staff"
)

// TestForgottenPassword: F-6.5. After an identification the password is gone at once, an
// activation code is shown once, and the customer registers anew with it. Nobody at the
// bank has seen or chosen anything.
func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	w, c, p := textDesk(t)
	at := customerPath(c) + "/password/forgotten"
	page := p.open(customerPath(c))
	if got := page.One(t, "section[aria-labelledby=password]").Text(); !strings.Contains(got, "In use") || !page.Has("a[href="+at+"]") {
		t.Fatalf("the customer's page: %s", got)
	}
	if a := p.get(at); !strings.HasPrefix(a.to, customerPath(c)+"/identify?next=") {
		t.Fatalf("without an identification: %d to %q", a.code, a.to)
	}
	if a := p.post(at, url.Values{"id": {c.ID.String()}}); !strings.HasPrefix(a.to, customerPath(c)+"/identify") || len(w.found(c, pass.AuditCancelled)) != 0 {
		t.Fatalf("the act without an identification: %d to %q", a.code, a.to)
	}
	p.identifies(c, at)
	form := hiddenFields(p.open(at))
	a := p.post(at, form)
	if a.code != http.StatusOK {
		t.Fatalf("reset: %d %s", a.code, a.body)
	}
	code := a.page.One(t, "#activation-code").Attr["data-value"]
	if got := p.open(customerPath(c)); !strings.Contains(got.One(t, "section[aria-labelledby=password]").Text(), "has no password") || strings.Contains(got.Text(), code) {
		t.Error("the password is still there, or the code is shown again")
	}
	if again := p.post(at, form); again.code != http.StatusConflict || strings.Contains(again.body, code) {
		t.Errorf("loaded anew: %d", again.code)
	}
	if o := w.asks(c, knownSecret); o.Accepted {
		t.Error("the forgotten password is still right")
	}
	const other = "quartz and lumber 8"
	w.registers(c, code, other)
	o := w.asks(c, other)
	if _, sent := w.arrived(phoneNumber); w.answers(o, sent).State != hub.Granted {
		t.Error("the customer does not log in with the new password")
	}
	e := w.found(c, registration.AuditForgotten)
	if len(e) != 1 || e[0].Actor != p.actor() || !strings.Contains(string(e[0].Details), `"identification"`) {
		t.Errorf("the records: %+v", e)
	}
	for _, secret := range []string{code, knownSecret, other} {
		if strings.Contains(w.logs.String(), secret) {
			t.Error("the log holds a secret")
		}
	}
}

// TestForgottenPasswordInTwoHalves: where the policies want two ways, the help desk sees
// one half, and the other leaves.
func TestForgottenPasswordInTwoHalves(t *testing.T) {
	t.Parallel()
	w, c, p := textDesk(t)
	w.govern(w.document("split: false", "split: true"))
	at := customerPath(c) + "/password/forgotten"
	p.identifies(c, "")
	page := p.open(at)
	if got := page.One(t, ".effects").Text(); !strings.Contains(got, "second half leaves") {
		t.Errorf("the page: %s", got)
	}
	a := p.post(at, hiddenFields(page))
	if a.code != http.StatusOK {
		t.Fatalf("reset: %d %s", a.code, a.body)
	}
	half := a.page.One(t, "#activation-code").Attr["data-value"]
	sent := 0
	list, err := w.cfg.Outbox.List(t.Context(), outbox.Waiting, ident.ID{}, 500)
	for _, m := range list {
		if m.Kind == registration.MessageHalf {
			sent++
		}
	}
	if len(half) > 12 || sent != 1 || err != nil {
		t.Errorf("%d characters are shown, %d halves leave, %v", len(half), sent, err)
	}
}

// TestDemandPassword: the next login must replace it; no identification is needed, a
// reason is, and twice is told.
func TestDemandPassword(t *testing.T) {
	t.Parallel()
	w, c, _ := textDesk(t)
	p := w.join("frida", staff.FraudAnalyst).login()
	at := customerPath(c) + "/password/demand"
	page := p.open(customerPath(c))
	if !page.Has("a[href="+at+"]") || page.Has("a[href="+customerPath(c)+"/password/forgotten]") {
		t.Fatal("a fraud analyst is not offered to demand another password, or to reset it")
	}
	p.open(at)
	if a := p.post(at, nil); a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-reason-error") {
		t.Errorf("without a reason: %d", a.code)
	}
	if a := p.post(at, url.Values{"reason": {"seen on a phishing page"}}); a.to != customerPath(c) {
		t.Fatalf("demand: %d %s", a.code, a.body)
	}
	page = p.open(customerPath(c))
	if !strings.Contains(page.One(t, "section[aria-labelledby=password]").Text(), "Must be replaced") || page.Has("a[href="+at+"]") {
		t.Error("the page does not show it")
	}
	if a := p.post(at, url.Values{"reason": {"again"}}); a.code != http.StatusConflict {
		t.Errorf("twice: %d", a.code)
	}
	other := w.customer("10031", "Kim Okafor")
	if a := p.post(customerPath(other)+"/password/demand", url.Values{"reason": {"why"}}); a.code != http.StatusNotFound {
		t.Errorf("of a customer without one: %d", a.code)
	}
	o, err := w.cfg.Hub.Start(t.Context(), cli, hub.Start{CustomerNumber: c.Number, Purpose: "login", Channel: "web", Proof: &hub.Proof{Policy: "password", Code: knownSecret}})
	if err != nil || o.Replace != "password" {
		t.Errorf("the next login: %+v, %v", o, err)
	}
}
