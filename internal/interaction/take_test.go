package interaction_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
	"github.com/countersign-auth/countersign/internal/policy"
)

func TestDI75ReportsAreLearnedADayLater(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		start := w.now()
		w.take(w.phone, report.Batch{Events: []report.Event{placed(start, house()), w.poll(start, true, w.ap)}}, start)
		for h := range 25 {
			w.learn()
			if _, _, ok := w.pattern().Span(); ok {
				t.Fatalf("learned after %d hours", h)
			}
			w.pass(time.Hour)
		}
		w.pass(time.Minute)
		w.learn()
		s := w.pattern()
		if first, _, ok := s.Span(); !ok || !first.Date().Equal(start.Truncate(24*time.Hour)) {
			t.Errorf("learned %v from %v", ok, first.Date())
		}
		if _, confidence := s.Expect(pattern.HourOf(start, 0), pattern.Number(w.ap.Number)); confidence == 0 {
			t.Error("nothing is known of the access point")
		}
		if n := w.count("SELECT COUNT(*) FROM interaction_batch WHERE state = 'learned'"); n != 1 {
			t.Errorf("%d batches are learned", n)
		}
	})
}

func TestDD14ALateBatchIsNeverNow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(8)
		w.pass(3 * time.Hour) // silence
		undated := w.poll(w.now(), false, w.ap, w.watch)
		undated.Time = 0
		got := w.take(w.phone, report.Batch{Events: []report.Event{undated}}, w.now())
		if got.Undated != 1 || got.Events != 1 {
			t.Errorf("%+v", got)
		}
		old := w.take(w.phone, report.Batch{Live: true, Events: []report.Event{undated}}, w.now().Add(-6*time.Minute))
		if old.Undated != 1 {
			t.Errorf("a message that was on its way for six minutes is live: %+v", old)
		}
		dated := w.poll(w.now().Add(-150*time.Minute), true, w.ap, w.watch)
		w.take(w.phone, report.Batch{Events: []report.Event{dated}}, w.now())
		late := w.ask(1000)
		for _, x := range late.Details.Terms {
			if strings.HasPrefix(x.Code, "presence") {
				t.Errorf("what came late is recent: %+v", x)
			}
		}
		live := w.take(w.phone, report.Batch{Live: true, Events: []report.Event{undated}}, w.now())
		if live.Undated != 0 || live.Events != 1 {
			t.Errorf("%+v", live)
		}
		if now := w.ask(1000); now.Sum <= late.Sum {
			t.Errorf("%.2f with what is there now, %.2f before", now.Sum, late.Sum)
		}
		w.pass(30 * time.Hour)
		w.learn()
		if n := w.count("SELECT COUNT(*) FROM interaction_batch WHERE state = 'undated'"); n != 2 {
			t.Errorf("%d batches without times are kept as such", n)
		}
	})
}

func TestDI90UnknownDevicesAreNotKept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		e := w.poll(w.now(), false, w.ap)
		e.Seen = append(e.Seen, 77, w.phone.Number)
		seen := report.Event{Time: w.now().UnixMilli(), Kind: report.Seen, Device: 78}
		got := w.take(w.phone, report.Batch{Live: true, Events: []report.Event{e, seen}}, w.now())
		if got.Unknown != 3 || got.Events != 1 {
			t.Errorf("%+v", got)
		}
		w.ok(w.homes.Suspend(w.Context(), system, companion.On{Order: companion.Order{Customer: w.who}, Companion: w.ap.ID}))
		if got := w.take(w.phone, report.Batch{Live: true, Events: []report.Event{w.poll(w.now(), false, w.ap)}}, w.now()); got.Unknown != 1 {
			t.Errorf("a suspended device: %+v", got)
		}
	})
}

// TestProofs goes through what a device may show.
func TestProofs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(8)
		nonce := []byte("0123456789abcdef")
		w.asked[string(nonce)] = true
		signed := func(ago time.Duration, nonce []byte) func() *report.Evidence {
			return func() *report.Evidence { return new(w.evidence(w.watch, w.now().Add(-ago), nonce)) }
		}
		for _, c := range []struct {
			what     string
			evidence func() *report.Evidence
			unproven int
			want     pattern.Proof
		}{
			{"nothing", func() *report.Evidence { return nil }, 0, pattern.Identifier},
			{"a signature", signed(0, nil), 0, pattern.Signed},
			{"a forged signature", func() *report.Evidence {
				e := w.evidence(w.watch, w.now(), nil)
				e.Signature[7] ^= 1
				return &e
			}, 1, pattern.Identifier},
			{"a signature of another time", signed(6*time.Minute, nil), 1, pattern.Identifier},
			{"an answer", signed(0, nonce), 0, pattern.Challenged},
			{"the same answer again", signed(0, nonce), 1, pattern.Identifier},
		} {
			w.pass(3 * time.Hour) // nothing before is recent
			e := w.poll(w.now(), false, w.watch)
			if x := c.evidence(); x != nil {
				e.Evidence = []report.Evidence{*x}
			}
			if got := w.take(w.phone, report.Batch{Events: []report.Event{e}}, w.now()); got.Unproven != c.unproven {
				t.Errorf("%s: %+v", c.what, got)
			}
			if got := w.shown(w.watch); got != c.want {
				t.Errorf("%s counts as %s, want %s", c.what, got, c.want)
			}
		}
		// A device without a key, with the signature of another one.
		e := w.poll(w.now(), false, w.ap)
		e.Evidence = []report.Evidence{w.evidence(w.watch, w.now(), nil)}
		e.Evidence[0].Device = w.ap.Number
		if got := w.take(w.phone, report.Batch{Events: []report.Event{e}}, w.now()); got.Unproven != 1 || w.shown(w.ap) != pattern.Identifier {
			t.Errorf("%+v", got)
		}
	})
}

