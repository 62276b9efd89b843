package interaction_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

func TestDI83And87Decisions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(10)
		w.look(house(), true, w.ap, w.watch)
		usual := w.ask(100_000)
		if usual.Outcome != judge.Allow || usual.Demand() != (score.Demand{}) || len(usual.Scores()) != len(usual.Details.Terms) {
			t.Errorf("at home: %s with %.2f", usual.Outcome, usual.Sum)
		}
		w.pass(4 * time.Hour)
		w.look(rome(), true)
		strange := w.ask(100_000)
		if strange.Outcome != judge.StepUp || strange.Demand().Decision != score.StepUp || !strange.Spares() {
			t.Errorf("far away and alone: %s with %.2f", strange.Outcome, strange.Sum)
		}
		w.set.Interaction.Refuse = policy.InteractionBlock
		if x := w.ask(100_000); x.Outcome != judge.Deny || x.Demand().Decision != score.Block || x.Spares() {
			t.Errorf("where the policies refuse: %s with %.2f", x.Outcome, x.Sum)
		}
		all, err := w.desk.Decisions(t.Context(), w.who, ident.ID{}, 10)
		w.ok(err)
		if c := s2.CellIDFromToken(all[0].Details.Place); c.Level() != 10 || !c.Contains(rome()) {
			t.Errorf("a decision keeps the place %s of level %d", c.ToToken(), c.Level())
		}
		if len(all) != 3 || all[2].ID != usual.ID || all[0].Details.Deny != w.set.Interaction.Deny || len(all[1].Details.Terms) == 0 {
			t.Errorf("%d decisions are kept", len(all))
		}
		older, err := w.desk.Decisions(t.Context(), w.who, all[1].ID, 10)
		w.ok(err)
		if len(older) != 1 || older[0].ID != usual.ID {
			t.Errorf("%d decisions before the second", len(older))
		}
		one, err := w.desk.Decision(t.Context(), w.who, strange.ID)
		w.ok(err)
		if one.Sum != float64(int64(strange.Sum*1000))/1000 && one.Outcome != strange.Outcome {
			t.Errorf("%+v is kept of %+v", one, strange)
		}
	})
}

func TestShadowChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(8)
		w.set.Interaction.Mode = policy.InteractionShadow
		w.look(rome(), true)
		x := w.ask(100_000)
		if x.Outcome == judge.Allow || x.Demand() != (score.Demand{}) || x.Scores() != nil || x.Counts() {
			t.Errorf("%s, demand %+v, %d terms", x.Outcome, x.Demand(), len(x.Scores()))
		}
		w.pass(3 * time.Hour)
		w.look(house(), false, w.ap, w.watch)
		for range 10 {
			if x := w.ask(5000); x.Outcome != judge.Limited || x.Spent != 0 {
				t.Fatalf("%s took %d in shadow: %.2f", x.Outcome, x.Spent, x.Sum)
			}
		}
	})
}

func TestDI99TheSumOfADay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(8)
		w.look(house(), false, w.ap, w.watch) // identifiers alone: limits
		for n, want := range []judge.Outcome{judge.Limited, judge.Limited, judge.Limited, judge.StepUp} {
			x := w.ask(5000)
			if x.Outcome != want {
				t.Fatalf("payment %d: %s with %.2f", n, x.Outcome, x.Sum)
			}
			if want == judge.StepUp && (x.Details.Over != "daily" || x.Demand().Code != "interaction.over_daily" || x.Details.Limits != nil) {
				t.Errorf("%+v", x.Details)
			}
		}
		if x := w.ask(5001); x.Details.Over != "amount" || x.Outcome != judge.StepUp {
			t.Errorf("%s over %q", x.Outcome, x.Details.Over)
		}
		w.pass(24 * time.Hour)
		w.look(house(), false, w.ap, w.watch)
		if x := w.ask(5000); x.Outcome != judge.Limited {
			t.Errorf("on the next day: %s over %q", x.Outcome, x.Details.Over)
		}
		dollars, _, err := w.desk.Judge(t.Context(), system, interaction.Ask{Customer: w.who, Request: judge.Request{Amount: 100}, Currency: "USD", Access: judge.Access{Remote: true}})
		w.ok(err)
		if dollars.Outcome != judge.StepUp || dollars.Details.Over != "amount" {
			t.Errorf("another currency: %s over %q", dollars.Outcome, dollars.Details.Over)
		}
	})
}

