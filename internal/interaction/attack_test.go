package interaction_test

import (
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// A phone and its watch report at the same moment, to two nodes: neither loses what the other has told.
func TestReportsOfTwoDevicesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range 8 {
			w.pass(3 * time.Hour)
			at := w.now()
			w.look(house(), false, w.ap) // the row is there
			var all sync.WaitGroup
			both := func(c companion.Companion, e report.Event) {
				all.Go(func() {
					err := w.d.Write(t.Context(), func(tx *db.Tx) error {
						_, err := w.desk.Take(tx, c, interaction.Batch{Sent: at, Body: &report.Batch{Events: []report.Event{e}}})
						time.Sleep(10 * time.Millisecond) // the transactions overlap where the database lets them
						return err
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			both(w.watch, report.Event{Time: at.UnixMilli(), Kind: report.Connect, Device: w.watch.Number})
			both(w.phone, w.poll(at, false, w.ap))
			all.Wait()
			if p, q := w.shown(w.watch), w.shown(w.ap); p != pattern.Signed || q != pattern.Identifier {
				t.Fatalf("the watch is shown as %s, the access point as %s", p, q)
			}
		}
	})
}

// What a phone reported while a thief had it is not learned when its owner has it back within the day.
func TestASuspensionInTheMeantimeTeachesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(6)
		at := w.now()
		w.take(w.phone, report.Batch{Events: []report.Event{placed(at, rome()), w.poll(at, false)}}, at)
		on := companion.On{Order: companion.Order{Customer: w.who, Proof: proof{}}, Companion: w.phone.ID}
		w.ok(w.homes.Suspend(t.Context(), audit.Customer(w.who), on))
		w.pass(3 * time.Hour)
		w.ok(w.homes.Resume(t.Context(), audit.Customer(w.who), on))
		w.take(w.phone, report.Batch{Events: []report.Event{placed(w.now(), shop()), w.poll(w.now(), true, w.watch)}}, w.now())
		w.pass(40 * time.Hour)
		w.learn()
		if l := w.pattern().Locate(pattern.HourOf(at, 0), rome()); l.Days != 0 {
			t.Errorf("what was reported before the suspension was learned: %+v", l)
		}
		if l := w.pattern().Locate(pattern.HourOf(at, 0), shop()); l.Days != 1 {
			t.Errorf("what was reported after it was not learned: %+v", l)
		}
	})
}

// A thief who has the phone says in which civil time it is: another one does not make another day, with another sum.
func TestAnotherZoneIsNoOtherDay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(8)
		w.look(house(), false, w.ap, w.watch)
		for range 3 {
			if x := w.ask(5000); x.Outcome != judge.Limited {
				t.Fatalf("%s with %.2f", x.Outcome, x.Sum)
			}
		}
		for _, zone := range []int{18 * 60, -18 * 60, 14 * 60, -12 * 60} {
			w.pass(time.Second)
			w.take(w.phone, report.Batch{Zone: zone, Live: true, Events: []report.Event{placed(w.now(), house()), w.poll(w.now(), false, w.ap, w.watch)}}, w.now())
			if x := w.ask(4000); x.Outcome == judge.Allow || x.Outcome == judge.Limited {
				t.Errorf("%d minutes east: %s, and it took %d of day %d", zone, x.Outcome, x.Spent, x.Day)
			}
		}
	})
}

// A phone that was enrolled a moment ago is in its quarantine, whatever it inherits.
func TestAFreshPrimaryIsNeverTrusted(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.set.Companions.Quarantine = 7 * 24 * time.Hour
		w.live(10)
		w.ok(w.homes.Remove(t.Context(), system, companion.On{Order: companion.Order{Customer: w.who}, Companion: w.phone.ID}))
		i, err := w.homes.Invite(t.Context(), system, companion.Order{Customer: w.who}, companion.Wanted{Kind: companion.Phone})
		w.ok(err)
		w.phone, err = w.homes.Enroll(t.Context(), i.Code, companion.Thing{Can: []companion.Capability{companion.Application}, Keys: companion.Keys{Signer: companion.Ed25519, Verifier: w.signer().Public(), Sealer: []byte("x")}})
		w.ok(err)
		w.live(3)
		w.look(house(), true, w.ap, w.watch)
		if x := w.ask(2000); x.Outcome == judge.Allow {
			t.Errorf("on its third day: %s with %.2f in zone %s", x.Outcome, x.Sum, x.Zone)
		}
		w.pass(5 * 24 * time.Hour)
		w.look(house(), true, w.ap, w.watch)
		if x := w.ask(2000); x.Outcome != judge.Allow {
			t.Errorf("after its quarantine: %s with %.2f in zone %s", x.Outcome, x.Sum, x.Zone)
		}
	})
}

// A watch whose phone was removed or lost reports to nobody.
func TestASecondaryOfNobodyLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ok(w.homes.Lose(t.Context(), system, companion.On{Order: companion.Order{Customer: w.who}, Companion: w.phone.ID}))
		at := w.now()
		err := w.d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := w.desk.Take(tx, w.watch, interaction.Batch{Sent: at, Body: &report.Batch{Events: []report.Event{{Time: at.UnixMilli(), Kind: report.Place, Place: &report.Cell{Token: shop().ToToken()}}}}})
			return err
		})
		w.wants(err, "interaction.primary")
		if n := w.count("SELECT COUNT(*) FROM interaction_batch"); n != 0 {
			t.Errorf("%d batches are kept of a phone that was lost", n)
		}
	})
}

// What a customer denies is unlearned from all that report, not only from the one that was judged by.
func TestADeniedRequestIsUnlearnedEverywhere(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(3)
		x := w.ask(1000)
		i, err := w.homes.Invite(t.Context(), system, companion.Order{Customer: w.who}, companion.Wanted{Kind: companion.Tablet})
		w.ok(err)
		tablet, err := w.homes.Enroll(t.Context(), i.Code, companion.Thing{Can: []companion.Capability{companion.Application}, Keys: companion.Keys{Signer: companion.Ed25519, Verifier: w.signer().Public(), Sealer: []byte("x")}})
		w.ok(err)
		at := w.now().Add(time.Hour)
		w.pass(2 * time.Hour)
		w.take(tablet, report.Batch{Events: []report.Event{placed(at, rome()), {Time: at.UnixMilli(), Kind: report.Poll}}}, w.now())
		w.pass(30 * time.Hour)
		w.learn()
		of := func() int {
			s, err := w.desk.Pattern(t.Context(), w.who, tablet.ID)
			w.ok(err)
			return s.Locate(pattern.HourOf(at, 0), rome()).Days
		}
		if of() != 1 {
			t.Fatal("not learned")
		}
		w.ok(second(w.desk.Disown(t.Context(), audit.Customer(w.who), w.who, x.ID)))
		if of() != 0 {
			t.Error("the tablet knows the place of a request that was denied")
		}
	})
}
