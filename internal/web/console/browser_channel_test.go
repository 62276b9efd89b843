//go:build browser

package console_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// A closed channel: the first page tells of it, the help desk opens it for a caller, and an
// analyst sees it in the case and opens it by a finding.
func TestBrowserClosedChannel(t *testing.T) {
	w, c, _, pay := robbed(t)
	w.closes(c, pay, time.Time{})
	h, f := w.join("maja", staff.HelpDesk), w.join("frida", staff.FraudAnalyst)
	at := w.serve()
	b := webtest.Start(t)
	p, q := b.Tab(t), b.Tab(t)
	h.enter(p, at)
	looks(t, p, "home-channels")
	p.Follow("main a[href='/channels']")
	looks(t, p, "channels")
	p.Follow("tbody th a")
	looks(t, p, "customer-channel")
	p.Follow("a[href$='/channels/web/lift']")
	tick(p, "rrr")
	p.Follow("main button[type=submit]")
	p.Fill("#f-reason", "Called back: she is on holiday in Sydney.")
	looks(t, p, "channel-lift")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "open again")

	w.closes(c, pay, w.clock.Now().Add(24*time.Hour))
	f.enter(q, at)
	q.Open(at + riskPath(c, pay))
	q.Follow("form[action$='/claim'] button")
	looks(t, q, "risk-event-channel")
	q.Click("input[value=legitimate]")
	q.Type("#f-note", "Called: on holiday in Sydney.")
	q.Follow("form[action$='/decide'] button")
	if !w.channelOpen(c) {
		t.Error("the finding did not open the channel")
	}
}