func TestDI47ASecondaryReportsForItself(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		at := w.now()
		got := w.take(w.watch, report.Batch{Events: []report.Event{
			{Time: at.UnixMilli(), Kind: report.Place, Place: &report.Cell{Token: shop().ToToken()}},
			{Time: at.UnixMilli(), Kind: report.Context, Context: &report.Value{Name: "battery", Number: new(70.0)}},
			{Time: at.UnixMilli(), Kind: report.Poll, Seen: []int{w.ap.Number}}, // whom it meets is not asked
		}}, at)
		if got.Events != 2 || got.Unknown != 1 {
			t.Errorf("%+v", got)
		}
		if n := w.count("SELECT COUNT(*) FROM interaction_batch WHERE companion = $1", w.phone.ID); n != 1 {
			t.Errorf("%d batches of the phone", n)
		}
		w.pass(26 * time.Hour)
		w.learn()
		if l := w.pattern().Locate(pattern.HourOf(at, 0), shop()); l.Days != 1 {
			t.Errorf("the place of the watch (DI-67): %+v", l)
		}
	})
}

func TestMinimalByDefault(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		at := w.now()
		worn := w.poll(at, true, w.watch)
		worn.Evidence[0].Active = true
		sig, err := w.hand.Sign(worn.Evidence[0].Statement(w.phone.Requestor).Bytes())
		w.ok(err)
		worn.Evidence[0].Signature = sig
		private := []report.Event{
			{Time: at.UnixMilli(), Kind: report.Context, Context: &report.Value{Name: "calls", Category: "family"}},
			{Time: at.UnixMilli(), Kind: report.Context, Context: &report.Value{Name: "heart_rate", Number: new(71.0)}},
			{Time: at.UnixMilli(), Kind: report.Activity, Device: w.watch.Number, Active: true},
		}
		if got := w.take(w.phone, report.Batch{Events: private}, at); got.Events != 0 {
			t.Errorf("kept without being asked: %+v", got)
		}
		me := interaction.Choice{Learn: true, Activity: true, Logs: true}
		w.ok(w.desk.Choose(w.Context(), system, w.who, nil, me))
		if got := w.take(w.phone, report.Batch{Events: private}, at); got.Events != 1 {
			t.Errorf("logs need the policies as well: %+v", got)
		}
		w.set.Interaction.Logs = true
		if got := w.take(w.phone, report.Batch{Events: append(private, worn)}, at); got.Events != 3 {
			t.Errorf("calls, activity and the poll: %+v", got)
		}
	})
}

func TestTheKillSwitch(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(8)
		w.set.Interaction.Mode = policy.InteractionOff
		before := w.count("SELECT COUNT(*) FROM interaction_batch")
		if got := w.take(w.phone, report.Batch{Live: true, Events: []report.Event{w.poll(w.now(), true, w.ap)}}, w.now()); got != (report.Taken{}) {
			t.Errorf("%+v", got)
		}
		if n := w.count("SELECT COUNT(*) FROM interaction_batch"); n != before {
			t.Errorf("%d batches, %d before", n, before)
		}
		_, judged, err := w.desk.Judge(w.Context(), system, interaction.Ask{Customer: w.who, Request: judge.Request{Amount: 1}})
		if judged || err != nil {
			t.Errorf("judged %v: %v", judged, err)
		}
		w.pass(48 * time.Hour)
		w.learn()
		if n := w.count("SELECT COUNT(*) FROM interaction_batch WHERE state = 'dropped'"); n == 0 {
			t.Error("what was not learned waits for ever")
		}
	})
}

func TestWhoMayReport(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		on := companion.On{Order: companion.Order{Customer: w.who}, Companion: w.phone.ID}
		w.ok(w.homes.Change(w.Context(), system, on, companion.Change{Roles: &[]companion.Role{companion.Secondary}}))
		var c companion.Companion
		w.write(func(tx *db.Tx) (err error) { c, _, err = companion.Get(tx, w.who, w.phone.ID); return err })
		err := w.d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := w.desk.Take(tx, c, interaction.Batch{Sent: w.now(), Body: &report.Batch{Events: []report.Event{w.poll(w.now(), false, w.ap)}}})
			return err
		})
		w.wants(err, "interaction.primary")
	})
}