// TestTheSumOfADayHoldsUnderLoad lets payments fight for what is left of the day.
func TestTheSumOfADayHoldsUnderLoad(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(8)
		w.look(house(), false, w.ap, w.watch)
		var all sync.WaitGroup
		var mu sync.Mutex
		outcomes := map[judge.Outcome]int{}
		for range 12 {
			all.Go(func() {
				x, judged, err := w.desk.Judge(t.Context(), system, interaction.Ask{Customer: w.who, Request: judge.Request{Amount: 4000}, Currency: "EUR", Access: judge.Access{Remote: true}})
				mu.Lock()
				defer mu.Unlock()
				if err != nil || !judged {
					t.Errorf("judged %v: %v", judged, err)
				}
				outcomes[x.Outcome]++
			})
		}
		all.Wait()
		if outcomes[judge.Limited] != 3 || outcomes[judge.StepUp] != 9 {
			t.Errorf("of 15,000 cents payments of 4,000 took: %v", outcomes)
		}
	})
}

func TestDI76ThinDataHaveAnOutcome(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.look(house(), true, w.ap, w.watch)
		if x := w.ask(4000); x.Zone != judge.Thin || x.Outcome != judge.Limited {
			t.Errorf("a small payment: %s in zone %s", x.Outcome, x.Zone)
		}
		if x := w.ask(6000); x.Zone != judge.Thin || x.Outcome != judge.StepUp {
			t.Errorf("a large payment: %s in zone %s", x.Outcome, x.Zone)
		}
		w.set.Interaction.Thin = policy.InteractionStepUp
		if x := w.ask(4000); x.Outcome != judge.StepUp {
			t.Errorf("a policy that steps up: %s", x.Outcome)
		}
	})
}

func TestDisownedRequestsTeachNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(8)
		thief := w.now()
		var b report.Batch
		for h := range 6 {
			at := thief.Add(time.Duration(h) * time.Hour)
			b.Events = append(b.Events, placed(at, rome()), w.poll(at, false))
		}
		w.pass(6 * time.Hour)
		w.take(w.phone, b, w.now())
		early := w.ask(1000)
		later := w.ask(1000)
		w.wants(second(w.desk.Disown(t.Context(), audit.Customer(ident.Derive("thief")), w.who, early.ID)), "interaction.not_yours")
		x, err := w.desk.Disown(t.Context(), audit.Customer(w.who), w.who, early.ID)
		w.ok(err)
		if x.Denied.IsZero() || len(w.denied) != 1 || w.denied[0].ID != early.ID {
			t.Errorf("%+v, told %d", x, len(w.denied))
		}
		_, err = w.desk.Disown(t.Context(), audit.Customer(w.who), w.who, early.ID)
		w.ok(err)
		if len(w.denied) != 1 {
			t.Error("told twice")
		}
		w.pass(40 * time.Hour)
		w.learn()
		if l := w.pattern().Locate(pattern.HourOf(w.now(), 0), rome()); l.Days != 0 || l.Share > 0 {
			t.Errorf("a disputed place was learned: %+v", l)
		}
		_ = later
	})
}

func second[T any](_ T, err error) error { return err }

func TestWhatWasLearnedIsUnlearned(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(8)
		x := w.ask(1000)
		var b report.Batch
		for h := range 5 {
			at := w.now().Add(time.Duration(h) * time.Hour)
			b.Events = append(b.Events, placed(at, rome()), w.poll(at, false))
		}
		w.pass(5 * time.Hour)
		w.take(w.phone, b, w.now())
		w.pass(30 * time.Hour)
		w.learn()
		h := pattern.HourOf(w.now(), 0)
		if l := w.pattern().Locate(h, rome()); l.Days != 1 {
			t.Fatalf("not learned: %+v", l)
		}
		w.ok(second(w.desk.Disown(t.Context(), staff, w.who, x.ID)))
		if l := w.pattern().Locate(h, rome()); l.Days != 0 || l.Share > 1e-3 {
			t.Errorf("not unlearned: %+v", l)
		}
		if l := w.pattern().Locate(h, house()); l.Days < 7 {
			t.Errorf("what nobody disputes is gone as well: %+v", l)
		}
	})
}

func TestAStolenPhoneTeachesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(6)
		at := w.now()
		w.take(w.phone, report.Batch{Events: []report.Event{placed(at, rome()), w.poll(at, false)}}, at)
		on := companion.On{Order: companion.Order{Customer: w.who}, Companion: w.phone.ID}
		w.ok(w.homes.Suspend(t.Context(), audit.Customer(w.who), on))
		w.pass(30 * time.Hour)
		w.learn()
		if l := w.pattern().Locate(pattern.HourOf(at, 0), rome()); l.Days != 0 {
			t.Errorf("what a suspended phone reported was learned: %+v", l)
		}
		if _, judged, err := w.desk.Judge(t.Context(), system, interaction.Ask{Customer: w.who}); judged || err != nil {
			t.Errorf("judged by a suspended phone: %v %v", judged, err)
		}
	})
}

func TestAFreshDeviceGivesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(8)
		w.look(rome(), true)
		before := w.ask(1000)
		var thing companion.Companion
		w.write(func(tx *db.Tx) (err error) {
			thing, _, err = w.homes.Name(tx, w.phone, companion.Thing{Kind: companion.Watch, Identifiers: []companion.Identifier{{Kind: companion.Serial, Value: "new"}}})
			return err
		})
		w.look(rome(), true, thing)
		if after := w.ask(1000); after.Sum != before.Sum {
			t.Errorf("%.3f with a device of this minute, %.3f without (A8)", after.Sum, before.Sum)
		}
	})
}

func TestTwoNodesLearnAnHourOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		at := w.now()
		for h := range 20 {
			at := at.Add(time.Duration(h) * time.Hour)
			w.take(w.phone, report.Batch{Events: []report.Event{placed(at, house()), w.poll(at, false, w.ap)}}, w.now().Add(20*time.Hour))
		}
		w.pass(60 * time.Hour)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if _, err := w.desk.Learn(t.Context(), 10); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		once, other := w.pattern(), pattern.New(pattern.Usual())
		other.Admit(pattern.Number(w.ap.Number), pattern.HourOf(w.ap.Counts, 0)+1)
		if n := w.count("SELECT version FROM interaction_pattern"); n != 1 {
			t.Errorf("learned %d times", n)
		}
		if once.Days() != 1 {
			t.Errorf("%d days", once.Days())
		}
		if n, err := w.desk.Learn(t.Context(), 10); n != 0 || err != nil {
			t.Errorf("%d more to learn: %v", n, err)
		}
		// What comes several times an hour makes one lesson of some hours.
		for day, most := range []int{0, 5} { // a lesson of a day ago at the earliest, and then one in six hours
			lessons := 0
			for range 4 * 24 {
				w.look(house(), false, w.ap)
				w.pass(15 * time.Minute)
				n, err := w.desk.Learn(t.Context(), 10)
				w.ok(err)
				lessons += n
			}
			if lessons > most || lessons < most-2 {
				t.Errorf("%d lessons on day %d", lessons, day)
			}
		}
	})
}

