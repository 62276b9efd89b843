package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/staff"
)

// TestRequestLimit: F-6.8. Beyond the limit no code leaves; staff see it, unregister the
// phone and register it anew, and codes leave again. F-6.7: a reset of the failure counter
// does not open the limit.
func TestRequestLimit(t *testing.T) {
	t.Parallel()
	w, c, p := textDesk(t)
	card := func() string { return p.open(customerPath(c)).One(t, "section[aria-labelledby=texts]").Text() }
	if got := card(); !strings.Contains(got, "+47 ••• 67") || !strings.Contains(got, "Registered") || !strings.Contains(got, "0 of 3") {
		t.Fatalf("at first: %s", got)
	}
	before, _ := w.arrived(phoneNumber)
	for range 3 {
		w.answers(w.asks(c, knownSecret), w.wrongCode())
	}
	w.asks(c, knownSecret)
	if n, _ := w.arrived(phoneNumber); n != before+3 {
		t.Fatalf("%d codes left; 3 may be asked for", n-before)
	}
	if got := card(); !strings.Contains(got, "3 of 3") || !strings.Contains(got, "No more codes are sent") {
		t.Errorf("at the limit: %s", got)
	}
	p.login()
	reset := customerPath(c) + "/authenticators/sms-code/reset"
	if to := p.identifies(c, reset); to != reset {
		t.Fatalf("identified, it leads to %q", to)
	}
	if got := p.open(reset).One(t, ".effects").Text(); !strings.Contains(got, "unregistered and registered anew") {
		t.Errorf("the page of the reset: %s", got)
	}
	if a := p.post(reset, url.Values{"reason": {"mistyped"}}); a.to != customerPath(c) {
		t.Fatalf("reset: %d", a.code)
	}
	if got := card(); !strings.Contains(got, "3 of 3") {
		t.Errorf("after the reset: %s", got)
	}
	w.asks(c, knownSecret)
	if n, _ := w.arrived(phoneNumber); n != before+3 {
		t.Error("a reset of the failure counter opened the request limit")
	}
	p.login()

	at := customerPath(c) + "/phone/"
	if a := p.post(at+"register", url.Values{"reason": {"x"}, "contact": {w.contactOf(c)}}); a.code != http.StatusConflict {
		t.Errorf("registered before it was unregistered: %d", a.code)
	}
	if a := p.post(at+"unregister", url.Values{"reason": {" "}}); a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-reason-error") {
		t.Errorf("without a reason: %d", a.code)
	}
	if a := p.post(at+"unregister", url.Values{"reason": {"too many codes"}}); a.to != customerPath(c) {
		t.Fatalf("unregister: %d %s", a.code, a.body)
	}
	if got := card(); !strings.Contains(got, "no registered phone") {
		t.Errorf("unregistered: %s", got)
	}
	form := hiddenFields(p.open(at + "register"))
	form.Set("reason", "registered anew")
	form.Set("contact", p.open(at+"register").One(t, "#f-contact").One(t, "option").Attr["value"])
	if a := p.post(at+"register", form); a.to != customerPath(c) {
		t.Fatalf("register: %d %s", a.code, a.body)
	}
	if got := card(); !strings.Contains(got, "0 of 3") || strings.Contains(got, "No more codes") {
		t.Errorf("registered anew: %s", got)
	}
	o := w.asks(c, knownSecret)
	if _, code := w.arrived(phoneNumber); w.answers(o, code).State != hub.Granted {
		t.Error("the customer does not log in")
	}
	for _, kind := range []string{passcode.AuditRemoved, passcode.AuditActivated} {
		if e := w.found(c, kind); len(e) == 0 || e[0].Actor != p.actor() || !strings.Contains(string(e[0].Details), `"identification"`) {
			t.Errorf("%s: %+v", kind, e)
		}
	}
}

func (w *world) contactOf(c customer.Customer) string {
	w.Helper()
	all, err := w.cfg.Customers.Contacts(w.Context(), c.ID)
	if err != nil {
		w.Fatal(err)
	}
	for _, k := range all {
		if k.Kind == customer.Phone {
			return k.ID.String()
		}
	}
	w.Fatal("the customer has no phone number")
	return ""
}

// TestPhoneActsNeedAnIdentification: who was not identified is led to the questions,
// and nothing is done.
func TestPhoneActsNeedAnIdentification(t *testing.T) {
	t.Parallel()
	w, c, p := textDesk(t)
	at := customerPath(c) + "/phone/unregister"
	if a := p.get(at); !strings.HasPrefix(a.to, customerPath(c)+"/identify?next=") {
		t.Errorf("the page: %d to %q", a.code, a.to)
	}
	if a := p.post(at, url.Values{"reason": {"why"}}); !strings.HasPrefix(a.to, customerPath(c)+"/identify") {
		t.Errorf("the act: %d to %q", a.code, a.to)
	}
	if n := len(w.found(c, passcode.AuditRemoved)); n != 0 {
		t.Errorf("%d phones were unregistered", n)
	}
	other := w.customer("10031", "Kim Okafor")
	p.identifies(other, "")
	if a := p.get(customerPath(other) + "/phone/unregister"); a.code != http.StatusConflict || !strings.Contains(a.page.Text(), "no phone that codes go to") {
		t.Errorf("without a phone: %d", a.code)
	}
	if a := p.post(customerPath(other)+"/phone/register", url.Values{"reason": {"why"}, "contact": {w.contactOf(c)}}); a.code != http.StatusNotFound {
		t.Errorf("with somebody else's number: %d", a.code)
	}
}

