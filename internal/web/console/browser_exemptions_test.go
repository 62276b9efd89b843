//go:build browser

package console_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// Fraud is reported and taken back, the record of the quarter looked at; the help desk
// takes a payee off and ends a series.
func TestBrowserExemptions(t *testing.T) {
	w := newWorld(t)
	c := w.exempting()
	f, h := w.join("frida", staff.FraudAnalyst), w.join("maja", staff.HelpDesk)
	at := w.serve()
	b := webtest.Start(t)
	p := b.Tab(t)
	f.enter(p, at)
	p.Open(at + customerPath(c))
	p.Follow("main a[href$='/exemptions']")
	looks(t, p, "exemptions")
	p.Follow("main a[href$='/fraud']")
	looks(t, p, "exemptions-fraud")
	p.Fill("#f-lost", "1000")
	p.Follow("main button[type=submit]")
	p.Wait("#f-lost-error")
	looks(t, p, "exemptions-fraud-wrong")
	p.Fill("#f-lost", "12.50")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "counts as fraud")
	looks(t, p, "exemptions-reported")
	w.clock.Advance(24 * time.Hour)
	q := b.Tab(t)
	f.enter(q, at)
	q.Open(at + "/risk/exemptions")
	looks(t, q, "exemption-report")

	r := b.Tab(t)
	h.enter(r, at)
	r.Open(at + customerPath(c) + "/exemptions")
	looks(t, r, "exemptions-desk")
	r.Follow("main a[href$='/remove']")
	looks(t, r, "exemptions-remove")
	r.Follow("main button[type=submit]")
	r.WaitText(".flashes", "off the list")
	r.Follow("main a[href$='/end']")
	r.Follow("main button[type=submit]")
	r.WaitText(".flashes", "The series has ended")
	looks(t, r, "exemptions-ended")
}
