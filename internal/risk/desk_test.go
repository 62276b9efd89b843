package risk_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/netip"
	"slices"
	"strconv"
	"strings"
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

// eyes is a desk at which rules are proposed and approved.
func (w *world) eyes() *foureyes.Desk {
	book := must[*policy.Book](w)(policy.Open(w.Context(), w.DB, nil))
	return &foureyes.Desk{
		DB: w.DB, Policies: book, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler), Permit: func(*db.Tx, audit.Actor, policy.Act, foureyes.Part) error { return nil },
		Executors: map[policy.Act]foureyes.Executor{policy.ActRules: w.RuleExecutor()},
	}
}

func (w *world) propose(desk *foureyes.Desk, doc string) foureyes.Proposal {
	w.Helper()
	v := must[risk.Version](w)(w.StoreRules(w.Context(), officer, []byte(doc)))
	payload := must[[]byte](w)(w.RuleChange(w.Context(), v.Number))
	return must[foureyes.Proposal](w)(desk.Propose(w.Context(), officer, foureyes.New{Act: policy.ActRules, Payload: payload, Reason: "test"}))
}

func TestRulesNeedTwoPeople(t *testing.T) {
	each(t, func(w *world) {
		desk := w.eyes()
		_, err := w.StoreRules(w.Context(), officer, []byte("nonsense"))
		w.is(err, "risk.rules")
		p, rival := w.propose(desk, "limit 100"), w.propose(desk, "limit 9")
		_, err = desk.Approve(w.Context(), officer, p.ID, p.Digest, "")
		w.is(err, "foureyes.own")
		if _, v := w.Rules(); w.Reload(w.Context()) != nil || v != 0 {
			t.Errorf("version %d is in force before anybody agreed", v)
		}
		must[foureyes.Proposal](w)(desk.Approve(w.Context(), analyst, p.ID, p.Digest, ""))
		_, err = desk.Approve(w.Context(), analyst, rival.ID, rival.Digest, "")
		w.is(err, "foureyes.failed") // it would replace what is no longer in force
		w.is(w.Reload(w.Context()), "")
		a := must[risk.Assessment](w)(w.Payment(w.Context(), bank, "domestic", w.home(alice), []risk.Payment{eur(10_001, "x")}))
		if !slices.Contains(a.Result.Reasons(), "amount.high") || a.RulesVersion != 1 {
			t.Errorf("rules in force did not judge: %+v", a)
		}
		all := must[[]risk.Version](w)(w.RuleVersions(w.Context(), 0, 10))
		if len(all) != 2 || !all[1].Active || all[0].Active || all[1].By != officer.String() {
			t.Errorf("versions: %+v", all)
		}
		if doc := must[[]byte](w)(w.RuleDocument(w.Context(), 1)); string(doc) != "limit 100" {
			t.Errorf("document: %s", doc)
		}
		for _, change := range []string{`{}`, `{"from":1,"to":9,"sha256":""}`, `{"from":1,"to":2,"sha256":""}`, `{"from":1,"to":2,"sha256":"","x":1}`} {
			if _, err := desk.Propose(w.Context(), officer, foureyes.New{Act: policy.ActRules, Payload: []byte(change), Reason: "x"}); err == nil {
				t.Errorf("%s was proposed", change)
			}
		}
		_, err = w.RuleDocument(w.Context(), 99)
		w.is(err, "risk.version")
	})
}

func TestLists(t *testing.T) {
	each(t, func(w *world) {
		w.routine(alice, 5)
		later := w.clock.Now().Add(time.Hour)
		for _, c := range []struct{ list, kind, subject, hit string }{
			{"block", "address", "::ffff:192.0.2.10", "block.address"},
			{"watch", "network", "192.0.2.7/24", "watch.network"},
			{"trust", "device", "cookie-" + alice.String(), "trust.device"},
			{"watch", "customer", alice.String(), "watch.customer"},
			{"block", "payee", "no93 8601-1117947", "block.payee"},
		} {
			e := must[risk.Entry](w)(w.Put(w.Context(), analyst, c.list, c.kind, c.subject, "why", later))
			again := must[risk.Entry](w)(w.Put(w.Context(), analyst, c.list, c.kind, c.subject, "renewed", later))
			if e.ID != again.ID {
				t.Errorf("%s: a renewed entry is another one", c.hit)
			}
			a := must[risk.Assessment](w)(w.Payment(w.Context(), bank, "domestic", w.home(alice), []risk.Payment{eur(100, "NO9386011117947")}))
			got := must[risk.Event](w)(w.Find(w.Context(), alice, a.ID))
			if !slices.Equal(got.Facts.Lists, []string{c.hit}) || (c.list == "block") != (a.Result.Decision == score.Block) {
				t.Errorf("%s: %v, %s", c.hit, got.Facts.Lists, a.Result.Decision)
			}
			w.is(w.Remove(w.Context(), analyst, e.ID), "")
			w.is(w.Remove(w.Context(), analyst, e.ID), "risk.unknown")
		}
		must[risk.Entry](w)(w.Put(w.Context(), analyst, "block", "customer", alice.String(), "", later))
		w.clock.Advance(time.Hour)
		a := must[risk.Assessment](w)(w.Session(w.Context(), bank, w.home(alice)))
		if a.Result.Decision == score.Block || len(must[[]risk.Entry](w)(w.Entries(w.Context(), ident.ID{}, 10))) != 1 {
			t.Error("an expired entry blocks")
		}
		for _, bad := range [][3]string{{"list", "grey", "address"}, {"subject", "block", "address"}, {"subject", "block", "network"}, {"subject", "block", "device"}, {"subject", "block", "customer"}, {"subject", "block", "star sign"}} {
			_, err := w.Put(w.Context(), analyst, bad[1], bad[2], map[bool]string{true: "192.0.2.1", false: ""}[bad[0] == "list"], "", later)
			w.is(err, "risk."+bad[0])
		}
		for _, wide := range []string{"0.0.0.0/0", "::/0", "::ffff:192.0.2.0/120"} {
			_, err := w.Put(w.Context(), analyst, "block", "network", wide, "", later)
			w.is(err, "risk.subject")
		}
		_, err := w.Put(w.Context(), analyst, "trust", "address", "192.0.2.1", "", time.Time{})
		w.is(err, "risk.expires")
		_, err = w.Put(w.Context(), analyst, "block", "address", "192.0.2.1", "", w.clock.Now())
		w.is(err, "risk.expires")
	})
}

