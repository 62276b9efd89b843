//go:build browser

package self_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// TestBrowserThings: a phone is registered with a code, tells of a watch and a television, and is named, taken out of
// use and back, lost and removed.
func TestBrowserThings(t *testing.T) {
	w := newWorld(t)
	w.customer("10002002", "CS-4407-220417")
	server := httptest.NewServer(w.http)
	t.Cleanup(server.Close)
	p := webtest.Start(t).Tab(t)
	p.Open(server.URL + "/login")
	enter(p, server.URL, code(t, "CS-4407-220417", 0))
	p.WaitText("h1", "My tokens")
	p.Open(server.URL + "/devices")
	looks(t, p, "things-none")
	p.Follow("a[href='/devices/add']")
	p.Fill("#f-code", code(t, "CS-4407-220417", 1))
	p.Follow("main form[action$='/proof'] button[type=submit].primary")
	p.Wait("#f-kind")
	looks(t, p, "thing-add")
	p.Fill("#f-name", "My phone")
	p.Follow("main form[action='/devices/add'] button[type=submit]")
	p.Wait("output.secret-value")
	looks(t, p, "thing-code")
	pub, _, err := ed25519.GenerateKey(rand.Reader)
	w.must(err)
	secret := p.Text("output.secret-value")
	p.Follow("a.primary[href='/devices']")
	p.WaitText("main", "Waiting for the device")
	phone, err := w.cfg.Companions.Enroll(t.Context(), secret, companion.Thing{
		Model: "Pixel 11", Can: []companion.Capability{companion.Application, companion.Interface, companion.Sensors}, Keys: companion.Keys{Signer: companion.Ed25519, Verifier: pub},
		Identifiers: []companion.Identifier{{Kind: companion.MSISDN, Value: "+43 664 1234567"}},
	})
	w.must(err)
	w.must(w.db.Write(t.Context(), func(tx *db.Tx) error {
		for _, x := range []companion.Thing{
			{Kind: companion.Watch, Name: "Ada's watch", Identifiers: []companion.Identifier{{Kind: companion.MAC, Value: "00:1A:7D:DA:71:13"}}},
			{Kind: companion.TV, Model: "Vision 55", Identifiers: []companion.Identifier{{Kind: companion.Serial, Value: "TV-77120"}}},
			{Kind: companion.Vehicle, Identifiers: []companion.Identifier{{Kind: companion.MAC, Value: "00:1A:7D:DA:71:14"}}},
			{Kind: companion.AccessPoint, Name: "Home", Identifiers: []companion.Identifier{{Kind: companion.MAC, Value: "00:1A:7D:DA:71:15"}}},
		} {
			if _, _, err := w.cfg.Companions.Name(tx, phone, x); err != nil {
				return err
			}
		}
		return nil
	}))
	p.Open(server.URL + "/devices")
	looks(t, p, "things")
	p.Follow("a[href='/habits']")
	looks(t, p, "habits")
	p.Follow("a[href='/journeys']")
	p.Follow("a[href='/journeys/new']")
	p.Fill("#f-code", code(t, "CS-4407-220417", 2))
	p.Follow("main form[action$='/proof'] button[type=submit].primary")
	p.Wait("#f-place")
	looks(t, p, "journey-new")
	w.announced(phone.Customer)
	p.Open(server.URL + "/journeys")
	p.WaitText("main", "Italy")
	looks(t, p, "journeys")
	p.Open(server.URL + "/habits")
	p.Follow("form[action='/habits/stop'] button")
	p.WaitText(".flashes", "learns nothing any more")
	p.Open(server.URL + "/devices")
	w.clock.Advance(time.Minute)
	at := server.URL + "/devices/" + phone.ID.String()
	p.Open(at)
	p.WaitText("main", "counts from")
	looks(t, p, "thing")
	p.Fill("#f-name", "Old phone")
	p.Follow("main form[action$='/name'] button[type=submit]")
	p.WaitText("h1", "Old phone")
	p.Follow("a[href$='/suspension']")
	looks(t, p, "thing-suspend")
	p.Follow("main form[action$='/suspension'] button[type=submit]")
	p.WaitText(".flashes", "out of use")
	p.Follow("a[href$='/resumption']")
	p.Fill("#f-code", code(t, "CS-4407-220417", 3))
	p.Follow("main form[action$='/proof'] button[type=submit].primary")
	p.Follow("main form[action$='/resumption'] button[type=submit]")
	p.WaitText(".flashes", "in use again")
	p.Follow("a[href$='/loss']")
	p.Follow("main form[action$='/loss'] button[type=submit]")
	p.WaitText(".head", "Lost")
	looks(t, p, "thing-lost")
	p.Follow("a[href$='/removal']")
	p.Follow("main form[action$='/removal'] button[type=submit]")
	p.WaitText("h1", "My devices")
	if all, err := w.cfg.Companions.List(t.Context(), phone.Customer); err != nil || len(all) != 4 {
		t.Errorf("%d devices, %v", len(all), err)
	}
}

// announced keeps two journeys of a customer, one of them from the bank's desk.
func (w *world) announced(customer ident.ID) {
	w.Helper()
	for _, n := range []interaction.Notice{
		{Place: s2.CellIDFromLatLng(s2.LatLngFromDegrees(42.2, 12.5)).Parent(14), Radius: 720, From: w.clock.Now().Add(-time.Hour), Until: w.clock.Now().Add(200 * time.Hour)},
		{Place: s2.CellIDFromLatLng(s2.LatLngFromDegrees(-54.8, -68.3)).Parent(14), Radius: 90, From: w.clock.Now().Add(300 * time.Hour), Until: w.clock.Now().Add(500 * time.Hour)},
	} {
		n.Customer = customer
		_, err := w.cfg.Interactions.Announce(w.Context(), cli(), nil, n)
		w.must(err)
	}
}
