//go:build browser

package console_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// TestBrowserCompanions: the help desk invites a device of a customer whom it identified, looks at it, suspends and
// removes it.
func TestBrowserCompanions(t *testing.T) {
	w := newWorld(t)
	w.customer("10027-4418", "Ada Palmer")
	m := w.join("maja", staff.HelpDesk)
	at := w.serve()
	p := webtest.Start(t).Tab(t)
	m.enter(p, at)
	p.Open(at + "/customers?q=10027")
	p.Follow("a[href$='/devices/new']")
	tick(p, "rrr")
	p.Follow("main button[type=submit]")
	p.Wait("#f-kind")
	looks(t, p, "companion-invite")
	p.Follow("main button[type=submit]")
	p.Wait("#device-code")
	looks(t, p, "companion-code")
	pub, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	phone, err := w.cfg.Companions.Enroll(t.Context(), p.Attr("#device-code", "data-value"), companion.Thing{
		Name: "Ada's phone", Model: "Pixel 11", Can: []companion.Capability{companion.Application}, Keys: companion.Keys{Signer: companion.Ed25519, Verifier: pub},
		Identifiers: []companion.Identifier{{Kind: companion.MSISDN, Value: "+43 664 1234567"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Minute)
	p.Follow(".actions a.primary")
	p.WaitText("main", "Devices they live with")
	looks(t, p, "companion-customer")
	p.Follow("a[href$='/devices/" + phone.ID.String() + "']")
	p.WaitText(".lede", "It counts from")
	looks(t, p, "companion")
	p.Follow("a[href$='/suspend-companion']")
	p.Fill("#f-reason", "Left in a train.")
	looks(t, p, "companion-suspend")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "is suspended")
	p.Follow("a[href$='/remove-companion']")
	p.Fill("#f-reason", "Left in a train.")
	p.Click("label:has(input[name=sure])")
	p.Follow("main button[type=submit]")
	p.WaitText(".flashes", "is removed")
	if all, err := w.cfg.Companions.List(t.Context(), phone.Customer); err != nil || len(all) > 0 {
		t.Errorf("%d devices, %v", len(all), err)
	}
}
