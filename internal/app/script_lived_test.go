package app_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/golang/geo/s2"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
)

// lived has a phone enroll with the code of an invitation, name an access point, and report what it sees on the ten
// days after its quarantine: lived FILE NUMBER, where FILE has the code that countersign companion invite printed.
func lived(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lived FILE NUMBER")
	}
	code, _ := at(ts, args[0], "code").(string)
	now := time.Now()
	withAppAt(ts, func() time.Time { return now }, func(ctx context.Context, a *app.App) {
		phone, ap := household(ctx, ts, a, code)
		now = now.Add(73 * time.Hour) // out of quarantine
		home := s2.CellIDFromLatLng(s2.LatLngFromDegrees(52.52, 13.405)).Parent(14).ToToken()
		for range 10 {
			var b report.Batch
			for range 24 {
				b.Events = append(b.Events, report.Event{Time: now.UnixMilli(), Kind: report.Place, Place: &report.Cell{Token: home}}, report.Event{Time: now.UnixMilli(), Kind: report.Poll, Seen: []int{ap.Number}})
				now = now.Add(time.Hour)
			}
			ts.Check(a.DB.Write(ctx, func(tx *db.Tx) error {
				_, err := a.Interactions.Take(tx, phone, interaction.Batch{Sent: now, Body: &b})
				return err
			}))
			_, err := a.Interactions.Learn(ctx, 100)
			ts.Check(err)
		}
		who, err := a.Customers.GetByNumber(ctx, args[1])
		ts.Check(err)
		_, judged, err := a.Interactions.Judge(ctx, audit.System("test"), interaction.Ask{Customer: who.ID, Reference: "card 1", Request: judge.Request{Amount: 1250}, Currency: "EUR", Access: judge.Access{Remote: true}})
		ts.Check(err)
		if !judged {
			ts.Fatalf("nothing was judged")
		}
	})
}

// household enrolls a phone, and has it name an access point.
func household(ctx context.Context, ts *testscript.TestScript, a *app.App, code string) (phone, ap companion.Companion) {
	pub, _, err := ed25519.GenerateKey(rand.Reader)
	ts.Check(err)
	phone, err = a.Companions.Enroll(ctx, code, companion.Thing{
		Model: "Phone 7", Can: []companion.Capability{companion.Application}, Identifiers: []companion.Identifier{{Kind: companion.Serial, Value: "SN-12345678"}},
		Keys: companion.Keys{Signer: companion.Ed25519, Verifier: pub, Sealer: []byte("x")},
	})
	ts.Check(err)
	ts.Check(a.DB.Write(ctx, func(tx *db.Tx) (err error) {
		ap, _, err = a.Companions.Name(tx, phone, companion.Thing{Kind: companion.AccessPoint, Identifiers: []companion.Identifier{{Kind: companion.Serial, Value: "AP-12345678"}}})
		return err
	}))
	return phone, ap
}

// withAppAt is withApp at another time.
func withAppAt(ts *testscript.TestScript, now func() time.Time, f func(context.Context, *app.App)) {
	ctx := context.Background()
	a, err := app.New(ctx, app.Setup{Config: scriptConfig(ts), Now: now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	ts.Check(err)
	f(ctx, a)
	ts.Check(a.Close())
}
