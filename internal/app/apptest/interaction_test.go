package apptest_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// TestDevicesTakePartInPayments has a phone report for eight days, and pays: what the devices say is a part of
// the risk decision, restrictions demand a step-up, and the kill switch ends it.
func TestDevicesTakePartInPayments(t *testing.T) {
	t.Parallel()
	both(t, true, func(t *testing.T, in *apptest.Installation, clock *dbtest.Clock) {
		in.Open(t, func(a *app.App) {
			interactionMode(t, a, policy.InteractionOn)
			l := living(t, a, clock)
			for range 8 {
				l.day()
			}
			l.report(true, l.look(clock.Now())...)

			small := l.pay(t, 4000)
			x := l.said(t, small)
			if x.Outcome != "limited" || x.Demand.Code != "" || x.Shadow {
				t.Fatalf("a small payment: %+v", x)
			}
			if !slices.ContainsFunc(small.Result.Terms, func(y score.Term) bool { return y.Family == score.FamilyInteraction }) {
				t.Errorf("no term of the devices in %+v", small.Result.Terms)
			}
			large := l.pay(t, 6000)
			if !slices.Contains(large.Result.Reasons(), "interaction.over_amount") || large.Result.Decision != score.StepUp {
				t.Errorf("a payment over the restriction: %s for %v", large.Result.Decision, large.Result.Reasons())
			}
			kept, err := a.Interactions.Decisions(t.Context(), l.who, ident.ID{}, 10)
			if err != nil || len(kept) != 2 || kept[0].Reference != "risk:"+large.ID.String() {
				t.Errorf("%d decisions are kept: %v", len(kept), err)
			}

			interactionMode(t, a, policy.InteractionShadow)
			shadow := l.pay(t, 6000)
			if x := l.said(t, shadow); !x.Shadow || x.Demand.Code != "" || slices.Contains(shadow.Result.Reasons(), "interaction.over_amount") {
				t.Errorf("in shadow: %+v", x)
			}
			interactionMode(t, a, policy.InteractionOff)
			if x := l.said(t, l.pay(t, 6000)); x != (score.Interaction{}) {
				t.Errorf("off: %+v", x)
			}
		})
		in.Verify(t)
	})
}

// interactionMode puts policies in force in which patterns are judged so.
func interactionMode(t *testing.T, a *app.App, mode string) {
	t.Helper()
	doc, err := a.Policies.Active().Format()
	if err != nil {
		t.Fatal(err)
	}
	set, err := policy.Parse(doc) // a copy
	if err != nil {
		t.Fatal(err)
	}
	set.Interaction.Mode = mode
	if doc, err = set.Format(); err == nil {
		var v int64
		if v, err = a.Policies.Store(t.Context(), audit.System("test"), doc); err == nil {
			err = a.Policies.Activate(t.Context(), audit.System("test"), a.Policies.Active().Version, v)
		}
	}
	if err == nil {
		err = a.Policies.Reload(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// life is a customer with a phone and an access point.
type life struct {
	*testing.T

	a         *app.App
	clock     *dbtest.Clock
	who       ident.ID
	phone, ap companion.Companion
}

func living(t *testing.T, a *app.App, clock *dbtest.Clock) *life {
	t.Helper()
	l := &life{T: t, a: a, clock: clock}
	c, err := a.Customers.Create(t.Context(), audit.System("test"), customer.New{Number: "1001"})
	if err != nil {
		t.Fatal(err)
	}
	l.who = c.ID
	i, err := a.Companions.Invite(t.Context(), audit.System("test"), companion.Order{Customer: c.ID}, companion.Wanted{Kind: companion.Phone})
	if err != nil {
		t.Fatal(err)
	}
	pub, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	l.phone, err = a.Companions.Enroll(t.Context(), i.Code, companion.Thing{Can: []companion.Capability{companion.Application}, Keys: companion.Keys{Signer: companion.Ed25519, Verifier: pub, Sealer: []byte("x")}})
	if err != nil {
		t.Fatal(err)
	}
	err = a.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		l.ap, _, err = a.Companions.Name(tx, l.phone, companion.Thing{Kind: companion.AccessPoint, Identifiers: []companion.Identifier{{Kind: companion.Serial, Value: "AP-1"}}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(73 * time.Hour) // quarantine
	return l
}

// look is what the phone tells of an hour at home.
func (l *life) look(at time.Time) []report.Event {
	return []report.Event{
		{Time: at.UnixMilli(), Kind: report.Place, Place: &report.Cell{Token: "47a851e4"}},
		{Time: at.UnixMilli(), Kind: report.Poll, Seen: []int{l.ap.Number}},
	}
}

func (l *life) report(live bool, events ...report.Event) {
	l.Helper()
	err := l.a.DB.Write(l.Context(), func(tx *db.Tx) error {
		_, err := l.a.Interactions.Take(tx, l.phone, interaction.Batch{Sent: tx.Now, Body: &report.Batch{Live: live, Events: events}})
		return err
	})
	if err != nil {
		l.Fatal(err)
	}
}

// day lets a day pass, and learns.
func (l *life) day() {
	l.Helper()
	var events []report.Event
	for range 24 {
		events = append(events, l.look(l.clock.Now())...)
		l.clock.Advance(time.Hour)
	}
	l.report(false, events...)
	if _, err := l.a.Interactions.Learn(l.Context(), 10); err != nil {
		l.Fatal(err)
	}
}

// pay has a payment judged.
func (l *life) pay(t *testing.T, cents int64) risk.Assessment {
	t.Helper()
	l.clock.Advance(time.Second)
	x, err := l.a.Risk.Payment(t.Context(), audit.System("test"), "transfer", risk.Call{Customer: l.who, Reference: rand.Text(), Channel: "web", Agent: "test"},
		[]risk.Payment{{Amount: payment.Amount{Minor: cents, Currency: "EUR"}, Payee: "DE89370400440532013000", PayeeCountry: "DE"}})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// said ends an event, and returns what the devices said of it; zero for nothing.
func (l *life) said(t *testing.T, x risk.Assessment) score.Interaction {
	t.Helper()
	e, err := l.a.Risk.Reject(t.Context(), audit.System("test"), l.who, x.ID)
	if err != nil {
		t.Fatal(err)
	}
	return e.Facts.Interaction
}