func TestVisits(t *testing.T) {
	each(t, func(w *world) {
		c := w.home(ident.ID{})
		a := must[risk.Assessment](w)(w.Visit(w.Context(), bank, c))
		again := must[risk.Assessment](w)(w.Visit(w.Context(), bank, c))
		if a.Result.Decision != score.Allow || again.ID != a.ID || !again.Repeated {
			t.Errorf("%+v, %+v", a, again)
		}
		must[risk.Entry](w)(w.Put(w.Context(), analyst, "block", "address", "192.0.2.10", "", time.Time{}))
		if b := must[risk.Assessment](w)(w.Visit(w.Context(), bank, w.home(ident.ID{}))); b.Result.Decision != score.Block {
			t.Errorf("a blocked address visits: %+v", b.Result)
		}
		c.Tag = "another"
		_, err := w.Visit(w.Context(), bank, c)
		w.is(err, "risk.reference_used")
	})
}

func TestSweepErasureAndExport(t *testing.T) {
	each(t, func(w *world) {
		w.routine(alice, 3)
		w.routine(bob, 2)
		must[risk.Assessment](w)(w.Visit(w.Context(), bank, w.home(ident.ID{})))
		must[risk.Entry](w)(w.Put(w.Context(), analyst, "watch", "customer", bob.String(), "", time.Time{}))
		if s := must[risk.Swept](w)(w.Sweep(w.Context(), audit.System("sweep"), risk.DefaultKeep(), 100)); s.Rows() != 0 {
			t.Errorf("swept too early: %+v", s)
		}
		x := must[risk.Exported](w)(w.Export(w.Context(), analyst, bob))
		if len(x.Events) != 4 || x.Events[0].Address != "192.0.2.10" || len(x.Profile.History.Entries) != 2 || !slices.Equal(x.Lists, []string{"watch"}) {
			t.Errorf("export: %+v", x)
		}
		w.clock.Advance(31 * 24 * time.Hour)
		if s := must[risk.Swept](w)(w.Sweep(w.Context(), audit.System("sweep"), risk.DefaultKeep(), 100)); s.Addresses != 10 || s.Visits != 1 || s.Rows() != 11 {
			t.Errorf("after 31 days: %+v", s)
		}
		if a, err := w.Address(w.Context(), bob, x.Events[0].ID); a != "" || err != nil {
			t.Errorf("a swept address is %q, %v", a, err)
		}
		for range 2 { // it can be repeated
			if err := w.DB.Write(w.Context(), func(tx *db.Tx) error { return w.Erase(tx, bob) }); err != nil {
				t.Fatal(err)
			}
		}
		w.fold()
		if x := must[risk.Exported](w)(w.Export(w.Context(), analyst, bob)); len(x.Events)+len(x.Lists)+len(x.Profile.History.Entries) != 0 {
			t.Errorf("after erasure: %+v", x)
		}
		if n := w.count("SELECT n FROM risk_total WHERE name = 'rows'"); n != 3 {
			t.Errorf("%d rows after erasure, want alice's 3", n)
		}
		w.clock.Advance(400 * 24 * time.Hour)
		s := must[risk.Swept](w)(w.Sweep(w.Context(), audit.System("sweep"), risk.DefaultKeep(), 100))
		if w.fold(); s.Events != 6 || s.Profiles != 1 || s.Payees != 1 || w.records(risk.AuditSwept) != 2 {
			t.Errorf("after 13 months: %+v", s)
		}
		for _, table := range []string{"risk_event", "risk_profile", "risk_value", "risk_pair", "risk_payee", "risk_lesson"} {
			if n := w.count("SELECT COUNT(*) FROM " + table); n != 0 {
				t.Errorf("%s still has %d rows", table, n)
			}
		}
	})
}

