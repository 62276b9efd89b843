package console_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/staff"
)

// TestExportAndErase: a security officer hands out what is kept of a customer, closes the
// customer and erases them, each with its record; nobody else does.
func TestExportAndErase(t *testing.T) {
	t.Parallel()
	w, c, _, pay := robbed(t)
	w.cfg.Customers.Forget = append(w.cfg.Customers.Forget, w.cfg.Risk.Erase)
	w.cfg.Customers.Personal = slices.Concat(customer.Personal(), audit.Personal())
	v := w.join("vera", staff.SecurityOfficer).login()
	at, officer := customerPath(c), audit.Staff(v.id.ID, v.id.Login).String()
	for _, role := range []staff.Role{staff.FraudAnalyst, staff.HelpDesk, staff.Auditor, staff.Administrator} {
		p := w.join(string(role[:3]), role).login()
		for _, path := range []string{"/data/export", "/close", "/erase"} {
			if a := p.post(at+path, nil); a.code != http.StatusForbidden {
				t.Errorf("%s by %s: %d", path, role, a.code)
			}
		}
		if p.get(at+"/data").code != http.StatusForbidden || role != staff.Administrator && p.open(at).Has("a[href="+at+"/data]") {
			t.Errorf("%s is shown what is kept", role)
		}
	}
	if !v.open(at).Has("a[href=" + at + "/data]") {
		t.Error("no way to the page")
	}
	text := v.open(at+"/data").One(t, "main").Text()
	if !strings.Contains(text, "26") || strings.Contains(text, "203.0.113.9") {
		t.Errorf("the page: %s", text)
	}
	a := v.post(at+"/data/export", nil)
	var x struct {
		Number   string
		Contacts []struct{ Value string }
		Risk     risk.Exported
		Kept     map[string][]map[string]any

		Interactions struct{ Patterns []any }
	}
	if err := json.Unmarshal([]byte(a.body), &x); err != nil || a.code != http.StatusOK || !strings.Contains(a.head.Get("Content-Disposition"), "attachment") {
		t.Fatalf("export: %d, %v", a.code, err)
	}
	if x.Number != c.Number || len(x.Contacts) != 2 || len(x.Risk.Events) != 26 || !strings.Contains(a.body, "203.0.113.9") || strings.Contains(a.body, "GB33BUKB") {
		t.Errorf("the file lacks something, or says too much: %s", a.body)
	}
	if len(x.Kept["customer"]) != 1 || len(x.Kept["journal"]) == 0 || len(w.audited(customer.AuditReported)) != 1 {
		t.Errorf("what all packages keep: %v", x.Kept)
	}
	if x.Interactions.Patterns == nil {
		t.Error("the file does not say what was learned of the customer's devices")
	}
	if got := w.audited(risk.AuditExported); len(got) != 1 || got[0].Actor != officer {
		t.Errorf("the record of the export: %+v", got)
	}
	if page := v.open(at + "/erase"); !strings.Contains(page.Text(), "close the customer first") {
		t.Error("a customer who is not closed is offered to be erased")
	}
	if a := v.does(at+"/erase", "sure", "yes"); a.code != http.StatusConflict {
		t.Errorf("erased before closed: %d", a.code)
	}
	for _, form := range [][]string{{"reason", "Left the bank."}, {"sure", "yes"}} {
		if a := v.does(at+"/close", form...); a.code != http.StatusUnprocessableEntity {
			t.Errorf("closed with %v: %d", form, a.code)
		}
	}
	w.done(v.does(at+"/close", "reason", "Left the bank.", "sure", "yes"), at+"/data")
	if a := v.post(at+"/close", url.Values{"reason": {"Again."}, "sure": {"yes"}}); a.code != http.StatusConflict {
		t.Errorf("closed twice: %d", a.code)
	}
	if a := v.does(at + "/erase"); a.code != http.StatusUnprocessableEntity {
		t.Errorf("erased without being sure: %d", a.code)
	}
	w.done(v.does(at+"/erase", "sure", "yes"), at+"/data")
	erased := w.audited(customer.AuditErased)
	if len(erased) != 1 || erased[0].Actor != officer || len(w.audited(risk.AuditErased)) != 1 {
		t.Errorf("the records of the erasure: %+v", erased)
	}
	k, err := w.cfg.Risk.Kept(t.Context(), c.ID)
	if err != nil || k != (risk.Kept{}) {
		t.Errorf("%+v is kept, %v", k, err)
	}
	if a := v.get(riskPath(c, pay)); a.code != http.StatusNotFound {
		t.Errorf("an event of one who was erased: %d", a.code)
	}
	if text := v.open(at+"/data").One(t, "main").Text(); strings.Contains(text, "Ada Palmer") {
		t.Errorf("the name is kept: %s", text)
	}
}

// TestConsentIsShown: the page of an event says that the customer did not consent, and
// shows neither place nor device.
func TestConsentIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027-4418", "Ada Palmer")
	call := w.call(c, "203.0.113.9", firefox, "laptop")
	call.NoConsent, call.Signals = true, []string{"automation.webdriver"}
	refused := w.judged(w.cfg.Risk.Session(t.Context(), bankApp, call))
	given := w.judged(w.cfg.Risk.Session(t.Context(), bankApp, w.call(c, "203.0.113.9", firefox, "laptop")))
	f := w.join("frida", staff.FraudAnalyst).login()
	text := f.open(riskPath(c, refused)).One(t, "main").Text()
	if !strings.Contains(text, "neither judged nor kept") || strings.Contains(text, "Sydney") || strings.Contains(text, "webdriver") {
		t.Errorf("without consent: %s", text)
	}
	text = f.open(riskPath(c, given)).One(t, "main").Text()
	if strings.Contains(text, "neither judged nor kept") || !strings.Contains(text, "Sydney") {
		t.Errorf("with consent: %s", text)
	}
}
