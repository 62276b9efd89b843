package risk_test

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// review opens the review of a world.
func review(w *world) *risk.Review {
	w.Helper()
	return &risk.Review{Desk: w.Desk, Policies: must[*policy.Book](w)(policy.Open(w.Context(), w.DB, slog.New(slog.DiscardHandler)))}
}

// suspicious makes events that are stepped up, of two customers.
func suspicious(w *world, n int) (all []risk.Assessment) {
	w.Helper()
	for i := range n {
		w.clock.Advance(time.Minute)
		c := w.away([]ident.ID{alice, bob}[i%2])
		a := must[risk.Assessment](w)(w.Session(w.Context(), bank, c))
		if a.Result.Decision == score.Allow {
			w.Fatal("a stranger is allowed")
		}
		all = append(all, a)
	}
	return all
}

func TestQueuePagesAndFilters(t *testing.T) {
	each(t, func(w *world) {
		w.routine(alice, 5)
		suspicious(w, 7)
		r := review(w)
		for _, highest := range []bool{false, true} {
			f := risk.Filter{Highest: highest, Limit: 3, Kind: score.KindSession}
			all := must[[]risk.Case](w)(r.Queue(w.Context(), risk.Filter{Highest: highest, Limit: 200, Kind: score.KindSession}))
			var paged []risk.Case
			for {
				page := must[[]risk.Case](w)(r.Queue(w.Context(), f))
				paged = append(paged, page...)
				if len(page) < 3 {
					break
				}
				f.After = page[2].Cursor()
			}
			if len(paged) != len(all) || len(all) < 7 {
				t.Fatalf("highest %t: %d in pages, %d at once", highest, len(paged), len(all))
			}
			for i := range all {
				if all[i].ID != paged[i].ID || all[i].Result.Decision == score.Allow || all[i].Label != "" {
					t.Errorf("highest %t: %d is %v, %v in pages", highest, i, all[i].ID, paged[i].ID)
				}
				if i > 0 && (highest && all[i].Result.Score > all[i-1].Result.Score || !highest && all[i].Created.After(all[i-1].Created)) {
					t.Errorf("highest %t: %d stands too far behind", highest, i)
				}
			}
		}
		count := func(f risk.Filter) int {
			f.Limit = 200
			return len(must[[]risk.Case](w)(r.Queue(w.Context(), f)))
		}
		if count(risk.Filter{Customer: bob}) != 3 || count(risk.Filter{Least: 1001}) != 0 || count(risk.Filter{Decision: score.Allow}) == 0 || count(risk.Filter{To: time.Unix(1, 0)}) != 0 {
			t.Error("a filter does not filter")
		}
		for _, bad := range []risk.Filter{{Limit: 0}, {Limit: 201}, {Limit: 1, Label: "x"}, {Limit: 1, Decision: "x"}, {Limit: 1, Evidence: "%"}} {
			if _, err := r.Queue(w.Context(), bad); err == nil {
				t.Errorf("%+v is taken", bad)
			}
		}
	})
}

// TestQueueFilters: by channel, by evidence, and by who claimed; an event for each.
func TestQueueFilters(t *testing.T) {
	each(t, func(w *world) {
		all := suspicious(w, 4)
		c := w.away(alice)
		c.Channel, c.Signals = "app", []string{"automation.webdriver"}
		app := must[risk.Assessment](w)(w.Session(w.Context(), bank, c))
		r := review(w)
		must[risk.Claim](w)(r.Claim(w.Context(), analyst, alice, all[0].ID))
		must[risk.Claim](w)(r.Claim(w.Context(), officer, bob, all[1].ID))
		code := must[risk.Event](w)(w.Find(w.Context(), alice, app.ID)).Result.Terms[0].Code
		for _, x := range []struct {
			name string
			f    risk.Filter
			n    int
		}{
			{"all", risk.Filter{}, 5},
			{"app", risk.Filter{Channel: "app"}, 1},
			{"another channel", risk.Filter{Channel: "ap_"}, 0},
			{"a code of all", risk.Filter{Evidence: code}, 5},
			{"part of a code", risk.Filter{Evidence: code[:len(code)-1]}, 0},
			{"a code of none, that looks alike to LIKE", risk.Filter{Evidence: code[:1] + "_" + code[2:]}, 0},
			{"mine", risk.Filter{Holder: analyst.String()}, 1},
			{"free", risk.Filter{Holder: risk.Nobody}, 3},
			{"claimed", risk.Filter{Holder: risk.Anybody}, 2},
			{"claimed on the web", risk.Filter{Holder: risk.Anybody, Channel: "web", Evidence: code, Highest: true}, 2},
		} {
			x.f.Limit = 200
			if got := must[[]risk.Case](w)(r.Queue(w.Context(), x.f)); len(got) != x.n {
				t.Errorf("%s: %d events, want %d", x.name, len(got), x.n)
			}
		}
		w.clock.Advance(risk.ClaimFor)
		if got := must[[]risk.Case](w)(r.Queue(w.Context(), risk.Filter{Holder: risk.Nobody, Limit: 200})); len(got) != 5 {
			t.Errorf("claims that are over: %d are free", len(got))
		}
	})
}