// No address, agent, tag, account or customer's number is in clear in what is stored.
func TestIdentifiersAreHidden(t *testing.T) {
	each(t, func(w *world) {
		c := w.home(alice)
		c.Tag, c.Address = "the-cookie", netip.MustParseAddr("203.0.113.77")
		must[risk.Assessment](w)(w.Session(w.Context(), bank, c))
		must[risk.Assessment](w)(w.Payment(w.Context(), bank, "domestic", w.home(alice), []risk.Payment{eur(100, "NO9386011117947")}))
		all := w.dump()
		for _, secret := range []string{"the-cookie", "203.0.113.77", "Mozilla", "9386011117947"} {
			if strings.Contains(all, secret) {
				t.Errorf("%s is stored in clear", secret)
			}
		}
		if !strings.Contains(all, "Sydney") {
			t.Error("nothing was stored at all")
		}
	})
}

func TestNoConsent(t *testing.T) {
	each(t, func(w *world) {
		c := w.home(alice)
		c.NoConsent, c.Signals = true, []string{"automation.webdriver"}
		a := must[risk.Assessment](w)(w.Session(w.Context(), bank, c))
		f := must[risk.Event](w)(w.Find(w.Context(), alice, a.ID)).Facts
		if f.Tag != "" || f.Signals != nil || f.Located || f.City != "" || f.Row[2] != "NO" || !f.NoConsent {
			t.Errorf("without consent: %+v", f)
		}
	})
}

func TestBacktest(t *testing.T) {
	each(t, func(w *world) {
		from := w.clock.Now()
		w.routine(alice, 6)
		fraud := must[risk.Assessment](w)(w.Payment(w.Context(), bank, "domestic", w.home(alice), []risk.Payment{eur(90_000, "mule")}))
		must[risk.Event](w)(w.Feedback(w.Context(), analyst, alice, fraud.ID, risk.Fraud, ""))
		to, before := w.clock.Now().Add(time.Hour), w.count("SELECT SUM(version) FROM risk_profile")
		rules := simple{limit: 49}
		var told int64
		b := must[risk.Backtest](w)(w.Try(w.Context(), rules, from, to, func(n int64) { told = n }))
		if b.Events != 13 || told != 13 || b.Stopped || b.Fired["amount.high"] != 7 || b.After[risk.Fraud].StepUp+b.After[risk.Fraud].Block != 1 || b.After[risk.Fraud].All() != 1 {
			t.Errorf("%+v", b)
		}
		if risk.StepUpRate(b.After) < risk.StepUpRate(b.Before) || b.Before[risk.Unlabeled].All() != 12 {
			t.Errorf("rates: %+v", b)
		}
		r, v, err := w.DryRun(w.Context(), rules, alice, fraud.ID)
		if err != nil || r.Decision == score.Allow || len(v.Terms) != 1 {
			t.Errorf("dry run: %+v, %+v, %v", r, v, err)
		}
		ctx, cancel := context.WithCancel(w.Context())
		cancel()
		if b, err := w.Try(ctx, rules, from, to, nil); err != nil || !b.Stopped || b.Events != 0 {
			t.Errorf("a cancelled test on the past: %+v, %v", b, err)
		}
		if w.count("SELECT SUM(version) FROM risk_profile") != before {
			t.Error("trying rules changed a profile")
		}
		if empty := must[risk.Backtest](w)(w.Try(w.Context(), rules, to, to, nil)); empty.Events != 0 || risk.StepUpRate(empty.After) != 0 {
			t.Errorf("%+v", empty)
		}
	})
}

// A test on the past is cancelled half-way: the report is about what was done.
func TestBacktestCancelledHalfWay(t *testing.T) {
	each(t, func(w *world) {
		from := w.clock.Now().Add(-time.Hour)
		for i := range 1100 { // more than a page
			customer := ident.Derive(strconv.Itoa(i % 50))
			must[risk.Assessment](w)(w.Action(w.Context(), bank, "email.change", w.home(customer)))
		}
		ctx, cancel := context.WithCancel(w.Context())
		defer cancel()
		b := must[risk.Backtest](w)(w.Try(ctx, simple{}, from, w.clock.Now().Add(time.Hour), func(int64) { cancel() }))
		if !b.Stopped || b.Events != 1000 {
			t.Errorf("%d events, stopped %t", b.Events, b.Stopped)
		}
		b = must[risk.Backtest](w)(w.Try(w.Context(), simple{}, from, w.clock.Now().Add(time.Hour), nil))
		if b.Stopped || b.Events != 1100 {
			t.Errorf("%d events, stopped %t", b.Events, b.Stopped)
		}
	})
}
