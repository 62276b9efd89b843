package sms_test

import (
	"errors"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/sms"
)

// TestCourse: what each part's receipt said, in the network's own word.
func TestCourse(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.Gateways = []sms.Gateway{takes("one", "a1", "a2")}
		id := w.send(w.text())
		if all, err := w.Course(t.Context(), id); err != nil || len(all) != 0 {
			t.Fatalf("before: %+v, %v", all, err)
		}
		w.deliver(1)
		w.receive("a2", sms.Failed)
		all, err := w.Course(t.Context(), id)
		if err != nil || len(all) != 2 {
			t.Fatalf("%+v, %v", all, err)
		}
		if p := all[0]; p.Gateway != "one" || p.Reference != "a1" || p.State != sms.Sent || p.Code != "" || p.Seen.IsZero() {
			t.Errorf("the first part: %+v", p)
		}
		if p := all[1]; p.Reference != "a2" || p.State != sms.Failed || p.Code != "err:failed" {
			t.Errorf("the second part: %+v", p)
		}
	})
}

// TestFiguresAndFilters: by gateway, state and the time when a message was made.
func TestFiguresAndFilters(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.Gateways = []sms.Gateway{takes("one", "a1")}
		old := w.send(w.text())
		w.deliver(1)
		w.clock.Advance(time.Hour)
		since := w.clock.Now()
		w.Gateways = []sms.Gateway{takes("two", "b1")}
		young := w.send(w.text())
		w.deliver(1)
		w.Gateways = nil
		w.clock.Advance(2 * time.Second)
		waits := w.send(w.text())
		got, err := w.Figures(t.Context(), since)
		if err != nil || len(got) != 2 || got[0] != (sms.Figure{State: sms.Waiting, N: 1}) || got[1] != (sms.Figure{Gateway: "two", State: sms.Sent, N: 1}) {
			t.Errorf("figures: %+v, %v", got, err)
		}
		for name, c := range map[string]struct {
			f    sms.Filter
			want []ident.ID
		}{
			"all":         {sms.Filter{}, []ident.ID{waits, young, old}},
			"one gateway": {sms.Filter{Gateway: "one"}, []ident.ID{old}},
			"from":        {sms.Filter{From: since}, []ident.ID{waits, young}},
			"to":          {sms.Filter{To: since}, []ident.ID{old}},
			"both":        {sms.Filter{From: since, To: since.Add(time.Second), Gateway: "two"}, []ident.ID{young}},
			"none":        {sms.Filter{Gateway: "three"}, nil},
		} {
			list, err := w.List(t.Context(), c.f, 10)
			if err != nil || len(list) != len(c.want) {
				t.Errorf("%s: %d messages, %v", name, len(list), err)
				continue
			}
			for i := range list {
				if list[i].ID != c.want[i] {
					t.Errorf("%s: the message %d is another", name, i)
				}
			}
		}
	})
}

// TestDiscard: a dead message that is given up is gone for good, with its body.
func TestDiscard(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.Gateways = []sms.Gateway{refuses("one", outbox.Permanent(errors.New("no such number")))}
		id := w.send(w.text())
		if err := w.Discard(t.Context(), tester, id, "why"); !fault.Is(err, "outbox.not_dead") {
			t.Errorf("while it waits: %v", err)
		}
		w.deliver(1)
		w.is(id, sms.Dead)
		if err := w.Discard(t.Context(), tester, id, " "); !fault.Is(err, "outbox.reason") {
			t.Errorf("without a reason: %v", err)
		}
		if err := w.Discard(t.Context(), tester, id, "The number is no more."); err != nil {
			t.Fatal(err)
		}
		if m := w.is(id, sms.Failed); m.Reason != sms.GivenUp {
			t.Errorf("the reason is %q", m.Reason)
		}
		var bodies int
		if err := w.d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row("SELECT COUNT(*) FROM sms WHERE body IS NOT NULL").Scan(&bodies)
		}); err != nil || bodies != 0 {
			t.Errorf("%d bodies are left, %v", bodies, err)
		}
		for name, act := range map[string]func() error{
			"retried":    func() error { return w.Retry(t.Context(), tester, id) },
			"given up":   func() error { return w.Discard(t.Context(), tester, id, "again") },
			"nothing":    func() error { return w.Discard(t.Context(), tester, ident.Derive("nothing"), "why") },
			"of nothing": func() error { return w.Retry(t.Context(), tester, ident.Derive("nothing")) },
		} {
			if err := act(); !fault.Is(err, "outbox.unknown") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// TestPrefixes: what is judged is what nobody can type any more.
func TestPrefixes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		rule := policy.SMS{Countries: []string{"NO"}, PrefixDigits: 4, Conversion: policy.Conversion{Sent: 1000, Pause: time.Hour}}
		b := &sms.Budget{Ring: w.Ring}
		made := w.clock.Now()
		spend := func(number string, right bool) {
			t.Helper()
			c := ident.Derive(number)
			if err := w.d.Write(t.Context(), func(tx *db.Tx) error {
				prefix, err := b.Spend(tx, rule, sms.Spending{Customer: c, Number: number}, 1)
				if err == nil && right {
					err = b.Right(tx, c, prefix, tx.Now)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		spend("+4791234567", true)
		spend("+4791234568", false)
		spend("+4741234567", false)
		all, err := w.Prefixes(t.Context(), 10)
		if err != nil || len(all) != 2 || all[0] != (sms.Prefix{Prefix: "+4791", Sent: 2}) {
			t.Fatalf("at once: %+v, %v", all, err)
		}
		if _, known := all[0].Percent(); known {
			t.Error("a share of nothing is known")
		}
		w.clock.Advance(30 * time.Minute)
		spend("+4791234569", false)
		if all, err = w.Prefixes(t.Context(), 1); err != nil || len(all) != 1 || all[0] != (sms.Prefix{Prefix: "+4791", Sent: 3, Judged: 2, Right: 1}) {
			t.Fatalf("half an hour later: %+v, %v", all, err)
		}
		if percent, known := all[0].Percent(); percent != 50 || !known {
			t.Errorf("%d percent, %t", percent, known)
		}
		w.clock.Advance(26 * time.Hour)
		if all, err = w.Prefixes(t.Context(), 10); err != nil || len(all) != 0 {
			t.Errorf("%s later: %+v, %v", w.clock.Now().Sub(made), all, err)
		}
	})
}
