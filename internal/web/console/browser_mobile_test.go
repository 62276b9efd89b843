//go:build browser

package console_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// F-0 as the help desk sees it: a token is enrolled, activated by a phone, blocked, enabled
// after an identification, redistributed, replaced by a new one and archived.
func TestBrowserMobileTokens(t *testing.T) {
	w := newWorld(t)
	w.applications()
	ada := w.customer("10027-4418", "Ada Palmer")
	m := w.join("maja", staff.HelpDesk)
	at := w.serve()
	p := webtest.Start(t).Tab(t)
	m.enter(p, at)
	p.Open(at + "/customers?q=10027")
	looks(t, p, "mobile-customer-none")
	p.Follow("a[href$='/mobile/new']")
	p.Fill("#f-name", "my phone")
	looks(t, p, "mobile-enroll")
	p.Follow("main button[type=submit]")
	p.Wait("#activation-code")
	looks(t, p, "mobile-code-once")
	code := p.Attr("#activation-code", "data-value")
	p.Follow(".actions a.primary")
	looks(t, p, "mobile-token-code-issued")
	w.phoned(code, true)
	w.clock.Advance(time.Minute)
	p.Open(p.URL())
	looks(t, p, "mobile-token-active")
	p.Follow("a[href$='/block-mobile']")
	p.Fill("#f-reason", "Left in a train.")
	p.Click("label:has(input[name=even_last])")
	looks(t, p, "mobile-block")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "is blocked")
	looks(t, p, "mobile-token-blocked")
	p.Follow("a[href$='/enable-mobile']")
	tick(p, "rrr")
	p.Follow("main button[type=submit]")
	looks(t, p, "mobile-enable")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "is enabled")
	p.Follow("a[href$='/redistribute-mobile']")
	looks(t, p, "mobile-redistribute")
	p.Follow("main button[type=submit]")
	w.phoned(p.Attr("#activation-code", "data-value"), true)
	p.Follow(".actions a.primary")
	w.clock.Advance(time.Minute)
	p.Follow("a[href$='/migrate-mobile']")
	looks(t, p, "mobile-migrate")
	p.Follow("main button[type=submit]")
	p.Wait("#activation-code")
	p.Follow(".actions a.primary")
	looks(t, p, "mobile-token-migrating")
	p.Follow("section[aria-labelledby=moving] a")
	looks(t, p, "mobile-token-moved-from")
	p.Follow("a[href$='/archive-mobile']")
	p.Fill("#f-reason", "The phone was sold.")
	looks(t, p, "mobile-archive")
	p.Click("label:has(input[name=sure])")
	p.Click("label:has(input[name=even_last])")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "is archived")
	looks(t, p, "mobile-token-archived")
	for _, name := range []string{"my tablet", "office phone"} {
		w.mobile(ada, name)
		w.clock.Advance(time.Minute)
	}
	p.Follow(".crumbs a")
	looks(t, p, "mobile-customer")
}

// The list of all, the half of a code, and the policies, as an officer and the help desk
// see them, in German.
func TestBrowserMobileList(t *testing.T) {
	w := newWorld(t)
	w.applications()
	ada := w.customer("10027-4418", "Ada Palmer")
	w.mobile(ada, "my phone")
	w.clock.Advance(40 * 24 * time.Hour)
	for i, name := range []string{"Kim Okafor", "Bo Lind", "Ines Horvat"} {
		c := w.customer("10031-000"+string(rune('0'+i)), name)
		if i == 0 {
			w.mobile(c, "")
			continue
		}
		if _, _, err := w.cfg.Mobile.Enroll(t.Context(), cli, mobiletoken.Enrollment{Customer: c.ID, Application: "bank"}); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Hour)
	}
	o, m := w.join("sofia", staff.SecurityOfficer), w.join("maja", staff.HelpDesk)
	at := w.serve()
	b := webtest.Start(t)
	p := b.Tab(t)
	o.enter(p, at)
	p.Follow(".nav a[href='/mobile']")
	looks(t, p, "mobile-list")
	p.Open(at + "/mobile?idle=30")
	p.Shot("console-mobile-list-idle")
	p.Open(at + "/mobile?serial=M4711")
	looks(t, p, "mobile-list-unknown")
	p.Open(at + "/policies")
	looks(t, p, "mobile-policies")
	q := b.Tab(t)
	m.enter(q, at)
	q.Open(at + customerAt(w.customer("10040", "Olga Berg")) + "/mobile/new")
	q.Click("button[name=lang][value=de]")
	q.Wait("html[lang=de]")
	q.Type("#f-application", "Business app")
	looks(t, q, "mobile-enroll-de")
	q.Follow("main button[type=submit]")
	q.Wait("#activation-code")
	looks(t, q, "mobile-half-de")
	q.Follow(".actions a.primary")
	if got := q.Text(".lede"); !strings.Contains(got, "Ein Aktivierungscode ist ausgegeben") {
		t.Errorf("in German the state is %q", got)
	}
	looks(t, q, "mobile-token-de")
}