func TestJourneys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(8)
		w.look(rome(), true, w.watch)
		before := w.ask(1000)
		me, trip := audit.Customer(w.who), interaction.Notice{Customer: w.who, From: w.now().Add(-time.Hour), Until: w.now().Add(72 * time.Hour), Place: rome(), Radius: 50}
		w.wants(second(w.desk.Announce(t.Context(), me, nil, trip)), "interaction.proof")
		w.wants(second(w.desk.Announce(t.Context(), audit.Customer(ident.Derive("thief")), proof{}, trip)), "interaction.not_yours")
		stale := errors.New("stale")
		if _, err := w.desk.Announce(t.Context(), me, proof{stale}, trip); !errors.Is(err, stale) {
			t.Errorf("a stale proof: %v", err)
		}
		made, err := w.desk.Announce(t.Context(), me, proof{}, trip)
		w.ok(err)
		with := w.ask(1000)
		if with.Sum <= before.Sum+1 {
			t.Errorf("%.2f with a notice, %.2f without", with.Sum, before.Sum)
		}
		all, err := w.desk.Notices(t.Context(), w.who)
		w.ok(err)
		if len(all) != 1 || all[0].Place != rome() || all[0].ID != made.ID || !all[0].Until.Equal(trip.Until) {
			t.Errorf("%+v", all)
		}
		w.look(cell(48.8566, 2.3522), true, w.watch)
		if x := w.ask(1000); x.Sum >= with.Sum {
			t.Errorf("in Paris %.2f, announced was Rome with %.2f", x.Sum, with.Sum)
		}
		w.wants(w.desk.Recall(t.Context(), audit.Customer(ident.Derive("thief")), w.who, made.ID), "interaction.not_yours")
		w.ok(w.desk.Recall(t.Context(), me, w.who, made.ID))
		w.wants(w.desk.Recall(t.Context(), me, w.who, made.ID), "interaction.notice")
		w.wants(second(w.desk.Announce(t.Context(), staff, nil, trip)), "identification.required")
		for field, change := range map[string]func(*interaction.Notice){
			"/place":  func(n *interaction.Notice) { n.Place = 0 },
			"/radius": func(n *interaction.Notice) { n.Radius = 1001 },
			"/until":  func(n *interaction.Notice) { n.Until = n.From },
			"/from":   func(n *interaction.Notice) { n.Until = n.From.AddDate(1, 0, 0) },
		} {
			n := trip
			change(&n)
			_, err := w.desk.Announce(t.Context(), system, nil, n)
			var f *fault.Error
			if !errors.As(err, &f) || f.Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		for range 10 {
			w.ok(second(w.desk.Announce(t.Context(), system, nil, trip)))
		}
		w.wants(second(w.desk.Announce(t.Context(), system, nil, trip)), "interaction.notices")
	})
}

func TestChoices(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(6)
		me := audit.Customer(w.who)
		c, err := w.desk.Chosen(t.Context(), w.who)
		w.ok(err)
		if c != (interaction.Choice{Learn: true}) {
			t.Errorf("before anything was said: %+v", c)
		}
		w.wants(w.desk.Choose(t.Context(), me, w.who, nil, interaction.Choice{Learn: true, Activity: true}), "interaction.proof")
		w.wants(w.desk.Choose(t.Context(), audit.Customer(ident.Derive("thief")), w.who, proof{}, interaction.Choice{}), "interaction.not_yours")
		w.ok(w.desk.Choose(t.Context(), me, w.who, proof{}, interaction.Choice{Learn: true, Activity: true}))
		w.ok(w.desk.Choose(t.Context(), me, w.who, nil, interaction.Choice{}))
		if n := w.count("SELECT COUNT(*) FROM interaction_pattern") + w.count("SELECT COUNT(*) FROM interaction_batch"); n != 0 {
			t.Errorf("%d rows of somebody who does not want it", n)
		}
		if got := w.take(w.phone, report.Batch{Live: true, Events: []report.Event{w.poll(w.now(), true, w.ap)}}, w.now()); got.Events != 0 {
			t.Errorf("%+v", got)
		}
		w.pass(w.set.Companions.Quarantine)
		if _, judged, err := w.desk.Judge(t.Context(), system, interaction.Ask{Customer: w.who}); judged || err != nil {
			t.Errorf("judged: %v %v", judged, err)
		}
		w.wants(w.desk.Choose(t.Context(), me, w.who, nil, interaction.Choice{Learn: true}), "interaction.proof")
		w.ok(w.desk.Choose(t.Context(), me, w.who, proof{}, interaction.Choice{Learn: true}))
		w.live(1)
		w.wants(w.desk.Forget(t.Context(), audit.Customer(ident.Derive("thief")), w.who), "interaction.not_yours")
		w.ok(w.desk.Forget(t.Context(), me, w.who))
		if n := w.count("SELECT COUNT(*) FROM interaction_batch"); n != 0 {
			t.Errorf("%d batches of somebody forgotten", n)
		}
	})
}

