package interaction_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
)

// Who has a session of the customer may have the pattern forgotten without a proof, and gains nothing by it: for as long as a new device
// counts for nothing, little is known, and there are limits.
func TestForgettingOpensNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		forget := func() error { return w.desk.Forget(t.Context(), audit.Customer(w.who), w.who) }
		decline := func() error {
			return w.desk.Choose(t.Context(), audit.Customer(w.who), w.who, nil, interaction.Choice{})
		}
		for what, act := range map[string]func() error{"forgotten": forget, "declined": decline} {
			w.ok(w.desk.Choose(t.Context(), system, w.who, nil, interaction.Choice{Learn: true}))
			w.live(8)
			w.look(rome(), false)
			if x := w.ask(100_000); x.Outcome == judge.Allow || x.Outcome == judge.Limited {
				t.Fatalf("a thief in Rome: %s", x.Outcome)
			}
			w.ok(act())
			if x := w.ask(100_000); x.Outcome != judge.StepUp || x.Zone != judge.Thin {
				t.Errorf("%s: %s in zone %s", what, x.Outcome, x.Zone)
			}
			w.pass(w.set.Companions.Quarantine + time.Second)
			if _, judged, err := w.desk.Judge(t.Context(), system, interaction.Ask{Customer: w.who}); judged || err != nil {
				t.Errorf("%s, and some days later: %v, %v", what, judged, err)
			}
		}
	})
}

// A request is made by a device of the customer that is in use, and a transaction by one with a transaction application (DI-231): to say that there is nothing
// to judge by would let a lost one pay.
func TestDI231WhoMayAsk(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(8)
		w.look(house(), true, w.ap, w.watch)
		ask := func(id ident.ID, k judge.Kind) error {
			return second(second3(w.desk.Judge(t.Context(), system, interaction.Ask{Customer: w.who, Primary: id, Request: judge.Request{Kind: k}, Access: judge.Access{Remote: true}})))
		}
		w.ok(ask(w.phone.ID, judge.Transaction))
		w.ok(ask(w.ap.ID, judge.Service))
		w.wants(ask(w.ap.ID, judge.Transaction), "interaction.device")
		w.wants(ask(ident.Derive("none"), judge.Transaction), "companion.unknown")
		other, _, _ := w.household(w.customer("2"))
		w.wants(ask(other.ID, judge.Service), "companion.unknown")
		on := companion.On{Order: companion.Order{Customer: w.who}, Companion: w.phone.ID}
		w.ok(w.homes.Suspend(t.Context(), system, on))
		w.wants(ask(w.phone.ID, judge.Service), "interaction.device")
		w.ok(w.homes.Lose(t.Context(), system, on))
		w.wants(ask(w.phone.ID, judge.Transaction), "interaction.device")
	})
}

func second3[A, B any](_ A, b B, err error) (B, error) { return b, err }

// A bracelet that nobody can use is no user interface, whatever the request says (DI-94, DI-95).
func TestATertiaryHasAnInterface(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(8)
		w.look(house(), true, w.watch)
		says := func(n int) (weight int) {
			x, _, err := w.desk.Judge(t.Context(), system, interaction.Ask{Customer: w.who, Request: judge.Request{Kind: judge.Service}, Access: judge.Access{Remote: true}, Interface: n})
			w.ok(err)
			for _, term := range x.Details.Terms {
				if int(term.Device) == w.watch.Number {
					weight += term.Weight
				}
			}
			return weight
		}
		if with, without := says(w.watch.Number), says(0); with != without || with == 0 {
			t.Errorf("it says %d as the user interface, %d otherwise", with, without)
		}
	})
}

// The primary that was heard of last is the one that reported last, not one that another device has seen since.
func TestTheLastIsWhoReportedLast(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		i, err := w.homes.Invite(t.Context(), system, companion.Order{Customer: w.who}, companion.Wanted{Kind: companion.Tablet})
		w.ok(err)
		tablet, err := w.homes.Enroll(t.Context(), i.Code, companion.Thing{Can: []companion.Capability{companion.Application}, Keys: companion.Keys{Signer: companion.Ed25519, Verifier: w.signer().Public(), Sealer: []byte("x")}})
		w.ok(err)
		w.take(tablet, report.Batch{Events: []report.Event{{Time: w.now().UnixMilli(), Kind: report.Poll}}}, w.now())
		w.live(8)
		w.look(house(), true, w.ap, w.watch)
		w.write(func(tx *db.Tx) error {
			return companion.MetAll(tx, w.phone, []int{tablet.Number}, w.now().Add(time.Minute))
		})
		if x := w.ask(1000); x.Primary != w.phone.ID {
			t.Errorf("judged by the tablet, which told nothing for days: %s", x.Outcome)
		}
	})
}

// After the restoration of a backup nobody knows what was paid since: the sum of the day counts as taken, and of devices in quarantine little is known.
func TestARestoredDayIsSpent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(8)
		w.look(house(), false, w.ap, w.watch)
		if x := w.ask(1000); x.Outcome != judge.Limited {
			t.Fatalf("before: %s", x.Outcome)
		}
		w.write(func(tx *db.Tx) error {
			if err := w.homes.Restored(tx, audit.Recovery{}); err != nil {
				return err
			}
			return w.desk.Restored(tx, audit.Recovery{})
		})
		w.look(house(), true, w.ap, w.watch)
		if x := w.ask(1000); x.Outcome != judge.StepUp || x.Details.Over != "daily" || x.Zone != judge.Thin {
			t.Errorf("on the day of the restoration: %s over %q in zone %s", x.Outcome, x.Details.Over, x.Zone)
		}
		w.pass(24 * time.Hour)
		w.look(house(), true, w.ap, w.watch)
		if x := w.ask(1000); x.Outcome != judge.Limited || x.Zone != judge.Thin {
			t.Errorf("on the next day: %s in zone %s", x.Outcome, x.Zone)
		}
		w.pass(w.set.Companions.Quarantine)
		w.look(house(), true, w.ap, w.watch)
		if x := w.ask(1000); x.Outcome != judge.Allow {
			t.Errorf("after the quarantine: %s in zone %s", x.Outcome, x.Zone)
		}
	})
}
