package risk_test

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/probe"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// page is a view of a page of the bank with the probe in it.
type page struct {
	*world
	token, agent string
}

func (w *world) visit() page {
	w.Helper()
	return page{w, must[risk.Opened](w)(w.OpenVisit(w.Context())).Token, "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"}
}

// report sends what a customer's browser reports, with a change.
func (p page) report(seq int, change func(*probe.Report)) {
	p.Helper()
	b, err := os.ReadFile("probe/testdata/report.json")
	if err != nil {
		p.Fatal(err)
	}
	r, err := probe.Parse(b)
	if err != nil {
		p.Fatal(err)
	}
	r.Seq = seq
	if change != nil {
		change(&r)
	}
	b, err = json.Marshal(r)
	if err != nil {
		p.Fatal(err)
	}
	p.is(p.Report(p.Context(), p.token, p.agent, b), "")
}

// on is a call from the page.
func (p page) on(customer ident.ID) risk.Call {
	c := p.home(customer)
	c.Visit = p.token
	return c
}

// signals judges a login from the page and returns what was known of it.
func (p page) signals(customer ident.ID) []string {
	p.Helper()
	a := must[risk.Assessment](p.world)(p.Session(p.Context(), bank, p.on(customer)))
	return p.facts(customer, a.ID).Signals
}

func (w *world) facts(customer, id ident.ID) score.Facts {
	w.Helper()
	return must[risk.Event](w)(w.Find(w.Context(), customer, id)).Facts
}

func driven(r *probe.Report) { r.Automation = []string{"webdriver"} }
func framed(r *probe.Report) { r.Tamper.Framed = true }

var missing = []string{probe.Missing}

// F-6.2.1–2: what the probe of a page reports is judged with the event from that page.
func TestReportsAreJudged(t *testing.T) {
	each(t, func(w *world) {
		for _, c := range []struct {
			name    string
			reports func(p page)
			want    []string
		}{
			{"nothing came", func(page) {}, missing},
			{"a hand", func(p page) { p.report(1, nil) }, nil},
			{"a driver", func(p page) { p.report(1, driven) }, []string{"automation.webdriver"}},
			{"newer replaces older", func(p page) { p.report(1, driven); p.report(2, framed) }, []string{"tamper.framed"}},
			{"older comes late", func(p page) { p.report(2, framed); p.report(1, driven) }, []string{"tamper.framed"}},
			{"the same twice", func(p page) { p.report(2, framed); p.report(2, nil) }, []string{"tamper.framed"}},
			{"another browser", func(p page) { p.agent = "curl/8"; p.report(1, nil) }, []string{"probe.agent"}},
			{"nonsense", func(p page) { p.is(p.Report(p.Context(), p.token, p.agent, []byte("{}")), "") }, []string{probe.Malformed}},
			{"a megabyte", func(p page) {
				p.is(p.Report(p.Context(), p.token, p.agent, []byte(`{"zone":"`+strings.Repeat("x", 1<<20)+`"}`)), "")
			}, []string{probe.Malformed}},
			{"nonsense, then sense", func(p page) { p.is(p.Report(p.Context(), p.token, p.agent, nil), ""); p.report(1, nil) }, []string{probe.Malformed}},
		} {
			p := w.visit()
			c.reports(p)
			if got := p.signals(alice); !slices.Equal(got, c.want) {
				t.Errorf("%s: signals %v, want %v", c.name, got, c.want)
			}
		}
		p := w.visit()
		p.report(1, driven)
		call := p.on(alice)
		call.Signals = []string{"bank.signal"}
		a := must[risk.Assessment](w)(w.Session(w.Context(), bank, call))
		f := w.facts(alice, a.ID)
		if !slices.Equal(f.Signals, []string{"automation.webdriver", "bank.signal"}) || f.Machine == "" {
			t.Errorf("with the bank's own signals: %+v", f)
		}
		if again := must[risk.Assessment](w)(w.Session(w.Context(), bank, call)); again.ID != a.ID {
			t.Error("the repetition is another event")
		}
		call.Visit = w.visit().token
		_, err := w.Session(w.Context(), bank, call)
		w.is(err, "risk.reference_used")
		call.Visit = strings.Repeat("x", 129)
		_, err = w.Session(w.Context(), bank, call)
		w.is(err, "risk.visit")
	})
}

// A good report cannot be used for somebody else, after the event that it belonged to, or
// later: that is as good as no report.
func TestReportsAreOfOneVisit(t *testing.T) {
	each(t, func(w *world) {
		p := w.visit()
		p.report(1, nil)
		a := must[risk.Assessment](w)(w.Session(w.Context(), bank, p.on(alice)))
		if got := p.signals(bob); !slices.Equal(got, missing) {
			t.Errorf("another customer's: %v", got)
		}
		if got := p.signals(alice); got != nil {
			t.Errorf("the customer tries again from the same page: %v", got)
		}
		must[risk.Event](w)(w.Complete(w.Context(), bank, alice, a.ID))
		if got := p.signals(alice); !slices.Equal(got, missing) {
			t.Errorf("after it ended well: %v", got)
		}
		late := w.visit()
		late.report(1, nil)
		w.clock.Advance(risk.VisitLife)
		if got := late.signals(alice); !slices.Equal(got, missing) {
			t.Errorf("half an hour later: %v", got)
		}
		late.report(2, driven) // is taken by nobody
		if got := (page{w, "none", p.agent}).signals(alice); !slices.Equal(got, missing) {
			t.Errorf("a token that there never was: %v", got)
		}
		private := w.visit()
		c := private.on(alice)
		c.NoConsent = true
		if f := w.facts(alice, must[risk.Assessment](w)(w.Session(w.Context(), bank, c)).ID); f.Signals != nil || f.Machine != "" {
			t.Errorf("without consent: %+v", f)
		}
	})
}