func TestClaimIsOnePersons(t *testing.T) {
	each(t, func(w *world) {
		a := suspicious(w, 1)[0]
		r := review(w)
		names := []string{"one", "two", "three", "four", "five", "six", "seven", "eight"}
		var mu sync.Mutex
		var won []audit.Actor
		var wg sync.WaitGroup
		for _, name := range names {
			wg.Go(func() {
				by := audit.Staff(ident.Derive(name), name)
				if _, err := r.Claim(w.Context(), by, alice, a.ID); err == nil {
					mu.Lock()
					won = append(won, by)
					mu.Unlock()
				} else {
					w.is(err, "risk.claimed")
				}
			})
		}
		wg.Wait()
		if len(won) != 1 {
			t.Fatalf("%d people hold the event", len(won))
		}
		x := must[risk.Case](w)(r.Case(w.Context(), alice, a.ID))
		if x.Claim.Holder != won[0].String() || w.records(risk.AuditClaimed) != 1 {
			t.Errorf("%+v, %d records", x.Claim, w.records(risk.AuditClaimed))
		}
		must[risk.Claim](w)(r.Claim(w.Context(), won[0], alice, a.ID)) // again
		w.is(r.Release(w.Context(), analyst, alice, a.ID), "risk.not_claimed")
		if n := must[int64](w)(r.Waiting(w.Context(), analyst.String())); n != 0 {
			t.Errorf("%d wait for somebody else", n)
		}
		if n := must[int64](w)(r.Waiting(w.Context(), won[0].String())); n != 1 {
			t.Errorf("%d wait for the holder", n)
		}
		w.clock.Advance(risk.ClaimFor)
		w.is(r.Release(w.Context(), won[0], alice, a.ID), "risk.not_claimed")
		must[risk.Claim](w)(r.Claim(w.Context(), analyst, alice, a.ID))
		w.is(r.Release(w.Context(), analyst, alice, a.ID), "")
		if x := must[risk.Case](w)(r.Case(w.Context(), alice, a.ID)); x.Claim != (risk.Claim{}) {
			t.Errorf("released, but held: %+v", x.Claim)
		}
		_, err := r.Claim(w.Context(), analyst, bob, a.ID)
		w.is(err, "risk.unknown")
	})
}

func TestDecideNeedsTheClaim(t *testing.T) {
	each(t, func(w *world) {
		a := suspicious(w, 1)[0]
		r := review(w)
		f := risk.Finding{Customer: alice, Event: a.ID, Label: risk.Fraud, Note: "the customer knows nothing of it"}
		_, err := r.Decide(w.Context(), analyst, f)
		w.is(err, "risk.not_claimed")
		must[risk.Claim](w)(r.Claim(w.Context(), analyst, alice, a.ID))
		for code, bad := range map[string]risk.Finding{
			"risk.label":     {Customer: alice, Event: a.ID, Label: "x", Note: "y"},
			"risk.note":      {Customer: alice, Event: a.ID, Label: risk.Fraud},
			"risk.relabeled": {Customer: alice, Event: a.ID, Label: risk.Fraud, Before: risk.Legitimate, Note: "y"},
		} {
			_, err := r.Decide(w.Context(), analyst, bad)
			w.is(err, code)
		}
		e := must[risk.Event](w)(r.Decide(w.Context(), analyst, f))
		if e.Label != risk.Fraud || w.records(risk.AuditLabeled) != 1 {
			t.Errorf("%+v", e)
		}
		if len(must[[]risk.Case](w)(r.Queue(w.Context(), risk.Filter{Limit: 10}))) != 0 || len(must[[]risk.Case](w)(r.Queue(w.Context(), risk.Filter{Label: "fraud", Limit: 10}))) != 1 {
			t.Error("it still waits")
		}
		_, err = r.Decide(w.Context(), analyst, f)
		w.is(err, "risk.not_claimed")
	})
}

