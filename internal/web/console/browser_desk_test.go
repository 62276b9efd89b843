//go:build browser

package console_test

import (
	"strings"
	"testing"
	"time"

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

// F-4.4 and F-4.5 as the help desk sees them: a token is unlocked, brought into step
// by codes and by answers to challenges, and one with a clock by what it shows.
func TestBrowserUpkeep(t *testing.T) {
	w := newWorld(t)
	w.keypads("CS-4409-000017")
	w.clocks("CS-2201-000417")
	ada, kim := w.customer("10027-4418", "Ada Palmer"), w.customer("10031-0092", "Kim Okafor")
	w.register(ada, "CS-4409-000017")
	w.registerCode(kim, "CS-2201-000417", func() string { return totp(t, "CS-2201-000417", w.clock.Now()) })
	for n := range uint64(5) {
		w.attempt(ada, hotp(t, "CS-4409-000017", 200+n))
	}
	m := w.join("maja", staff.HelpDesk)
	at := w.serve()
	p := webtest.Start(t).Tab(t)
	m.enter(p, at)
	p.Open(at + w.path("CS-4409-000017"))
	looks(t, p, "desk-token")
	p.Follow("a[href$='/unlock']")
	tick(p, "rrr")
	p.Follow("main button[type=submit]")
	looks(t, p, "desk-unlock")
	p.Fill("#f-challenge", "1234 5675")
	p.Follow("main button[type=submit]")
	p.Wait("#f-challenge-error")
	p.Shot("console-desk-unlock-mistyped")
	p.Fill("#f-challenge", "1234 5674")
	p.Follow("main button[type=submit]")
	p.Wait("#unlock-code")
	looks(t, p, "desk-unlock-code")
	p.Follow(".actions a.primary")
	p.Follow("a[href$='/resync']")
	looks(t, p, "desk-resync")
	p.Fill("#f-code-0", "000000")
	p.Follow("main button[type=submit]")
	p.WaitText("#errors", "do not follow")
	p.Shot("console-desk-resync-refused")
	p.Fill("#f-code-0", hotp(t, "CS-4409-000017", 210))
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "in step again")
	looks(t, p, "desk-token-in-step")
	p.Open(at + w.path("CS-4409-000017") + "/resync?policy=transaction-signature")
	looks(t, p, "desk-resync-pose")
	p.Follow("button[name=pose]")
	p.Wait(".posed")
	looks(t, p, "desk-resync-challenge")
	p.Open(at + w.path("CS-2201-000417") + "/reading")
	tick(p, "rrr")
	p.Follow("main button[type=submit]")
	looks(t, p, "desk-reading")
	p.Fill("#f-time", w.clock.Now().Add(4*time.Minute).UTC().Format("15:04:05"))
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "To be proven by the next good code")
	looks(t, p, "desk-token-unproven")
}

// A token's life as the help desk sees it: suspended, resumed, lost, replaced by
// another one with its first code, named, taken back, retired.
func TestBrowserLife(t *testing.T) {
	w := newWorld(t)
	w.keypads("CS-4409-000017", "CS-4409-000018")
	ada := w.customer("10027-4418", "Ada Palmer")
	w.register(ada, "CS-4409-000017")
	m := w.join("maja", staff.HelpDesk)
	at := w.serve()
	p := webtest.Start(t).Tab(t)
	m.enter(p, at)
	old, next := w.path("CS-4409-000017"), w.path("CS-4409-000018")
	p.Open(at + old)
	p.Follow("a[href$='/do/suspend']")
	looks(t, p, "desk-suspend")
	p.Fill("#f-reason", "Abroad until May.")
	p.Follow("main button[type=submit]")
	p.Wait("#f-even_last-error")
	p.Shot("console-desk-suspend-last")
	p.Click("#f-even_last")
	p.Follow("main button[type=submit]")
	looks(t, p, "desk-token-suspended")
	p.Follow("a[href$='/do/resume']")
	tick(p, "rrr")
	p.Follow("main button[type=submit]")
	looks(t, p, "desk-resume")
	p.Follow("main button[type=submit]")
	p.Follow("a[href$='/do/lose']")
	looks(t, p, "desk-lose")
	p.Fill("#f-reason", "Left in a train.")
	p.Follow("main button[type=submit]")
	looks(t, p, "desk-token-lost")
	p.Follow("a[href$='/replace']")
	looks(t, p, "desk-replace")
	p.Fill("#f-serial", "cs 4409 000099")
	p.Follow("main button[type=submit]")
	p.WaitText("main", "no other token")
	p.Fill("#f-serial", "cs 4409 000018")
	p.Follow("main button[type=submit]")
	p.Wait("#f-reason")
	looks(t, p, "desk-replace-found")
	p.Fill("#f-reason", "The old one was lost.")
	p.Follow("form[method=post] button.primary")
	p.WaitText("main", "Waits for its first code")
	looks(t, p, "desk-token-waits")
	p.Follow("a[href$='/activate']")
	looks(t, p, "desk-first-code")
	p.Fill("#f-code", hotp(t, "CS-4409-000018", 0))
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "in use")
	p.Follow("a[href$='/name']")
	p.Fill("#f-name", "the one in the safe")
	looks(t, p, "desk-name")
	p.Follow("main button[type=submit]")
	p.Open(at + customerPath(ada))
	looks(t, p, "desk-customer-two-tokens")
	p.Open(at + old)
	looks(t, p, "desk-token-replaced")
	p.Follow("a[href$='/do/return']")
	looks(t, p, "desk-return")
	p.Fill("#f-reason", "Found by the police and sent back.")
	p.Click("#f-sure")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "in stock")
	p.Follow("a[href$='/do/retire']")
	p.Fill("#f-reason", "Its display is broken.")
	p.Click("#f-sure")
	looks(t, p, "desk-retire")
	p.Follow("main button[type=submit]")
	looks(t, p, "desk-token-retired")
	p.Open(at + next)
	if got := p.Text("main"); !strings.Contains(got, "the one in the safe") {
		t.Errorf("the new token: %s", got)
	}
}

// F-4.6 without a mouse and without JavaScript: from the customer's page to the
// identification, back to the act, and done.
func TestBrowserResetByKeyboard(t *testing.T) {
	w := newWorld(t)
	fixture(w)
	m := w.join("maja", staff.HelpDesk)
	at := w.serve()
	p := webtest.Start(t).Tab(t)
	p.NoScript()
	m.enter(p, at)
	p.Open(at + "/customers?q=10031-0092")
	p.TabTo("a[href$='/reset']")
	p.Submit()
	for _, q := range []string{"answer-0", "answer-1", "answer-2"} {
		p.TabTo("input[name=" + q + "]:checked") // not asked
		p.Keys("<Left><Left>")
	}
	p.Shot("console-desk-keyboard")
	p.TabTo("main button[type=submit]")
	p.Submit()
	p.TabTo("#f-reason")
	p.Keys("Mistyped it.")
	p.TabTo("main button[type=submit]")
	p.Submit()
	p.WaitText(".flashes", "is reset")
}