func TestDI103To106Ready(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ready := func() (r report.Ready) {
			t.Helper()
			w.write(func(tx *db.Tx) (err error) {
				c, _, err := companion.Get(tx, w.who, w.phone.ID)
				if err != nil {
					return err
				}
				r, err = w.desk.Ready(tx, c)
				return err
			})
			return r
		}
		if r := ready(); r.Ready || r.Why != interaction.ReadyUnknown {
			t.Errorf("before anything is known: %+v", r)
		}
		w.live(8)
		w.look(house(), true, w.ap, w.watch)
		if r := ready(); !r.Ready || r.Why != interaction.ReadyPattern || r.Until <= w.now().UnixMilli() {
			t.Errorf("as usual (DI-103): %+v", r)
		}
		w.pass(3 * time.Hour)
		w.look(rome(), true)
		if r := ready(); r.Ready || r.Why != interaction.ReadyUnusual {
			t.Errorf("far away and alone (DI-106): %+v", r)
		}
		w.ok(w.desk.Choose(t.Context(), system, w.who, nil, interaction.Choice{Learn: true, Activity: true}))
		e := w.poll(w.now(), false, w.watch)
		x := report.Evidence{Device: w.watch.Number, Time: w.now().UnixMilli(), Active: true}
		sig, err := w.hand.Sign(x.Statement(w.phone.Requestor).Bytes())
		w.ok(err)
		x.Signature = sig
		e.Evidence = []report.Evidence{x}
		w.take(w.phone, report.Batch{Live: true, Events: []report.Event{e}}, w.now())
		if r := ready(); !r.Ready || r.Why != interaction.ReadyPresence {
			t.Errorf("on the owner's wrist (DI-104): %+v", r)
		}
		w.set.Interaction.Mode = policy.InteractionShadow
		if r := ready(); r.Ready {
			t.Errorf("in shadow: %+v", r)
		}
		if n := w.count("SELECT COUNT(*) FROM interaction_decision"); n != 0 {
			t.Errorf("%d decisions of questions", n)
		}
	})
}

func TestViews(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		start := w.now()
		w.live(8)
		all, err := w.desk.Overviews(t.Context(), w.who)
		w.ok(err)
		if len(all) != 1 || all[0].Primary.ID != w.phone.ID || all[0].Days < 6 || all[0].Thin || all[0].From.After(start) || all[0].Due.IsZero() {
			t.Errorf("%+v", all)
		}
		rows, err := w.desk.Table(t.Context(), w.who, w.phone.ID, pattern.Five(), pattern.Usually(pattern.EveryDay))
		w.ok(err)
		if len(rows) != 5 || len(rows[0].Devices) != 2 || !rows[0].Devices[0].In {
			t.Errorf("%+v", rows)
		}
		day := pattern.HourOf(start.Add(48*time.Hour), 0).Day()
		hours, err := w.desk.Day(t.Context(), w.who, w.phone.ID, day)
		w.ok(err)
		if len(hours) != 24 || !hours[12].Looked || hours[12].Seen.Len() != 2 || len(hours[12].Expected) != 2 || hours[12].Expected[0].Probability < 0.8 || len(hours[12].Visits) != 1 {
			t.Errorf("at noon: %+v", hours[12])
		}
	})
}

func TestANewPhoneKeepsTheHabits(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(10)
		days := w.pattern().Days()
		old := w.phone
		w.ok(w.homes.Remove(t.Context(), system, companion.On{Order: companion.Order{Customer: w.who}, Companion: old.ID}))
		i, err := w.homes.Invite(t.Context(), system, companion.Order{Customer: w.who}, companion.Wanted{Kind: companion.Phone})
		w.ok(err)
		w.phone, err = w.homes.Enroll(t.Context(), i.Code, companion.Thing{Can: []companion.Capability{companion.Application}, Keys: companion.Keys{Signer: companion.Ed25519, Verifier: w.signer().Public(), Sealer: []byte("x")}})
		w.ok(err)
		w.live(3)
		if got := w.pattern().Days(); got < days {
			t.Errorf("%d days are known after the change, %d before", got, days)
		}
		w.look(house(), true, w.ap, w.watch)
		if x := w.ask(100_000); x.Outcome != judge.Allow {
			t.Errorf("at home with the new phone: %s with %.2f in zone %s", x.Outcome, x.Sum, x.Zone)
		}
		s, err := w.desk.Pattern(t.Context(), w.who, old.ID)
		w.ok(err)
		if s.Days() != 0 {
			t.Error("the old phone has a copy")
		}
	})
}
