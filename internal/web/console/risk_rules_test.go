package console_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/rule"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/console"
)

// betterRules step far less up; wrongRules have a mistake in line 6.
const (
	betterRules = `base: -9
thresholds: {step_up: 400, block: 900, block_channel: 985}
rules:
  - code: travel.impossible
    text: Too fast
    when: place.speed > 800.0
    weight: high
    family: place
  - code: bank.abroad
    text: More than 5000 to an account abroad
    when: payment.amount > 5000.0 && payee.country != "NO"
    weight: medium
    family: payment
    shadow: true
`
	wrongRules = `base: -4
thresholds: {step_up: 400, block: 900, block_channel: 985}
rules:
  - code: travel.impossible
    text: Too fast
    when: place.sped > 800.0
    weight: high
    family: place
`
)

// store checks and stores a document by the pages, and returns where it led.
func (p *person) storeRules(doc string) string {
	p.w.Helper()
	kind, body := multi(p.w, url.Values{"document": {doc}}, "", "")
	if a := p.postBody("/risk/rules/new", kind, body); a.code != http.StatusOK || !a.page.Has("form[action=/risk/rules/store]") {
		p.w.Fatalf("check: %d %s", a.code, a.body)
	}
	return p.post("/risk/rules/store", url.Values{"document": {doc}}).to
}

// TestRulesByTwoPeople: mistakes by line, a version, its difference, a proposal that its
// author cannot approve, and the rules in force.
func TestRulesByTwoPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f, v := w.join("frida", staff.FraudAnalyst).login(), w.join("vera", staff.SecurityOfficer).login()
	kind, body := multi(t, url.Values{"document": {wrongRules}}, "", "")
	a := f.postBody("/risk/rules/new", kind, body)
	if a.code != http.StatusUnprocessableEntity || !strings.Contains(a.page.Text(), "place.sped") || a.page.Has("form[action=/risk/rules/store]") {
		t.Errorf("a mistake: %d %s", a.code, a.body)
	}
	if a := f.post("/risk/rules/store", url.Values{"document": {wrongRules}}); a.code != http.StatusUnprocessableEntity {
		t.Errorf("stored with a mistake: %d", a.code)
	}
	if to := f.storeRules(betterRules); to != "/risk/rules/1" {
		t.Fatalf("stored: led to %q", to)
	}
	page := f.open("/risk/rules/1")
	for _, want := range []string{"thresholds.step_up", "250", "400", "rules[bank.abroad]", "In the shadow", "travel.impossible"} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("the version's page lacks %s", want)
		}
	}
	if v.post("/risk/rules/1/propose", url.Values{"reason": {"x"}}).code != http.StatusForbidden {
		t.Error("an officer proposes rules")
	}
	if a := f.post("/risk/rules/1/propose", nil); a.code != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", a.code)
	}
	made := f.post("/risk/rules/1/propose", url.Values{"reason": {"fewer step-ups"}})
	if !strings.HasPrefix(made.to, "/proposals/") {
		t.Fatalf("propose: %d %s", made.code, made.body)
	}
	if page := f.open(made.to); page.Has("form[action=" + made.to + "/approve]") {
		t.Error("the author may approve")
	}
	page = v.open(made.to)
	if !strings.Contains(page.Text(), "thresholds.step_up") {
		t.Errorf("the approver does not see what changes: %s", page.One(t, "main").Text())
	}
	form := url.Values{"digest": {page.One(t, "input[name=digest]").Attr["value"]}}
	if a := v.post(made.to+"/approve", form); a.code != http.StatusSeeOther {
		t.Fatalf("approve: %d %s", a.code, a.body)
	}
	if err := w.cfg.Risk.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, n := w.cfg.Risk.Rules(); n != 1 {
		t.Errorf("version %d is in force", n)
	}
	if got := f.open("/risk/rules/compare?from=0&to=1"); !strings.Contains(got.Text(), "rules[bank.abroad]") {
		t.Error("the comparison shows nothing")
	}
	if a := f.get("/risk/rules/1/rules.yaml"); a.body != betterRules {
		t.Errorf("the download: %s", a.body)
	}
	for _, path := range []string{"/risk/rules/9", "/risk/rules/x", "/risk/rules/9/rules.yaml"} {
		if a := f.get(path); a.code != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.code)
		}
	}
	if a := f.get("/risk/rules/compare?from=0&to=9"); a.code != http.StatusUnprocessableEntity {
		t.Errorf("compared with nothing: %d", a.code)
	}
}

