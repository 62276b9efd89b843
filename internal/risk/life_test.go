package risk_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

func TestAKnownCustomerIsAllowedAndAStrangerIsNot(t *testing.T) {
	each(t, func(w *world) {
		first := must[risk.Assessment](w)(w.Session(w.Context(), bank, w.home(alice)))
		if first.Result.Decision != score.StepUp || !slices.Contains(first.Result.Reasons(), "user.new") {
			t.Errorf("the first login: %+v", first.Result)
		}
		w.routine(alice, 15)
		w.routine(bob, 5)
		w.clock.Advance(time.Hour)
		usual := must[risk.Assessment](w)(w.Session(w.Context(), bank, w.home(alice)))
		if usual.Result.Decision != score.Allow {
			t.Errorf("the usual login: %+v", usual.Result)
		}
		strange := must[risk.Assessment](w)(w.Session(w.Context(), bank, w.away(alice)))
		if strange.Result.Score <= usual.Result.Score+100 || strange.Result.Sides[score.Session] <= usual.Result.Sides[score.Session] {
			t.Errorf("a login from far away: %+v", strange.Result)
		}
		c := w.home(alice)
		c.Session = strange.ID
		high := must[risk.Assessment](w)(w.Payment(w.Context(), bank, "foreign", c, []risk.Payment{eur(5000, "NO9386011117947"), eur(900_000, "mule")}))
		if len(high.Items) != 2 || high.Items[0].Score >= high.Items[1].Score || high.Result.Score != high.Items[1].Score {
			t.Errorf("a batch: %+v", high)
		}
		e := must[risk.Event](w)(w.Find(w.Context(), alice, high.ID))
		if e.Facts.SessionSum != strange.Result.Score || e.Session != strange.ID || e.Facts.PayeeIn != "NO" || e.Facts.Payers != 0 {
			t.Errorf("facts: %+v", e.Facts)
		}
	})
}

// act does one act of the state table by name.
func (w *world) act(name string, customer, id ident.ID) (err error) {
	switch name {
	case "sign":
		_, err = w.Sign(w.Context(), bank, customer, id, "sms", true)
	case "refuse":
		_, err = w.Sign(w.Context(), bank, customer, id, "sms", false)
	case "complete":
		_, err = w.Complete(w.Context(), bank, customer, id)
	case "reject":
		_, err = w.Reject(w.Context(), bank, customer, id)
	}
	return err
}

func TestStateTable(t *testing.T) {
	each(t, func(w *world) {
		const refused = "refused"
		for _, row := range []struct {
			path []string
			want map[string]string
		}{
			{nil, map[string]string{"sign": "signed", "refuse": "created", "complete": "completed", "reject": "rejected"}},
			{[]string{"sign"}, map[string]string{"sign": "signed", "refuse": refused, "complete": "completed", "reject": "rejected"}},
			{[]string{"sign", "complete"}, map[string]string{"sign": refused, "refuse": refused, "complete": "completed", "reject": refused}},
			{[]string{"reject"}, map[string]string{"sign": refused, "refuse": refused, "complete": refused, "reject": "rejected"}},
		} {
			for act, want := range row.want {
				a := must[risk.Assessment](w)(w.Session(w.Context(), bank, w.home(alice)))
				for _, p := range row.path {
					if err := w.act(p, alice, a.ID); err != nil {
						t.Fatal(err)
					}
				}
				err := w.act(act, alice, a.ID)
				e := must[risk.Event](w)(w.Find(w.Context(), alice, a.ID))
				switch {
				case want == refused && !fault.Is(err, "risk.state"):
					t.Errorf("%v, then %s: %v, want it refused", row.path, act, err)
				case want != refused && (err != nil || string(e.State) != want):
					t.Errorf("%v, then %s: %s, %v; want %s", row.path, act, e.State, err, want)
				}
			}
		}
		for _, act := range []string{"sign", "complete", "reject"} {
			w.is(w.act(act, bob, ident.Derive("none")), "risk.unknown")
		}
	})
}