// A visit is scored before anybody has said who they are, and stays good for the login.
func TestVisitsAreScoredByReports(t *testing.T) {
	each(t, func(w *world) {
		p := w.visit()
		p.report(1, driven)
		w.Preset = wary{}
		a := must[risk.Assessment](w)(w.Visit(w.Context(), bank, p.on(ident.ID{})))
		if a.Result.Decision != score.Block {
			t.Errorf("a driven browser visits: %+v", a.Result)
		}
		if got := p.signals(alice); !slices.Equal(got, []string{"automation.webdriver"}) {
			t.Errorf("the login after it: %v", got)
		}
	})
}

// wary are rules that block what is driven and step up what says nothing.
type wary struct{ simple }

func (wary) Evaluate(f *score.Facts) (v score.Verdict) {
	for code, decision := range map[string]score.Decision{"automation.webdriver": score.Block, probe.Missing: score.StepUp} {
		if slices.Contains(f.Signals, code) {
			v.Demands = append(v.Demands, score.Demand{Code: code, Decision: decision})
		}
	}
	return v
}

// TestAgainSeesWhatCameMeanwhile: the report of the form comes after the login began. It can
// make the judgment stricter and never more lenient.
func TestAgainSeesWhatCameMeanwhile(t *testing.T) {
	each(t, func(w *world) {
		w.routine(alice, 6)
		w.Preset = wary{}
		for _, c := range []struct {
			name         string
			first, then  func(*probe.Report)
			none         bool // no report at first
			before, want score.Decision
			signals      []string
		}{
			{"a driver shows", nil, driven, false, score.Allow, score.Block, []string{"automation.webdriver"}},
			{"a driver hides", driven, nil, false, score.Block, score.Block, []string{"automation.webdriver"}},
			{"nothing, then a hand", nil, nil, true, score.StepUp, score.StepUp, missing},
			{"nothing, then a driver", nil, driven, true, score.StepUp, score.Block, []string{"automation.webdriver"}},
			{"a hand stays one", nil, nil, false, score.Allow, score.Allow, nil},
		} {
			p := w.visit()
			if !c.none {
				p.report(1, c.first)
			}
			a := must[risk.Assessment](w)(w.Session(w.Context(), bank, p.on(alice)))
			p.report(2, c.then)
			b := must[risk.Assessment](w)(w.Again(w.Context(), bank, alice, a.ID))
			e := must[risk.Event](w)(w.Find(w.Context(), alice, a.ID))
			if a.Result.Decision != c.before || b.Result.Decision != c.want || e.Result.Decision != c.want || !slices.Equal(e.Facts.Signals, c.signals) {
				t.Errorf("%s: %s, then %s, stored %s with %v", c.name, a.Result.Decision, b.Result.Decision, e.Result.Decision, e.Facts.Signals)
			}
		}
	})
}

// One visit that two customers name at once belongs to one of them.
func TestOneVisitForTwoAtOnce(t *testing.T) {
	each(t, func(w *world) {
		p := w.visit()
		p.report(1, nil)
		calls := map[ident.ID]risk.Call{alice: p.on(alice), bob: p.on(bob)}
		var wg sync.WaitGroup
		var mu sync.Mutex
		heard := 0
		for who, c := range calls {
			wg.Go(func() {
				a, err := w.Session(context.WithoutCancel(w.Context()), bank, c)
				if err != nil {
					t.Error(err)
					return
				}
				if f := w.facts(who, a.ID); f.Signals == nil {
					mu.Lock()
					heard++
					mu.Unlock()
				}
			})
		}
		if wg.Wait(); heard != 1 {
			t.Errorf("the report was good for %d of two customers", heard)
		}
	})
}

// reports is all that is stored of reports, as text.
func (w *world) reports() (all string) {
	w.Helper()
	w.is(w.DB.Read(w.Context(), func(tx *db.Tx) error {
		return tx.Each("SELECT visit || signals || machine FROM risk_probe", nil, func(r db.Row) error {
			var s string
			err := r.Scan(&s)
			all += s
			return err
		})
	}), "")
	return all
}

// What was reported goes within two hours, and with its customer; no token is stored.
func TestReportsAreForgotten(t *testing.T) {
	each(t, func(w *world) {
		rows := func() int64 {
			return w.count("SELECT (SELECT COUNT(*) FROM risk_probe) + (SELECT COUNT(*) FROM risk_probe_event)")
		}
		p, stranger := w.visit(), w.visit()
		p.report(1, driven)
		p.signals(alice)
		if all := w.reports(); strings.Contains(all, p.token) || strings.Contains(all, "Europe") || !strings.Contains(all, "automation.webdriver") {
			t.Errorf("stored: %s", all)
		}
		if n := rows(); n != 3 {
			t.Fatalf("%d rows", n)
		}
		w.is(w.DB.Write(w.Context(), func(tx *db.Tx) error { return w.Erase(tx, alice) }), "")
		if n := rows(); n != 1 {
			t.Errorf("%d rows after erasure", n)
		}
		stranger.signals(bob)
		w.clock.Advance(risk.VisitLife)
		sweep := func() int64 {
			return must[risk.Swept](w)(w.Sweep(w.Context(), audit.System("sweep"), risk.DefaultKeep(), 100)).Reports
		}
		if n := sweep(); n != 0 {
			t.Errorf("%d swept too early", n)
		}
		w.clock.Advance(time.Hour + time.Second)
		if n := sweep(); n != 2 || rows() != 0 {
			t.Errorf("%d swept, %d rows stay", n, rows())
		}
	})
}
