package console_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/staff"
)

// robbed is a bank with a customer whose account somebody took over.
func robbed(t testing.TB) (w *world, c customer.Customer, login, pay risk.Assessment) {
	t.Helper()
	w = newWorld(t)
	c = w.customer("10027-4418", "Ada Palmer")
	w.habits(c, 12)
	login, pay = w.thief(c)
	return w, c, login, pay
}

func riskPath(c customer.Customer, a risk.Assessment) string {
	return "/risk/events/" + c.ID.String() + "/" + a.ID.String()
}

// TestReviewByTwoAnalysts: one claims, the other cannot; the first says what it was, and
// the models hear of it.
func TestReviewByTwoAnalysts(t *testing.T) {
	t.Parallel()
	w, c, _, pay := robbed(t)
	f, g := w.join("frida", staff.FraudAnalyst).login(), w.join("gus", staff.FraudAnalyst).login()
	if got := f.open("/").One(t, "main").Text(); !strings.Contains(got, "wait for a review") {
		t.Errorf("the first page: %s", got)
	}
	at := riskPath(c, pay)
	queue := f.open("/risk?order=highest")
	if !queue.Has("a[href="+at+"]") || !strings.Contains(queue.Text(), "Ada Palmer") {
		t.Fatalf("the queue: %s", queue.One(t, "main").Text())
	}
	if page := f.open(at); !page.Has("form[action="+at+"/claim]") || page.Has("form[action="+at+"/decide]") {
		t.Error("an event that is free cannot be claimed, or can be decided")
	}
	if a := f.post(at+"/decide", url.Values{"label": {"fraud"}, "note": {"x"}}); a.code != http.StatusConflict {
		t.Errorf("decided without a claim: %d", a.code)
	}
	if a := f.post(at+"/claim", nil); a.to != at {
		t.Fatalf("claim: %d %s", a.code, a.body)
	}
	if page := g.open(at); page.Has("form[action="+at+"/claim]") || !strings.Contains(page.Text(), "Frida looks at this event") {
		t.Errorf("the colleague's page: %s", page.One(t, "main").Text())
	}
	if a := g.post(at+"/claim", nil); a.code != http.StatusConflict {
		t.Errorf("claimed twice: %d", a.code)
	}
	if a := g.post(at+"/release", nil); a.code != http.StatusConflict {
		t.Errorf("released by somebody else: %d", a.code)
	}
	if a := f.post(at+"/decide", url.Values{"label": {"fraud"}}); a.code != http.StatusUnprocessableEntity {
		t.Errorf("without a note: %d", a.code)
	}
	if a := f.post(at+"/decide", url.Values{"label": {"fraud"}, "note": {"The customer knows nothing of it."}}); a.to != "/risk" {
		t.Fatalf("decide: %d %s", a.code, a.body)
	}
	e, err := w.cfg.Risk.Find(t.Context(), c.ID, pay.ID)
	if err != nil || e.Label != risk.Fraud {
		t.Errorf("%+v, %v", e.Label, err)
	}
	if f.open("/risk").Has("a[href=" + at + "]") {
		t.Error("what was reviewed still waits")
	}
	if !f.open("/risk?label=fraud").Has("a[href=" + at + "]") {
		t.Error("the filter does not find it")
	}
	f.post(riskPath(c, pay)+"/claim", nil)
	w.clock.Advance(risk.ClaimFor)
	if a := g.login().post(at+"/claim", nil); a.to != at {
		t.Errorf("an expired claim holds: %d", a.code)
	}
}