// TestBacktestShowsWhatWouldChange: counts by label before and after, the change of the
// rate, and nothing stored is changed.
func TestBacktestShowsWhatWouldChange(t *testing.T) {
	t.Parallel()
	w, c, _, pay := robbed(t)
	if _, err := w.cfg.Risk.Feedback(t.Context(), cli, c.ID, pay.ID, risk.Fraud, "test"); err != nil {
		t.Fatal(err)
	}
	f := w.join("frida", staff.FraudAnalyst).login()
	f.storeRules(betterRules)
	for _, form := range []url.Values{nil, {"version": {"x"}}, {"version": {"1"}, "from": {"2026-01-02"}, "to": {"2025-01-01"}}, {"version": {"1"}, "from": {"soon"}, "to": {"2026-01-01"}}} {
		if a := f.post("/risk/backtest", form); a.code != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", form, a.code)
		}
	}
	days := url.Values{"version": {"1"}, "from": {"2020-01-01"}, "to": {w.clock.Now().Format(time.DateOnly)}}
	w.gate = make(chan struct{})
	at := f.post("/risk/backtest", days).to
	if !strings.HasPrefix(at, "/risk/backtest/") {
		t.Fatalf("start: led to %q", at)
	}
	if page := f.open(at); !page.Has("progress") || !page.Has("form[action="+at+"/cancel]") {
		t.Error("no progress is shown")
	}
	if a := f.post("/risk/backtest", days); a.code != http.StatusUnprocessableEntity || !strings.Contains(a.body, "under way") {
		t.Errorf("a second one: %d", a.code)
	}
	close(w.gate)
	w.work.Wait()
	text := f.open(at).One(t, "main").Text()
	set, err := rule.Parse([]byte(betterRules))
	if err != nil {
		t.Fatal(err)
	}
	want, err := w.cfg.Risk.Try(t.Context(), set, time.Unix(1, 0), w.clock.Now().Add(time.Hour), nil)
	if err != nil || want.Events != 26 {
		t.Fatalf("%d events, %v", want.Events, err)
	}
	for _, s := range []string{"26 events", "percentage points", "bank.abroad", "Fraud"} {
		if !strings.Contains(text, s) {
			t.Errorf("the result lacks %q: %s", s, text)
		}
	}
	if risk.StepUpRate(want.After) >= risk.StepUpRate(want.Before) {
		t.Error("the better rules step as much up")
	}
	v := w.join("vera", staff.SecurityOfficer).login() // who approves sees what was tried
	if page := v.open("/risk/backtest"); !page.Has("a[href="+at+"]") || page.Has("form[action=/risk/backtest]") || v.post(at+"/cancel", nil).code != http.StatusForbidden {
		t.Error("an officer sees no tests, or may start or cancel them")
	}
	v.open(at)
}

// TestBacktestIsCanceled: the page says so at once, on another node as well, and the
// result is told to be a part.
func TestBacktestIsCanceled(t *testing.T) {
	t.Parallel()
	w, _, _, _ := robbed(t)
	f := w.join("frida", staff.FraudAnalyst).login()
	w.gate = make(chan struct{})
	at := f.post("/risk/backtest", url.Values{"version": {"0"}, "from": {"2020-01-01"}, "to": {w.clock.Now().Format(time.DateOnly)}}).to
	w.restart()
	if a := f.post(at+"/cancel", nil); a.to != at {
		t.Fatalf("cancel: %d", a.code)
	}
	canceled := func() {
		t.Helper()
		if text := f.open(at).One(t, "main").Text(); !strings.Contains(text, "Canceled") || !strings.Contains(text, "first 0 of 26 events") {
			t.Errorf("the page: %s", text)
		}
	}
	canceled()
	close(w.gate) // the first node looks for work, and finds none
	w.work.Wait()
	canceled()
	if a := f.post(at+"/cancel", nil); a.to != at {
		t.Errorf("canceled twice: %d", a.code)
	}
	if text := f.open("/risk/backtest").One(t, "table").Text(); !strings.Contains(text, "Canceled") || !strings.Contains(text, "Frida") {
		t.Errorf("the list: %s", text)
	}
	none := "/risk/backtest/" + ident.Derive("none").String()
	if f.get(none).code != http.StatusNotFound || f.post(none+"/cancel", nil).code != http.StatusNotFound {
		t.Error("a test that is not there")
	}
}