// both are factors that were shown.
type both struct{}

func (both) Check(*db.Tx, ident.ID, audit.Actor) error { return nil }
func (both) Note() (key, value string)                 { return "authentication", "test" }
func (both) Factors() authenticator.Factor             { return authenticator.Knowledge | authenticator.Possession }

const otherNumber = "+4791234599"

// moves has a customer name another number; confirmed, it is on hold.
func (w *world) moves(c customer.Customer, confirm, byStaff bool) passcode.Phone {
	w.Helper()
	w.clock.Advance(2 * time.Minute)
	by, set := audit.Customer(c.ID), w.cfg.Policies.Active()
	x, _, err := w.cfg.Passcodes.Change(w.Context(), by, both{}, set, passcode.Change{Customer: c.ID, Number: otherNumber, Staff: byStaff})
	if err != nil {
		w.Fatal(err)
	}
	w.deliver()
	if !confirm {
		return x
	}
	_, code := w.arrived(otherNumber)
	x, accepted, err := w.cfg.Passcodes.Confirm(w.Context(), by, set, c.ID, x.ID, code)
	if err != nil || !accepted {
		w.Fatalf("confirm: %t, %v", accepted, err)
	}
	return x
}

// TestPhoneChangeOnHold: it is shown, counted, and released with an identification.
func TestPhoneChangeOnHold(t *testing.T) {
	t.Parallel()
	w, c, p := textDesk(t)
	x := w.moves(c, true, true)
	if x.Status != passcode.Held || !x.Until.Equal(limit.Forever) {
		t.Fatalf("%+v", x)
	}
	page := p.open(customerPath(c))
	if got := page.One(t, "section[aria-labelledby=texts]").Text(); !strings.Contains(got, "+47 ••• 99") || !strings.Contains(got, "until somebody decides") {
		t.Errorf("the customer's page: %s", got)
	}
	at := customerPath(c) + "/phones/" + x.ID.String() + "/"
	for _, path := range []string{customerPath(c), "/phones"} {
		for _, act := range []string{"release", "refuse"} {
			if !p.open(path).Has("a[href=" + at + act + "]") {
				t.Errorf("%s does not offer to %s", path, act)
			}
		}
	}
	if got := p.open("/").One(t, "main").Text(); !strings.Contains(got, "1 phone change is on hold") {
		t.Errorf("the first page: %s", got)
	}
	if a := p.get(at + "release"); !strings.HasPrefix(a.to, customerPath(c)+"/identify") {
		t.Errorf("without an identification: %d to %q", a.code, a.to)
	}
	p.identifies(c, "")
	p.open(at + "release")
	if a := p.post(at+"release", url.Values{"reason": {"called, told the number"}}); a.to != customerPath(c) {
		t.Fatalf("release: %d %s", a.code, a.body)
	}
	if got := p.open(customerPath(c)).One(t, "section[aria-labelledby=texts]").Text(); !strings.Contains(got, "+47 ••• 99") || strings.Contains(got, "Waits to take") {
		t.Errorf("released: %s", got)
	}
	for _, act := range []string{"release", "refuse"} {
		if a := p.post(at+act, url.Values{"reason": {"again"}}); a.code != http.StatusConflict {
			t.Errorf("%s after it was released: %d", act, a.code)
		}
	}
	if e := w.found(c, passcode.AuditReleased); len(e) != 1 || e[0].Actor != p.actor() {
		t.Errorf("the records: %+v", e)
	}
}

// TestPhoneChangeRefused: help desk and fraud analysts refuse without an
// identification; only the help desk releases.
func TestPhoneChangeRefused(t *testing.T) {
	t.Parallel()
	w, c, _ := textDesk(t)
	p := w.join("frida", staff.FraudAnalyst).login()
	for _, confirm := range []bool{false, true} {
		x := w.moves(c, confirm, false)
		at := customerPath(c) + "/phones/" + x.ID.String() + "/"
		page := p.open(customerPath(c))
		if page.Has("a[href="+at+"release]") || !page.Has("a[href="+at+"refuse]") {
			t.Error("a fraud analyst is offered to release, or not to refuse")
		}
		if a := p.post(at+"release", url.Values{"reason": {"x"}}); a.code != http.StatusForbidden {
			t.Errorf("released by a fraud analyst: %d", a.code)
		}
		p.open(at + "refuse")
		if a := p.post(at+"refuse", nil); a.code != http.StatusUnprocessableEntity {
			t.Errorf("without a reason: %d", a.code)
		}
		if a := p.post(at+"refuse", url.Values{"reason": {"the customer knows nothing of it"}}); a.to != customerPath(c) {
			t.Fatalf("refuse: %d %s", a.code, a.body)
		}
	}
	if e := w.found(c, passcode.AuditRefused); len(e) != 2 || e[0].Actor != p.actor() || !strings.Contains(string(e[0].Details), "knows nothing") {
		t.Errorf("the records: %+v", e)
	}
	o := w.asks(c, knownSecret)
	if _, code := w.arrived(phoneNumber); w.answers(o, code).State != hub.Granted {
		t.Error("codes do not go to the old number any more")
	}
}
