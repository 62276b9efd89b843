//go:build browser

package console_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// TestBrowserProviders: a service provider is registered, changed, given another password and shut out.
func TestBrowserProviders(t *testing.T) {
	w := newWorld(t)
	boss := w.join("boss", staff.Administrator)
	at := w.serve()
	p := webtest.Start(t).Tab(t)
	boss.enter(p, at)
	p.Open(at + "/providers")
	looks(t, p, "providers-none")
	p.Follow("a[href='/providers/new']")
	looks(t, p, "provider-new")
	p.Fill("#f-code", "https://shop.example/ap")
	p.Fill("#f-name", "Corner Shop")
	p.Fill("#f-pins", "not a certificate")
	p.Follow("main button[type=submit]")
	p.WaitText("main", "neither a certificate")
	looks(t, p, "provider-new-wrong")
	p.Fill("#f-pins", anyPin)
	p.Fill("#f-callbacks", "https://shop.example/notify\nhttps://shop.example/backup")
	p.Follow("main button[type=submit]")
	p.Wait("#provider-password")
	looks(t, p, "provider-password-once")
	p.Follow(".actions a.primary")
	looks(t, p, "provider")
	p.Follow("a[href$='/edit']")
	p.Fill("#f-prefix", "Corner Shop:")
	looks(t, p, "provider-edit")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "The terms are changed")
	p.Follow("a[href$='/do/disable']")
	looks(t, p, "provider-disable")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "is disabled")
	p.Open(at + "/providers")
	looks(t, p, "providers")
}
