package interaction_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// says is what the watch signs at a moment: that it is with the phone, and whether it feels a body.
func (w *world) says(at time.Time, active bool) report.Evidence {
	w.Helper()
	e := report.Evidence{Device: w.watch.Number, Time: at.UnixMilli(), Active: active}
	sig, err := w.hand.Sign(e.Statement(w.phone.Requestor).Bytes())
	w.ok(err)
	e.Signature = sig
	return e
}

// A stolen phone has what its watch signed before: a message that is of now, with events of no time, does not make it of now.
func TestAnOldSignatureIsNotOfNow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			what     string
			ago      time.Duration
			unproven int
			want     pattern.Proof
		}{
			{"two days old", 48 * time.Hour, 1, pattern.Identifier},
			{"of the next hour", -time.Hour, 1, pattern.Identifier},
			{"of now", time.Minute, 0, pattern.Signed},
		} {
			w.pass(3 * time.Hour)
			e := report.Event{Kind: report.Seen, Device: w.watch.Number, Evidence: []report.Evidence{w.says(w.now().Add(-c.ago), false)}}
			if got := w.take(w.phone, report.Batch{Live: true, Events: []report.Event{e}}, w.now()); got.Unproven != c.unproven || got.Events != 1 {
				t.Errorf("%s: %+v", c.what, got)
			}
			if p := w.shown(w.watch); p != c.want {
				t.Errorf("%s: it counts as %s, want %s", c.what, p, c.want)
			}
		}
	})
}

// The answer to a question of this minute says nothing about an event of hours ago.
func TestAnAnswerIsOfTheMomentOfItsQuestion(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		nonce := []byte("0123456789abcdef")
		w.asked[string(nonce)] = true
		before := w.now().Add(-20 * time.Minute)
		e := report.Event{Kind: report.Seen, Device: w.watch.Number, Time: before.UnixMilli(), Evidence: []report.Evidence{w.evidence(w.watch, w.now(), nonce)}}
		if got := w.take(w.phone, report.Batch{Events: []report.Event{e}}, w.now()); got.Unproven != 1 {
			t.Errorf("%+v", got)
		}
		if p := w.shown(w.watch); p != pattern.Identifier {
			t.Errorf("it counts as %s", p)
		}
	})
}

// Whether a body is felt is what the worn device signed, not what the phone says of it: a watch that lies on the table, or came along with the stolen phone, is not worn.
func TestAFeltBodyIsSigned(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ok(w.desk.Choose(w.Context(), system, w.who, nil, interaction.Choice{Learn: true, Activity: true}))
		off := func() report.Evidence { return w.says(w.now(), false) }
		forged := func() report.Evidence {
			e := w.says(w.now(), true)
			e.Signature[3] ^= 1
			return e
		}
		for _, c := range []struct {
			what  string
			event func() report.Event
			worn  bool
		}{
			{"the phone says so", func() report.Event {
				return report.Event{Kind: report.Activity, Device: w.watch.Number, Active: true, Evidence: []report.Evidence{off()}}
			}, false},
			{"a forged one beside one that is right", func() report.Event {
				return report.Event{Kind: report.Activity, Device: w.watch.Number, Active: true, Evidence: []report.Evidence{off(), forged()}}
			}, false},
			{"the same in a look around", func() report.Event {
				return report.Event{Kind: report.Poll, Seen: []int{w.watch.Number}, Evidence: []report.Evidence{off(), forged()}}
			}, false},
			{"the watch says so", func() report.Event {
				return report.Event{Kind: report.Activity, Device: w.watch.Number, Active: true, Evidence: []report.Evidence{w.says(w.now(), true)}}
			}, true},
			{"the watch says so in a look around", func() report.Event {
				return report.Event{Kind: report.Poll, Seen: []int{w.watch.Number}, Evidence: []report.Evidence{w.says(w.now(), true)}}
			}, true},
		} {
			w.pass(3 * time.Hour)
			e := c.event()
			e.Time = w.now().UnixMilli()
			w.take(w.phone, report.Batch{Events: []report.Event{e}}, w.now())
			if worn := w.recent(w.watch).Active; worn != c.worn {
				t.Errorf("%s: worn %v, want %v", c.what, worn, c.worn)
			}
		}
	})
}
