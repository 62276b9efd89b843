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
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

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
