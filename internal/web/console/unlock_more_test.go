package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/staff"
)

// TestUnlockMore: a security officer opens what the limit blocked, for a customer whom a
// colleague has identified just now, and nobody does it alone.
func TestUnlockMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keypads("CS-1")
	maja, sofia := w.join("maja", staff.HelpDesk).login(), w.join("sofia", staff.SecurityOfficer).login()
	c := w.caller(maja, "10027", "Ada Palmer", "CS-1")
	at := w.path("CS-1") + "/unlock"
	offer := "a[href=" + at + "/more]"
	if sofia.open(w.path("CS-1")).Has(offer) {
		t.Error("it is offered while nothing is blocked")
	}
	if a := sofia.get(at + "/more"); a.code != http.StatusConflict || !strings.Contains(a.page.One(t, "main").Text(), "nothing is blocked") {
		t.Errorf("while nothing is blocked: %d", a.code)
	}
	form := hiddenFields(maja.open(at))
	form.Set("challenge", "12345675")
	for range 5 {
		maja.post(at, form)
	}
	if maja.open(w.path("CS-1")).Has(offer) || !sofia.open(w.path("CS-1")).Has(offer) {
		t.Error("it is not offered to security officers, and to them only")
	}
	for _, p := range []*person{maja, w.join("aud", staff.Auditor).login()} {
		if a := p.post(at+"/more", url.Values{"reason": {"x"}, "owner": {c.ID.String()}}); a.code != http.StatusForbidden {
			t.Errorf("%s: %d", p.id.Role, a.code)
		}
	}
	if got := sofia.open(at+"/more").One(t, "main").Text(); !strings.Contains(got, "Identified by Maja") {
		t.Errorf("the page does not name who identified the customer: %s", got)
	}
	w.done(sofia.does(at+"/more", "reason", "The customer travels; Maja called back."), w.path("CS-1"))
	if e := w.found(c, "token.unlock_allowed"); len(e) != 1 || e[0].Actor != sofia.actor() || !strings.Contains(string(e[0].Details), maja.actor()) {
		t.Errorf("the records: %+v", e)
	}
	form.Set("challenge", "12345674")
	if a := maja.post(at, form); a.code != http.StatusOK || !a.page.Has("#unlock-code") {
		t.Errorf("after that: %d", a.code)
	}
	if a := sofia.post(at+"/more", url.Values{"reason": {"again"}, "owner": {c.ID.String()}}); a.code != http.StatusConflict {
		t.Errorf("a second time: %d", a.code)
	}
}

// TestUnlockMoreWantsAColleague: without an identification by somebody else there is no
// form, and sending one does nothing.
func TestUnlockMoreWantsAColleague(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keypads("CS-1")
	maja, sofia := w.join("maja", staff.HelpDesk).login(), w.join("sofia", staff.SecurityOfficer).login()
	c := w.caller(maja, "10027", "Ada Palmer", "CS-1")
	at := w.path("CS-1") + "/unlock"
	form := hiddenFields(maja.open(at))
	form.Set("challenge", "12345675")
	for range 5 {
		maja.post(at, form)
	}
	w.clock.Advance(w.cfg.Policies.Active().Identification.Valid)
	page := sofia.login().open(at + "/more")
	if page.Has("main button[type=submit]") || !strings.Contains(page.One(t, "main").Text(), "must have identified the customer just now") {
		t.Errorf("the page: %s", page.One(t, "main").Text())
	}
	sofia.post(at+"/more", url.Values{"reason": {"x"}, "owner": {c.ID.String()}})
	if n := len(w.found(c, "token.unlock_allowed")); n != 0 {
		t.Errorf("%d times allowed", n)
	}
}