func TestNothingPersonalIsInTheClear(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(3)
		w.ok(w.d.Read(t.Context(), func(tx *db.Tx) error {
			for _, sql := range []string{"SELECT events FROM interaction_batch", "SELECT recent FROM interaction_pattern", "SELECT learned FROM interaction_pattern"} {
				err := tx.Each(sql, nil, func(r db.Row) error {
					var b []byte
					err := r.Scan(&b)
					if len(b) == 0 || strings.Contains(string(b), house().ToToken()) || strings.Contains(string(b), `"k":`) {
						t.Errorf("%s: %q", sql, b)
					}
					return err
				})
				if err != nil {
					return err
				}
			}
			return nil
		}))
	})
}

func TestErasedAndSwept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.live(6)
		w.look(house(), true, w.ap, w.watch)
		w.ask(1000)
		_, err := w.desk.Announce(t.Context(), system, nil, interaction.Notice{Customer: w.who, From: w.now(), Until: w.now().Add(48 * time.Hour), Place: rome(), Radius: 50})
		w.ok(err)
		w.pass(31 * 24 * time.Hour)
		w.learn()
		_, err = w.desk.Sweep(t.Context(), 1000)
		w.ok(err)
		if n := w.count("SELECT COUNT(*) FROM interaction_batch") + w.count("SELECT COUNT(*) FROM interaction_notice"); n != 0 {
			t.Errorf("%d rows after thirty days", n)
		}
		if n := w.count("SELECT COUNT(*) FROM interaction_decision"); n != 1 {
			t.Errorf("%d decisions", n)
		}
		w.pass(14 * 31 * 24 * time.Hour)
		_, err = w.desk.Sweep(t.Context(), 1000)
		w.ok(err)
		if n := w.count("SELECT COUNT(*) FROM interaction_decision") + w.count("SELECT COUNT(*) FROM interaction_pattern"); n != 0 {
			t.Errorf("%d rows after fourteen months", n)
		}
		w.look(house(), true, w.ap)
		w.write(func(tx *db.Tx) error { return interaction.Erase(tx, w.who) })
		for _, table := range interaction.Personal() {
			if n := w.count("SELECT COUNT(*) FROM " + table.Name); n != 0 {
				t.Errorf("%s: %d rows of an erased customer", table.Name, n)
			}
		}
	})
}

func TestBadInput(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		// A clock that is ahead counts as now; what the body's check lets through is bounded.
		ahead := w.poll(w.now().Add(10*time.Minute), false, w.ap)
		w.take(w.phone, report.Batch{Events: []report.Event{ahead}}, w.now().Add(10*time.Minute))
		if n := w.count("SELECT COUNT(*) FROM interaction_batch WHERE until_at > $1", w.now()); n != 0 {
			t.Error("an event is in the future")
		}
		_, err := w.desk.Pattern(t.Context(), w.who, w.ap.ID)
		w.wants(err, "interaction.pattern")
		_, err = w.desk.Decision(t.Context(), w.who, ident.Derive("none"))
		w.wants(err, "interaction.decision")
		_, judged, err := w.desk.Judge(t.Context(), system, interaction.Ask{Customer: w.customer("9")})
		if judged || err != nil {
			t.Errorf("a customer without devices: %v %v", judged, err)
		}
	})
}

// A watch that reports for itself, from wherever its owner is, says nothing of a phone that was stolen: that it is worn counts with its signature over the phone
// alone, and its place is not the phone's.
func TestWhatASecondarySaysIsNotWhereThePhoneIs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ok(w.desk.Choose(w.Context(), system, w.who, nil, interaction.Choice{Learn: true, Activity: true}))
		at := w.now()
		worn := report.Event{Time: at.UnixMilli(), Kind: report.Activity, Active: true}
		if got := w.take(w.watch, report.Batch{Events: []report.Event{worn}}, at); got.Events != 0 || got.Unproven != 1 {
			t.Errorf("worn somewhere: %+v", got)
		}
		with := func(primary companion.Companion) report.Event {
			e := worn
			x := report.Evidence{Device: w.watch.Number, Time: at.UnixMilli(), Active: true}
			sig, err := w.hand.Sign(x.Statement(primary.Requestor).Bytes())
			w.ok(err)
			x.Signature = sig
			e.Evidence = []report.Evidence{x}
			return e
		}
		if got := w.take(w.watch, report.Batch{Events: []report.Event{with(w.ap)}}, at); got.Events != 0 || got.Unproven != 1 {
			t.Errorf("with another device: %+v", got)
		}
		if got := w.take(w.watch, report.Batch{Events: []report.Event{with(w.phone)}}, at); got.Events != 1 || w.shown(w.watch) != pattern.Signed {
			t.Errorf("with the phone: %+v, shown as %v", got, w.shown(w.watch))
		}
	})
}
