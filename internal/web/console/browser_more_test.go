//go:build browser

package console_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// TestBrowserUnlockMore: the help desk meets the limit of unlock codes, a security
// officer allows more on a page of their own, and the next challenge gets its code. Then
// the end of the token is set by the keyboard alone.
func TestBrowserUnlockMore(t *testing.T) {
	w := newWorld(t)
	w.keypads("CS-1")
	maja, sofia := w.join("maja", staff.HelpDesk), w.join("sofia", staff.SecurityOfficer)
	w.register(w.customer("10027", "Ada Palmer"), "CS-1")
	at := w.serve()
	b := webtest.Start(t)
	p, q := b.Tab(t), b.Tab(t)
	maja.enter(p, at)
	sofia.enter(q, at)
	page := at + w.path("CS-1")
	p.Open(page + "/unlock")
	tick(p, "rrr")
	p.Follow("main button[type=submit]")
	for range 6 {
		p.Fill("#f-challenge", "12345675")
		p.Follow("main button[type=submit]")
	}
	looks(t, p, "desk-unlock-limit")

	q.Open(page)
	q.Follow("a[href$='/unlock/more']")
	looks(t, q, "officer-unlock-more")
	q.Fill("#f-reason", "The customer travels; Maja called back.")
	q.Follow("main button[type=submit]")
	q.WaitText(".flashes", "Unlock codes are given")
	p.Fill("#f-challenge", "12345674")
	p.Follow("main button[type=submit]")
	p.Wait("#unlock-code")

	p.Open(page)
	p.TabTo("a[href$='/do/extend']")
	p.Submit()
	looks(t, p, "desk-extend")
	day := w.clock.Now().AddDate(0, 2, 0)
	p.TabTo("#f-ends_at")
	p.Keys(day.Format("01022006"))
	p.TabTo("#f-reason")
	p.Keys("The maker says so.")
	p.Submit()
	if got := p.Text("[aria-labelledby=facts]"); !strings.Contains(got, day.Format("2 January 2006")) {
		t.Errorf("its page says %s, and the date was %s", got, day.Format(time.DateOnly))
	}
}