// A bank that goes on with what was blocked teaches the engine nothing by it.
func TestWhatWasBlockedTeachesNothing(t *testing.T) {
	each(t, func(w *world) {
		c := w.home(alice)
		must[risk.Entry](w)(w.Put(w.Context(), analyst, "block", "address", c.Address.String(), "", w.clock.Now().Add(time.Hour)))
		a := must[risk.Assessment](w)(w.Session(w.Context(), bank, c))
		must[risk.Event](w)(w.Sign(w.Context(), bank, alice, a.ID, "sms", true))
		if e := must[risk.Event](w)(w.Complete(w.Context(), bank, alice, a.ID)); a.Result.Decision != score.Block || e.State != risk.Completed || e.Learned {
			t.Errorf("%s, then %+v", a.Result.Decision, e)
		}
	})
}

// Many tell the outcome at once: it is learned once.
func TestAnOutcomeIsLearnedOnce(t *testing.T) {
	each(t, func(w *world) {
		a := must[risk.Assessment](w)(w.Session(w.Context(), bank, w.home(alice)))
		must[risk.Event](w)(w.Sign(w.Context(), bank, alice, a.ID, "sms", true))
		var all sync.WaitGroup
		for range 12 {
			all.Go(func() {
				if _, err := w.Complete(w.Context(), bank, alice, a.ID); err != nil {
					t.Error(err)
				}
				if _, err := w.Fold(w.Context(), 10); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		w.fold()
		rows, done := w.count("SELECT n FROM risk_total WHERE name = 'rows'"), w.records(risk.AuditCompleted)
		if rows != 1 || done != 1 {
			t.Errorf("%d rows were learned with %d records, want 1 and 1", rows, done)
		}
	})
}

func TestOnlyWhatEndedWellTeaches(t *testing.T) {
	each(t, func(w *world) {
		for name, c := range map[string]struct {
			acts    []string
			learned bool
		}{
			"stepped up, not signed": {[]string{"complete"}, false}, "signature refused": {[]string{"refuse", "complete"}, false},
			"rejected": {[]string{"sign", "reject"}, false}, "signed": {[]string{"sign", "complete"}, true},
		} {
			customer := ident.Derive(name)
			a := must[risk.Assessment](w)(w.Session(w.Context(), bank, w.home(customer)))
			for _, act := range c.acts {
				if err := w.act(act, customer, a.ID); err != nil {
					t.Fatal(err)
				}
			}
			next := must[risk.Assessment](w)(w.Session(w.Context(), bank, w.home(customer)))
			e := must[risk.Event](w)(w.Find(w.Context(), customer, next.ID))
			if e.Facts.Known != c.learned {
				t.Errorf("%s: learned %t, want %t", name, e.Facts.Known, c.learned)
			}
			if failed := e.Facts.Failures > 0; failed != (name == "rejected" || name == "signature refused") {
				t.Errorf("%s: failures %v", name, e.Facts.Failures)
			}
		}
	})
}

func TestFeedback(t *testing.T) {
	each(t, func(w *world) {
		w.routine(alice, 3)
		before := w.count("SELECT n FROM risk_total WHERE name = 'rows'")
		e := w.login(w.away(alice))
		must[risk.Event](w)(w.Feedback(w.Context(), analyst, alice, e.ID, risk.Fraud, "stolen"))
		must[risk.Event](w)(w.Feedback(w.Context(), analyst, alice, e.ID, risk.Fraud, "told twice"))
		w.fold()
		if n := w.count("SELECT n FROM risk_total WHERE name = 'rows'"); n != before {
			t.Errorf("%d rows after a confirmed fraud, %d before it", n, before)
		}
		next := must[risk.Assessment](w)(w.Session(w.Context(), bank, w.away(alice)))
		if f := must[risk.Event](w)(w.Find(w.Context(), alice, next.ID)).Facts; !f.NewAddress || !f.NewCountry {
			t.Errorf("a fraud is remembered: %+v", f)
		}
		must[risk.Event](w)(w.Feedback(w.Context(), analyst, alice, e.ID, risk.Legitimate, "it was her"))
		w.fold()
		if n := w.count("SELECT n FROM risk_total WHERE name = 'rows'"); n != before+1 {
			t.Errorf("%d rows after the fraud was taken back, want %d", n, before+1)
		}
		if n := w.records(risk.AuditLabeled); n != 2 {
			t.Errorf("%d records of two changes", n)
		}
		_, err := w.Feedback(w.Context(), analyst, alice, e.ID, "perhaps", "")
		w.is(err, "risk.label")
	})
}

func TestAFraudulentPayeeIsKnownToAll(t *testing.T) {
	each(t, func(w *world) {
		a := must[risk.Assessment](w)(w.Payment(w.Context(), bank, "domestic", w.home(alice), []risk.Payment{eur(100, "mule")}))
		must[risk.Event](w)(w.Feedback(w.Context(), analyst, alice, a.ID, risk.Fraud, ""))
		w.fold()
		frauds := func(payee string) float64 {
			b := must[risk.Assessment](w)(w.Payment(w.Context(), bank, "domestic", w.home(bob), []risk.Payment{eur(100, payee)}))
			return must[risk.Event](w)(w.Find(w.Context(), bob, b.ID)).Facts.Frauds
		}
		if frauds("MU-LE") != 1 || frauds("other") != 0 {
			t.Error("a fraud is not counted against its payee")
		}
		must[risk.Event](w)(w.Feedback(w.Context(), analyst, alice, a.ID, risk.Legitimate, ""))
		w.fold()
		if frauds("mule") != 0 {
			t.Error("a fraud that was taken back still counts")
		}
	})
}

func TestReferences(t *testing.T) {
	each(t, func(w *world) {
		c := w.home(alice)
		first := must[risk.Assessment](w)(w.Session(w.Context(), bank, c))
		again := must[risk.Assessment](w)(w.Session(w.Context(), bank, c))
		if first.Repeated || !again.Repeated {
			t.Error("a repetition is not told from a first call")
		}
		if again.Repeated = false; !cmp.Equal(first, again) {
			t.Error(cmp.Diff(first, again))
		}
		c.Agent = "another"
		_, err := w.Session(w.Context(), bank, c)
		w.is(err, "risk.reference_used")
		if n := w.records(risk.AuditJudged); n != 1 {
			t.Errorf("%d records of one decision", n)
		}
		// Many at once, one decision.
		c = w.home(bob)
		ids := make([]ident.ID, 10)
		var all sync.WaitGroup
		for i := range ids {
			all.Go(func() {
				a, err := w.Session(w.Context(), bank, c)
				if ids[i] = a.ID; err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if len(slices.Compact(idStrings(ids))) != 1 {
			t.Errorf("one reference, decisions %v", ids)
		}
	})
}

func idStrings(ids []ident.ID) (s []string) {
	for _, id := range ids {
		s = append(s, id.String())
	}
	return s
}

func TestBadCalls(t *testing.T) {
	each(t, func(w *world) {
		for name, change := range map[string]func(*risk.Call){
			"customer": func(c *risk.Call) { c.Customer = ident.ID{} }, "reference": func(c *risk.Call) { c.Reference = "a\x00" },
			"channel": func(c *risk.Call) { c.Channel = strings.Repeat("x", 129) }, "tag": func(c *risk.Call) { c.Tag = strings.Repeat("x", 129) },
			"visit": func(c *risk.Call) { c.Visit = "a\x00" }, "agent": func(c *risk.Call) { c.Agent = "\xff" },
			"signals": func(c *risk.Call) { c.Signals = make([]string, 65) },
		} {
			c := w.home(alice)
			change(&c)
			_, err := w.Session(w.Context(), bank, c)
			w.is(err, "risk."+name)
			if name != "customer" {
				_, err = w.Visit(w.Context(), bank, c)
				w.is(err, "risk."+name)
			}
		}
		for code, all := range map[string][]risk.Payment{
			"payments": nil, "amount": {eur(-1, "x")}, "payee": {eur(1, " - ")}, "currency": {{Amount: eur(1, "").Amount, Payee: "x", PayeeCountry: "NOR"}},
		} {
			_, err := w.Payment(w.Context(), bank, "domestic", w.home(alice), all)
			w.is(err, "risk."+code)
		}
		_, err := w.Payment(w.Context(), bank, "domestic", w.home(alice), make([]risk.Payment, risk.MaxBatch+1))
		w.is(err, "risk.payments")
		_, err = w.Action(w.Context(), bank, "", w.home(alice))
		w.is(err, "risk.type")
		c := w.home(alice)
		c.Session = ident.Derive("none")
		_, err = w.Action(w.Context(), bank, "phone.change", c)
		w.is(err, "risk.unknown")
		if n := w.count("SELECT COUNT(*) FROM risk_event"); n != 0 {
			t.Errorf("%d events of bad calls", n)
		}
		yen := eur(1234, "x")
		yen.Amount.Currency = "JPY"
		a := must[risk.Assessment](w)(w.Payment(w.Context(), bank, "foreign", w.home(alice), []risk.Payment{yen}))
		if a.Items[0].Amount != 1234 {
			t.Errorf("JPY 1234 became %v", a.Items[0].Amount)
		}
	})
}

func TestPhoneChangeMakesPaymentsRiskier(t *testing.T) {
	each(t, func(w *world) {
		w.routine(alice, 2)
		a := must[risk.Assessment](w)(w.Action(w.Context(), bank, "phone.change", w.home(alice)))
		must[risk.Event](w)(w.Sign(w.Context(), bank, alice, a.ID, "hw_token", true))
		must[risk.Event](w)(w.Complete(w.Context(), bank, alice, a.ID))
		w.clock.Advance(2 * time.Hour)
		p := must[risk.Assessment](w)(w.Payment(w.Context(), bank, "domestic", w.home(alice), []risk.Payment{eur(100, "new")}))
		if f := must[risk.Event](w)(w.Find(w.Context(), alice, p.ID)).Facts; f.Changed < 1.9 || f.Changed > 2.1 || !f.NewPayee {
			t.Errorf("facts: %+v", f)
		}
	})
}

func TestFailsClosed(t *testing.T) {
	each(t, func(w *world) {
		slow := func(ctx context.Context) (risk.Assessment, error) {
			<-ctx.Done()
			return risk.Assessment{}, ctx.Err()
		}
		for name, f := range map[string]func(context.Context) (risk.Assessment, error){
			"slow": slow,
			"deaf": func(context.Context) (risk.Assessment, error) { select {} },
			"away": func(context.Context) (risk.Assessment, error) {
				return risk.Assessment{}, fault.Unavailablef(nil, "db.unavailable", "away")
			},
		} {
			a, err := w.Guard(w.Context(), 20*time.Millisecond, f)
			if err != nil || a.Result.Decision != score.StepUp || !slices.Contains(a.Result.Reasons(), score.CodeUnavailable) {
				t.Errorf("%s: %+v, %v", name, a.Result, err)
			}
		}
		_, err := w.Guard(w.Context(), time.Minute, func(ctx context.Context) (risk.Assessment, error) { return w.Session(ctx, bank, risk.Call{}) })
		w.is(err, "risk.customer")
		a, err := w.Guard(w.Context(), time.Minute, func(ctx context.Context) (risk.Assessment, error) { return w.Session(ctx, bank, w.home(alice)) })
		if err != nil || a.ID.IsZero() {
			t.Errorf("%+v, %v", a, err)
		}
	})
}