// TestEventExplains: every term with its weight, whose sum is the stored one; the
// address only on request, with a record, and never to others.
func TestEventExplains(t *testing.T) {
	t.Parallel()
	w, c, _, pay := robbed(t)
	f, o := w.join("frida", staff.FraudAnalyst).login(), w.join("otto", staff.Auditor).login()
	at := riskPath(c, pay)
	e, err := w.cfg.Risk.Find(t.Context(), c.ID, pay.ID)
	if err != nil {
		t.Fatal(err)
	}
	page := f.open(at)
	sum := 0
	for _, term := range e.Result.Terms {
		sum += term.Weight
		if !strings.Contains(page.Text(), term.Code) {
			t.Errorf("the page lacks %s", term.Code)
		}
	}
	words := strings.Replace(fmt.Sprintf("%+.3f", float64(sum)/1000), "-", "−", 1)
	if sum != e.Result.Sum || page.One(t, "tfoot").Text() != "Sum "+words && !strings.Contains(page.One(t, "tfoot").Text(), words) {
		t.Errorf("the sum is %d, the page says %q", sum, page.One(t, "tfoot").Text())
	}
	if got := len(page.All(".evidence")); got != len(e.Result.Terms) {
		t.Errorf("%d bars for %d terms", got, len(e.Result.Terms))
	}
	if !page.Has(".strips") {
		t.Error("the payment is compared with nothing")
	}
	for _, p := range []*person{f, o} {
		if body := p.get(at).body; strings.Contains(body, "203.0.113.9") || strings.Contains(body, "GB33BUKB") {
			t.Errorf("%s sees an address or an account", p.id.Role)
		}
	}
	if a := f.post(at+"/address", nil); a.code != http.StatusOK || !strings.Contains(a.body, "203.0.113.9") || len(w.audited(risk.AuditAddress)) != 1 {
		t.Errorf("the address: %d, %d records", a.code, len(w.audited(risk.AuditAddress)))
	}
	if o.open(at).Has("form[action="+at+"/address]") || o.post(at+"/address", nil).code != http.StatusForbidden || o.post(at+"/claim", nil).code != http.StatusForbidden {
		t.Error("an auditor acts")
	}
	if page := f.open(at + "/try?version=0"); !strings.Contains(page.Text(), "The same decision and score") {
		t.Errorf("the rules in force say something else: %s", page.One(t, "main").Text())
	}
	other := ident.Derive("nobody").String()
	if a := f.get("/risk/events/" + other + "/" + pay.ID.String()); a.code != http.StatusNotFound {
		t.Errorf("another customer's event: %d", a.code)
	}
}

// TestTimelineByRole: the help desk sees decisions in plain words and no score; the
// administrator nothing.
func TestTimelineByRole(t *testing.T) {
	t.Parallel()
	w, c, _, pay := robbed(t)
	at := customerPath(c) + "/risk"
	f, h, a := w.join("frida", staff.FraudAnalyst).login(), w.join("maja", staff.HelpDesk).login(), w.join("ines", staff.Administrator).login()
	page := f.open(at)
	for _, want := range []string{"svg[aria-labelledby=risk-curve-title risk-curve-text]", "svg[aria-labelledby=risk-map-title risk-map-text]", "a[href=" + riskPath(c, pay) + "]"} {
		if !page.Has(want) {
			t.Errorf("the timeline lacks %s", want)
		}
	}
	for _, want := range []string{"Oslo (", "Bergen (", "Sydney (", "Firefox"} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("the timeline lacks %s", want)
		}
	}
	page = h.open(at)
	if !strings.Contains(page.Text(), "never came from this address") || page.Has("svg[role=img]") || page.Has("a[href="+riskPath(c, pay)+"]") || strings.Contains(page.Text(), "Sydney") {
		t.Errorf("the help desk's page: %s", page.One(t, "main").Text())
	}
	if h.get("/risk").code != http.StatusForbidden || h.get(riskPath(c, pay)).code != http.StatusForbidden || a.get(at).code != http.StatusForbidden || a.open("/").Has("a[href=/risk]") {
		t.Error("somebody sees more than their role")
	}
}