// TestBacktestSurvivesARestart: the report is there after a restart and on another node;
// a test whose node stopped is gone on with.
func TestBacktestSurvivesARestart(t *testing.T) {
	t.Parallel()
	w, _, _, _ := robbed(t)
	f := w.join("frida", staff.FraudAnalyst).login()
	w.gate = make(chan struct{})
	at := f.post("/risk/backtest", url.Values{"version": {"0"}, "from": {"2020-01-01"}, "to": {w.clock.Now().Format(time.DateOnly)}}).to
	w.restart() // before anything was judged
	if page := f.open(at); !page.Has("progress") {
		t.Fatal("the test is lost")
	}
	if err := w.cfg.Risk.WorkTrials(t.Context()); err != nil { // as every node does every few seconds
		t.Fatal(err)
	}
	if text := f.open(at).One(t, "main").Text(); !strings.Contains(text, "26 events") {
		t.Errorf("the report: %s", text)
	}
	w.restart()
	f.lang = "de"
	if text := f.open(at).One(t, "main").Text(); !strings.Contains(text, "26 Ereignisse") || !strings.Contains(text, "Fertig") {
		t.Errorf("the report after a restart: %s", text)
	}
	close(w.gate)
}

// restart serves the pages by another program on the same database.
func (w *world) restart() {
	w.Helper()
	r := *w.cfg.Risk
	d := r.Desk
	r.Desk = &risk.Desk{DB: d.DB, Ring: d.Ring, Rand: d.Rand, Log: d.Log, Places: d.Places, Preset: d.Preset, Compile: d.Compile}
	w.cfg.Risk = &r
	var err error
	if w.http, err = console.New(w.cfg); err != nil {
		w.Fatal(err)
	}
}

// brokenRules divide by zero for whatever is no payment.
const brokenRules = `base: -4
thresholds: {step_up: 400, block: 900, block_channel: 985}
rules:
  - code: bank.broken
    text: Divides by zero
    when: 10 / payment.batch > 1
    weight: high
    family: payment
  - code: bank.abroad
    text: From Australia
    when: 'network.country == "AU"'
    weight: high
    family: place
    at_least: step-up
`

// TestRuleThatDividesByZero: events are judged without it, their page says so in words,
// and a test on the past counts how often it failed before it is ever in force.
func TestRuleThatDividesByZero(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027-4418", "Ada Palmer")
	set, err := rule.Parse([]byte(brokenRules))
	if err != nil {
		t.Fatal(err)
	}
	w.cfg.Risk.Preset = set
	w.restart()
	login := w.judged(w.cfg.Risk.Session(t.Context(), bankApp, w.call(c, "203.0.113.9", firefox, "")))
	if !slices.Contains(login.Result.Reasons(), "bank.abroad") || len(login.Failures) != 1 {
		t.Errorf("one broken rule keeps others from judging: %+v", login)
	}
	f := w.join("frida", staff.FraudAnalyst).login()
	text := f.open(riskPath(c, login)).One(t, "main").Text()
	if !strings.Contains(text, "bank.broken: It divides by zero here") {
		t.Errorf("the event: %s", text)
	}
	at := f.post("/risk/backtest", url.Values{"version": {"0"}, "from": {"2020-01-01"}, "to": {w.clock.Now().Format(time.DateOnly)}}).to
	w.work.Wait()
	if text := f.open(at).One(t, "main").Text(); !strings.Contains(text, "bank.broken 0 0 1") {
		t.Errorf("the test on the past: %s", text)
	}
	f.lang = "de"
	for _, path := range []string{riskPath(c, login), riskPath(c, login) + "/try?version=0"} {
		if text := f.open(path).One(t, "main").Text(); !strings.Contains(text, "durch null") {
			t.Errorf("%s: %s", path, text)
		}
	}
}

