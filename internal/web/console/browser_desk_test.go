//go:build browser

package console_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// tick answers the questions of the page in their order: r right, w wrong.
func tick(p *webtest.Tab, ticks string) {
	for i, x := range ticks {
		value := map[rune]string{'r': "right", 'w': "wrong"}[x]
		p.Click("input[name=answer-" + string(rune('0'+i)) + "][value=" + value + "]")
	}
}

// F-4.6: the customer's secure code is blocked; the help desk identifies them, once
// in vain, and resets the counter. Two agents at once: the second is told.
func TestBrowserReset(t *testing.T) {
	w := newWorld(t)
	fixture(w)
	m, n := w.join("maja", staff.HelpDesk), w.join("nils", staff.HelpDesk)
	at := w.serve()
	b := webtest.Start(t)
	p, q := b.Tab(t), b.Tab(t)
	m.enter(p, at)
	n.enter(q, at)
	for _, tab := range []*webtest.Tab{p, q} {
		tab.Open(at + "/customers?q=10031-0092")
	}
	looks(t, p, "desk-customer-blocked")
	p.Follow("a[href$='/reset']")
	looks(t, p, "desk-identify")
	tick(p, "rwr")
	p.Follow("main button[type=submit]")
	p.WaitText("#errors", "Not identified")
	looks(t, p, "desk-identify-refused")
	tick(p, "rrr")
	p.Follow("main button[type=submit]")
	looks(t, p, "desk-reset")
	q.Follow("a[href$='/reset']")
	tick(q, "rrr")
	q.Follow("main button[type=submit]")
	p.Fill("#f-reason", "Typed an old code several times.")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "reset")
	looks(t, p, "desk-customer-reset")
	q.Fill("#f-reason", "Asked by telephone.")
	q.Follow("main button[type=submit]")
	if got := q.Text("h1"); got != "Somebody else was faster" {
		t.Errorf("the second agent is told %q", got)
	}
	looks(t, q, "desk-overtaken")
	q.Follow("main .actions a")
	if got := q.Text(".holding"); !strings.Contains(got, "0 of 5") {
		t.Errorf("then: %s", got)
	}
	q.Follow("a[href$='/disable']")
	looks(t, q, "desk-disable")
	q.Open(at + "/customers?q=10031-1177")
	q.Follow("a[href$='/identify']")
	for range 3 {
		tick(q, "www")
		q.Follow("main button[type=submit]")
	}
	looks(t, q, "desk-identify-blocked")
}