// TestQueuePages: all pages together are the whole list, each event once.
func TestQueuePages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027-4418", "Ada Palmer")
	for i := range 60 {
		w.clock.Advance(time.Minute)
		w.judged(w.cfg.Risk.Session(t.Context(), bankApp, w.call(c, fmt.Sprintf("203.0.113.%d", i), "curl/8", "")))
	}
	f := w.join("frida", staff.FraudAnalyst).login()
	for _, order := range []string{"", "highest"} {
		seen, at := map[string]bool{}, "/risk?order="+order
		for at != "" {
			page := f.open(at)
			for _, a := range page.All("a[href]") {
				if !strings.HasPrefix(a.Attr["href"], "/risk/events/") {
					continue
				}
				if seen[a.Attr["href"]] {
					t.Errorf("%s is listed twice", a.Attr["href"])
				}
				seen[a.Attr["href"]] = true
			}
			at = ""
			if next := page.All("a[rel=next]"); len(next) > 0 {
				at = next[0].Attr["href"]
			}
		}
		if len(seen) != 60 {
			t.Errorf("order %q: %d events", order, len(seen))
		}
	}
	for _, query := range []string{"?after=x", "?after=1_x_y_z", "?least=many", "?from=soon", "?decision=maybe", "?label=maybe", "?code=%25"} {
		if a := f.get("/risk" + query); a.code != http.StatusUnprocessableEntity && a.code != http.StatusBadRequest {
			t.Errorf("%q: %d", query, a.code)
		}
	}
	for _, query := range []string{"?decision=allow", "?kind=payment", "?least=1001", "?claimed=mine", "?claimed=held", "?channel=branch", "?code=payee.new"} {
		if page := f.open("/risk" + query); rows(page) > 0 {
			t.Errorf("%q finds something", query)
		}
	}
	list, err := w.cfg.Risk.Queue(t.Context(), risk.Filter{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	f.post("/risk/events/"+c.ID.String()+"/"+list[0].ID.String()+"/claim", nil)
	for query, n := range map[string]int{"?claimed=mine": 1, "?claimed=held&channel=web": 1, "?claimed=free&after=": 25, "?code=user.new&channel=web&order=highest": 25} {
		if page := f.open("/risk" + query); rows(page) != n {
			t.Errorf("%q finds %d", query, rows(page))
		}
	}
	if page := f.open("/risk?code=user.new"); page.One(t, "input[name=from]").Attr["value"] == "" || !strings.Contains(page.One(t, "a[rel=next]").Attr["href"], "code=user.new") {
		t.Error("the filter by evidence does not say how far back it looks, or the next page forgets it")
	}
}

// TestFindingByTwoPeople: where the policies want two people, what an analyst says of an
// event counts once a security officer agrees, and the analyst cannot agree for both.
func TestFindingByTwoPeople(t *testing.T) {
	t.Parallel()
	w, c, _, pay := robbed(t)
	set := policy.Version0()
	set.FourEyes = policy.FourEyes{Acts: []policy.Act{policy.ActFinding}, Valid: time.Hour}
	doc, err := set.Format()
	if err != nil {
		t.Fatal(err)
	}
	version, err := w.cfg.Policies.Store(t.Context(), cli, doc)
	if err = errors.Join(err, w.cfg.Policies.Activate(t.Context(), cli, 0, version), w.cfg.Policies.Reload(t.Context())); err != nil {
		t.Fatal(err)
	}
	f, v := w.join("frida", staff.FraudAnalyst).login(), w.join("vera", staff.SecurityOfficer).login()
	at, finding := riskPath(c, pay), url.Values{"label": {"fraud"}, "note": {"The customer knows nothing of it."}}
	if a := f.post(at+"/decide", finding); a.code != http.StatusConflict {
		t.Errorf("proposed without a claim: %d", a.code)
	}
	f.post(at+"/claim", nil)
	if !strings.Contains(f.open(at).Text(), "A colleague must agree") {
		t.Error("the page does not say that two must agree")
	}
	made := f.post(at+"/decide", finding)
	if !strings.HasPrefix(made.to, "/proposals/") {
		t.Fatalf("propose: %d %s", made.code, made.body)
	}
	label := func() risk.Label {
		e, err := w.cfg.Risk.Find(t.Context(), c.ID, pay.ID)
		if err != nil {
			t.Fatal(err)
		}
		return e.Label
	}
	page := v.open(made.to)
	form := url.Values{"digest": {page.One(t, "input[name=digest]").Attr["value"]}}
	if f.open(made.to).Has("form[action="+made.to+"/approve]") || f.post(made.to+"/approve", form).code != http.StatusForbidden || label() != "" {
		t.Error("one person decided")
	}
	if !strings.Contains(page.Text(), "The customer knows nothing of it.") || !strings.Contains(page.Text(), "Ada Palmer") {
		t.Errorf("the approver sees too little: %s", page.One(t, "main").Text())
	}
	if a := v.post(made.to+"/approve", form); a.code != http.StatusSeeOther || label() != risk.Fraud {
		t.Errorf("approve: %d, the event is %q", a.code, label())
	}
}