// TestDecideUnderFourEyes: one person's finding counts for nothing where the policies
// want two; with both it counts once.
func TestDecideUnderFourEyes(t *testing.T) {
	each(t, func(w *world) {
		a := suspicious(w, 1)[0]
		r := review(w)
		set := policy.Version0()
		set.FourEyes = policy.FourEyes{Acts: []policy.Act{policy.ActFinding}, Valid: time.Hour}
		version := must[int64](w)(r.Policies.Store(w.Context(), officer, must[[]byte](w)(set.Format())))
		if err := errors.Join(r.Policies.Activate(w.Context(), officer, 0, version), r.Policies.Reload(w.Context())); err != nil {
			t.Fatal(err)
		}
		f := risk.Finding{Customer: alice, Event: a.ID, Label: risk.Legitimate, Note: "they were in Sydney"}
		w.is(r.Held(w.Context(), analyst, f), "risk.not_claimed")
		must[risk.Claim](w)(r.Claim(w.Context(), analyst, alice, a.ID))
		w.is(r.Held(w.Context(), analyst, f), "")
		_, err := r.Decide(w.Context(), analyst, f)
		w.is(err, "foureyes.needed")
		eyes := &foureyes.Desk{
			DB: w.DB, Policies: r.Policies, Rand: w.Rand, Log: w.Log, Permit: func(*db.Tx, audit.Actor, policy.Act, foureyes.Part) error { return nil },
			Executors: map[policy.Act]foureyes.Executor{policy.ActFinding: r.Executor()},
		}
		p := must[foureyes.Proposal](w)(eyes.Propose(w.Context(), analyst, foureyes.New{Act: policy.ActFinding, Payload: f.Payload(), Reason: f.Note}))
		if e := must[risk.Event](w)(r.Find(w.Context(), alice, a.ID)); e.Label != "" {
			t.Fatal("one person decided")
		}
		if p = must[foureyes.Proposal](w)(eyes.Approve(w.Context(), officer, p.ID, p.Digest, "")); p.State != foureyes.Executed {
			t.Fatalf("%+v", p)
		}
		if e := must[risk.Event](w)(r.Find(w.Context(), alice, a.ID)); e.Label != risk.Legitimate {
			t.Errorf("the event is %q", e.Label)
		}
		_, err = eyes.Propose(w.Context(), analyst, foureyes.New{Act: policy.ActFinding, Payload: []byte(`{"a":1}`), Reason: "x"})
		w.is(err, "foureyes.payload")
	})
}

func TestHistoryAddressAndDays(t *testing.T) {
	each(t, func(w *world) {
		w.routine(alice, 3)
		a := suspicious(w, 1)[0]
		r := review(w)
		all := must[[]risk.Event](w)(r.Of(w.Context(), alice, "", time.Time{}, ident.ID{}, 500))
		pays := must[[]risk.Event](w)(r.Of(w.Context(), alice, score.KindPayment, time.Time{}, ident.ID{}, 500))
		rest := must[[]risk.Event](w)(r.Of(w.Context(), alice, "", time.Time{}, all[0].ID, 500))
		if len(all) != 7 || len(pays) != 3 || len(rest) != 6 || all[0].ID != a.ID {
			t.Errorf("%d events, %d payments, %d behind the first", len(all), len(pays), len(rest))
		}
		if got := must[string](w)(r.See(w.Context(), analyst, alice, a.ID)); got != "203.0.113.9" || w.records(risk.AuditAddress) != 1 {
			t.Errorf("%q, %d records", got, w.records(risk.AuditAddress))
		}
		must[risk.Claim](w)(r.Claim(w.Context(), analyst, alice, a.ID))
		must[risk.Event](w)(r.Decide(w.Context(), analyst, risk.Finding{Customer: alice, Event: a.ID, Label: risk.Fraud, Note: "x"}))
		days := must[[]risk.Day](w)(r.Days(w.Context(), 10))
		var n, fraud, binned int64
		for _, d := range days {
			n, fraud = n+d.Decided.All(), fraud+d.Fraud.All()
			for _, b := range d.Scores {
				binned += b
			}
		}
		if n != 7 || binned != 7 || fraud != 1 || days[9].Fraud.All() != 1 {
			t.Errorf("%d events, %d in bins, %d frauds", n, binned, fraud)
		}
		if got := must[int64](w)(r.Stored(w.Context(), time.Unix(1, 0), w.clock.Now().Add(time.Hour))); got != 7 {
			t.Errorf("%d stored", got)
		}
		entry := must[risk.Entry](w)(w.Put(w.Context(), analyst, "watch", "device", "tag", "seen in a fraud", time.Time{}))
		if got := must[risk.Entry](w)(r.Entry(w.Context(), entry.ID)); got.List != "watch" || strings.Contains(got.Subject, "tag") {
			t.Errorf("%+v", got)
		}
	})
}