// TestLists: added, renewed, shown without what is hashed, and removed.
func TestLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027-4418", "Ada Palmer")
	f, o := w.join("frida", staff.FraudAnalyst).login(), w.join("otto", staff.Auditor).login()
	add := func(list, kind, subject, expires string) answer {
		return f.post("/risk/lists/new", url.Values{"list": {list}, "kind": {kind}, "subject": {subject}, "note": {"seen in a fraud"}, "expires": {expires}})
	}
	for _, bad := range [][4]string{{"block", "address", "here", ""}, {"trust", "address", "192.0.2.1", ""}, {"grey", "address", "192.0.2.1", ""}, {"block", "network", "0.0.0.0/0", ""}, {"block", "address", "", ""}, {"block", "address", "192.0.2.1", "2020-01-01"}, {"block", "address", "192.0.2.1", "soon"}} {
		if a := add(bad[0], bad[1], bad[2], bad[3]); a.code != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", bad, a.code)
		}
	}
	soon := w.clock.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	for _, good := range [][4]string{{"watch", "payee", "GB33 BUKB 2020 1555 5555 55", ""}, {"block", "network", "203.0.113.0/24", soon}, {"trust", "customer", c.ID.String(), soon}} {
		if a := add(good[0], good[1], good[2], good[3]); a.to != "/risk/lists" {
			t.Errorf("%v: %d %s", good, a.code, a.body)
		}
	}
	page := o.open("/risk/lists")
	if rows(page) != 3 || strings.Contains(page.Text(), "BUKB") || !strings.Contains(page.Text(), "203.0.113.0/24") || !strings.Contains(page.Text(), "Ada Palmer") {
		t.Errorf("the lists: %s", page.One(t, "main").Text())
	}
	list, err := w.cfg.Risk.Entries(t.Context(), customer.Customer{}.ID, 10)
	if err != nil || len(list) != 3 {
		t.Fatal(err)
	}
	at := "/risk/lists/" + list[0].ID.String() + "/remove"
	if page.Has("a[href="+at+"]") || o.post(at, nil).code != http.StatusForbidden || !f.open("/risk/lists").Has("a[href="+at+"]") {
		t.Error("who may not is offered to remove, or who may is not")
	}
	f.open(at)
	if a := f.post(at, nil); a.to != "/risk/lists" || len(w.audited(risk.AuditUnlisted)) != 1 {
		t.Errorf("remove: %d", a.code)
	}
	if a := f.post(at, nil); a.code != http.StatusNotFound {
		t.Errorf("removed twice: %d", a.code)
	}
}

// TestFiguresCount: the tiles and the table say what happened.
func TestFiguresCount(t *testing.T) {
	t.Parallel()
	w, c, _, pay := robbed(t)
	f := w.join("frida", staff.FraudAnalyst).login()
	if got := w.join("xena", staff.FraudAnalyst).login().open("/risk/figures").All("figure"); len(got) != 4 {
		t.Errorf("%d plots", len(got))
	}
	if _, err := w.cfg.Risk.Feedback(t.Context(), cli, c.ID, pay.ID, risk.Fraud, "test"); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(2 * time.Minute)
	if text := f.open("/risk/figures").One(t, "main").Text(); !strings.Contains(text, "1 of 1 confirmed frauds") || !strings.Contains(text, "26") {
		t.Errorf("the figures: %s", text)
	}
}

// postBody sends a body of some kind.
func (p *person) postBody(path, kind string, body io.Reader) answer {
	p.w.Helper()
	r := httptest.NewRequest(http.MethodPost, path, body)
	r.Header.Set("Content-Type", kind)
	return p.send(r)
}
