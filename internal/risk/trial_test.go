package risk_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// tripwire are rules that do something when they are asked the nth time.
type tripwire struct {
	score.Rules

	left atomic.Int64
	do   func()
}

func (t *tripwire) Evaluate(f *score.Facts) score.Verdict {
	if t.left.Add(-1) == 0 {
		t.do()
	}
	return t.Rules.Evaluate(f)
}

// copies stores an event n times more.
func (w *world) copies(a risk.Assessment, customer ident.ID, n int) {
	w.Helper()
	copies(w.T, w.DB, a, customer, n)
}

func copies(t testing.TB, d *db.DB, a risk.Assessment, customer ident.ID, n int) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for i := range n {
			_, err := tx.Exec(`INSERT INTO risk_event (customer, id, kind, reference, request, session, state, decision, score, result, facts, models, rules, notes, address, item, learned, label, created_at, channel)
				SELECT customer, $3, kind, $4, request, session, state, decision, score, result, facts, models, rules, notes, address, item, learned, label, created_at, channel FROM risk_event WHERE customer = $1 AND id = $2`,
				customer, a.ID, ident.New(tx.Now, rand.Reader), fmt.Sprintf("copy-%d", i))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// node is another program on the same database.
func (w *world) node(do func(), at int64) *risk.Review {
	w.Helper()
	d := &risk.Desk{DB: w.DB, Ring: w.Ring, Rand: w.Rand, Log: w.Log, Places: w.Places}
	d.Compile = func(doc []byte) (score.Rules, error) {
		s, err := compile(doc)
		t := &tripwire{Rules: s, do: do}
		t.left.Store(at)
		return t, err
	}
	return &risk.Review{Desk: d}
}

// past is a bank with 3500 stored events, and a test of them that was begun.
func past(w *world) (risk.NewTrial, risk.Trial) {
	w.Helper()
	a := must[risk.Assessment](w)(w.Payment(w.Context(), bank, "domestic", w.home(alice), []risk.Payment{eur(5000, "NO93 8601 1117 947")}))
	w.copies(a, alice, 3499)
	n := risk.NewTrial{Rules: 3, Document: []byte("limit 49"), From: w.clock.Now().Add(-time.Hour), To: w.clock.Now().Add(time.Hour)}
	return n, must[risk.Trial](w)(w.node(nil, 0).StartTrial(w.Context(), analyst, n))
}

// TestTrialGoesOnElsewhere: a test that one node gives back as it stops goes on at
// another where its report was written down, and all see the whole of it.
func TestTrialGoesOnElsewhere(t *testing.T) {
	each(t, func(w *world) {
		_, begun := past(w)
		if begun.Total != 3500 || begun.State != risk.TrialRunning {
			t.Fatalf("%+v", begun)
		}
		ctx, stop := context.WithCancel(w.Context())
		first := w.node(stop, 1500)
		if err := first.WorkTrials(ctx); err == nil {
			t.Error("the node did not stop")
		}
		second := w.node(nil, 0)
		if x := must[risk.Trial](w)(second.Trial(w.Context(), begun.ID)); x.State != risk.TrialRunning || x.Report.Events != 1000 {
			t.Fatalf("half-way: %s, %d events", x.State, x.Report.Events)
		}
		w.is(second.WorkTrials(w.Context()), "")
		x := must[risk.Trial](w)(first.Trial(w.Context(), begun.ID))
		if x.State != risk.TrialDone || x.Report.Events != 3500 || x.Report.Fired["amount.high"] != 3500 || x.Report.After[risk.Unlabeled].All() != 3500 || x.Ended.IsZero() || x.Rules != 3 || x.By != analyst.String() {
			t.Errorf("%+v", x)
		}
		if all := must[[]risk.Trial](w)(second.Trials(w.Context(), ident.ID{}, 10)); len(all) != 1 || all[0].ID != begun.ID {
			t.Errorf("the list: %+v", all)
		}
		if all := must[[]risk.Trial](w)(second.Trials(w.Context(), begun.ID, 10)); len(all) != 0 {
			t.Errorf("before the first: %+v", all)
		}
	})
}

// TestTrialOfADeadNode: nobody else works on a test whose node lives; that of a node
// that died is gone on with once it was not heard of for a while, and what the dead one
// would still write counts for nothing.
func TestTrialOfADeadNode(t *testing.T) {
	each(t, func(w *world) {
		_, begun := past(w)
		second := w.node(nil, 0)
		state := func() risk.Trial { return must[risk.Trial](w)(second.Trial(w.Context(), begun.ID)) }
		first := w.node(func() {
			w.is(second.WorkTrials(w.Context()), "")
			if x := state(); x.State != risk.TrialRunning || x.Report.Events != 1000 {
				t.Errorf("two nodes at once: %s, %d events", x.State, x.Report.Events)
			}
			w.clock.Advance(risk.TrialLease) // the first one hangs
			w.is(second.WorkTrials(w.Context()), "")
		}, 1500)
		w.is(first.WorkTrials(w.Context()), "")
		if x := state(); x.State != risk.TrialDone || x.Report.Events != 3500 {
			t.Errorf("%s, %d events", x.State, x.Report.Events)
		}
	})
}

// TestTrialCanceledHalfWay: canceled is told at once, on every node; the report is about
// the events until then, and whoever started it may start another.
func TestTrialCanceledHalfWay(t *testing.T) {
	each(t, func(w *world) {
		n, begun := past(w)
		r := w.node(nil, 0)
		_, err := r.StartTrial(w.Context(), analyst, n)
		w.is(err, "risk.trial_busy")
		worker := w.node(func() { w.is(r.CancelTrial(w.Context(), officer, begun.ID), "") }, 1500)
		w.is(worker.WorkTrials(w.Context()), "")
		x := must[risk.Trial](w)(r.Trial(w.Context(), begun.ID))
		if x.State != risk.TrialCanceled || x.Report.Events != 1000 || x.Total != 3500 || x.Ended.IsZero() {
			t.Errorf("%s, %d of %d events", x.State, x.Report.Events, x.Total)
		}
		if w.records(risk.AuditTried) != 1 || w.records(risk.AuditTrialEnded) != 1 {
			t.Error("no records")
		}
		w.is(r.CancelTrial(w.Context(), officer, begun.ID), "risk.trial_ended")
		w.is(r.CancelTrial(w.Context(), officer, ident.Derive("none")), "risk.trial_unknown")
		_, err = r.StartTrial(w.Context(), analyst, n)
		w.is(err, "")
		_, err = r.StartTrial(w.Context(), analyst, risk.NewTrial{Document: []byte("nonsense"), From: n.From, To: n.To})
		w.is(err, "risk.rules")
	})
}

// TestTrialThatFails: a damaged event ends the test, and says so.
func TestTrialThatFails(t *testing.T) {
	each(t, func(w *world) {
		_, begun := past(w)
		err := w.DB.Write(w.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE risk_event SET facts = 'nonsense'")
			return err
		})
		w.is(err, "")
		r := w.node(nil, 0)
		w.is(r.WorkTrials(w.Context()), "")
		if x := must[risk.Trial](w)(r.Trial(w.Context(), begun.ID)); x.State != risk.TrialFailed || x.Failure != "risk.damaged" {
			t.Errorf("%s, %q", x.State, x.Failure)
		}
		w.clock.Advance(400 * 24 * time.Hour)
		must[risk.Swept](w)(w.Sweep(w.Context(), bank, risk.DefaultKeep(), 5000))
		if n := w.count("SELECT COUNT(*) FROM risk_trial"); n != 0 {
			t.Errorf("%d reports are kept for ever", n)
		}
	})
}
