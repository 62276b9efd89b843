//go:build browser

package console_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"testing"
	"time"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// lives has a phone with four other devices report for some weeks, each hour: at home in the night and evening, at
// work by day, in the car between, with a watch that is charged at night.
func (w *world) lives(who ident.ID) companion.Companion {
	w.Helper()
	pub, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		w.Fatal(err)
	}
	invited, err := w.cfg.Companions.Invite(w.Context(), audit.System("test"), companion.Order{Customer: who}, companion.Wanted{Kind: companion.Phone, Name: "Ada's phone"})
	if err != nil {
		w.Fatal(err)
	}
	phone, err := w.cfg.Companions.Enroll(w.Context(), invited.Code, companion.Thing{Can: []companion.Capability{companion.Application}, Keys: companion.Keys{Signer: companion.Ed25519, Verifier: pub}})
	if err != nil {
		w.Fatal(err)
	}
	w.write(func(tx *db.Tx) error {
		for n, k := range []companion.Kind{companion.AccessPoint, companion.TV, companion.Watch, companion.Vehicle, companion.Desktop} {
			t := companion.Thing{Kind: k, Identifiers: []companion.Identifier{{Kind: companion.Serial, Value: "SN-000" + string(rune('0'+n))}}}
			if k == companion.Desktop {
				t.Group = companion.Job
			}
			if _, _, err := w.cfg.Companions.Name(tx, phone, t); err != nil {
				return err
			}
		}
		return nil
	})
	w.clock.Advance(80 * time.Hour)
	for range 24 * 24 {
		w.hour(phone)
		w.clock.Advance(time.Hour)
		if _, err := w.cfg.Interactions.Learn(w.Context(), 100); err != nil {
			w.Fatal(err)
		}
	}
	return phone
}

// hour reports what is near the phone now.
func (w *world) hour(phone companion.Companion) {
	w.Helper()
	now := w.clock.Now()
	work := now.Weekday() != time.Saturday && now.Weekday() != time.Sunday
	place, seen := s2.LatLngFromDegrees(48.2082, 16.3738), []int{2}
	switch h := now.Hour(); {
	case work && (h == 8 || h == 17):
		place, seen = s2.LatLngFromDegrees(48.2200, 16.3600), []int{4, 5}
	case work && h > 8 && h < 17:
		place, seen = s2.LatLngFromDegrees(48.2350, 16.4100), []int{4, 6}
	case h >= 19 && h < 23:
		seen = []int{2, 3, 4}
	case h >= 7:
		seen = []int{2, 4}
	}
	at := now.UnixMilli()
	b := report.Batch{Zone: 0, Live: true, Events: []report.Event{
		{Time: at, Kind: report.Place, Place: &report.Cell{Token: s2.CellIDFromLatLng(place).Parent(14).ToToken()}},
		{Time: at, Kind: report.Poll, Seen: seen},
	}}
	w.write(func(tx *db.Tx) error {
		_, err := w.cfg.Interactions.Take(tx, phone, interaction.Batch{Sent: now, Body: &b})
		return err
	})
}

func (w *world) write(f func(*db.Tx) error) {
	w.Helper()
	if err := w.cfg.Companions.DB.Write(w.Context(), f); err != nil {
		w.Fatal(err)
	}
}

// TestBrowserPattern: the analyst sees a day as a picture, the usual week, the places, and why a payment was judged as it was.
func TestBrowserPattern(t *testing.T) {
	w := newWorld(t)
	c := w.customer("10027-4418", "Ada Palmer")
	m := w.join("rolf", staff.FraudAnalyst)
	phone := w.lives(c.ID)
	w.hour(phone)
	var x interaction.Decision
	w.write(func(tx *db.Tx) error {
		var err error
		x, _, err = w.cfg.Interactions.Assess(tx, audit.System("test"), interaction.Ask{Customer: c.ID, Primary: phone.ID, Reference: "p-1", Currency: "EUR", Request: judge.Request{Kind: judge.Transaction, Amount: 12_000}})
		return err
	})
	_, err := w.cfg.Interactions.Announce(t.Context(), audit.System("test"), nil, interaction.Notice{
		Customer: c.ID, From: w.clock.Now(), Until: w.clock.Now().Add(5 * 24 * time.Hour), Radius: 50, Place: s2.CellIDFromLatLng(s2.LatLngFromDegrees(41.9, 12.5)).Parent(14),
	})
	if err != nil {
		t.Fatal(err)
	}
	at := w.serve()
	p := webtest.Start(t).Tab(t)
	m.enter(p, at)
	p.Open(at + customerAt(c) + "/devices/" + phone.ID.String())
	p.Follow("a[href$='/pattern']")
	p.WaitText("h1", "Pattern of devices")
	p.WaitText("#journeys", "Announced journeys")
	p.WaitText("main", "41.9, 12.5 (50 km around)")
	looks(t, p, "pattern")
	p.Follow("a[href*='?day=']")
	p.WaitText("h1", "Pattern of devices")
	p.Follow("a[href$='/decisions/" + x.ID.String() + "']")
	p.WaitText("main", "Why")
	looks(t, p, "decision")
}
