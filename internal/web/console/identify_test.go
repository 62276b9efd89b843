package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/staff"
)

// answers ticks the questions of the page in their order: r for right, w for wrong,
// - for not asked.
func (p *person) answers(path, ticks string) url.Values {
	p.w.Helper()
	page := p.open(path)
	form := hiddenFields(page)
	form.Del("question")
	for i, q := range page.All("[name=question]") {
		form.Add("question", q.Attr["value"])
		if i < len(ticks) {
			form.Set("answer-"+string(rune('0'+i)), map[byte]string{'r': "right", 'w': "wrong", '-': ""}[ticks[i]])
		}
	}
	form.Set("way", "call")
	return form
}

// identifies identifies a customer by the page, and returns what it leads to.
func (p *person) identifies(c customer.Customer, next string) string {
	p.w.Helper()
	at := "/customers/" + c.ID.String() + "/identify"
	form := p.answers(at+"?next="+url.QueryEscape(next), "rrr")
	a := p.post(at, form)
	if a.code != http.StatusSeeOther {
		p.w.Fatalf("identify: %d\n%s", a.code, a.page.One(p.w, "main").Text())
	}
	return a.to
}

// blocked blocks the customer's secure code.
func (w *world) blocked(c customer.Customer) {
	w.Helper()
	for range 5 {
		w.attempt(c, "000000")
	}
}

// TestIdentifyLeadsThereAndBack: an act that needs an identification leads to the
// questions, and from there back to the act (F-4.6).
func TestIdentifyLeadsThereAndBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027", "Ada Palmer")
	w.tokens("CS-1")
	w.register(c, "CS-1")
	w.blocked(c)
	p := w.join("maja", staff.HelpDesk).login()
	act := customerPath(c) + "/authenticators/secure-code/reset"
	a := p.get(act)
	if want := customerPath(c) + "/identify?next=" + url.QueryEscape(act); a.to != want {
		t.Fatalf("without an identification it leads to %q, want %q", a.to, want)
	}
	page := p.open(a.to)
	if got := page.One(t, ".lede").Text(); !strings.Contains(got, "reset a failure counter") {
		t.Errorf("the page does not say what for: %s", got)
	}
	if got := page.One(t, ".asks").Text(); !strings.Contains(got, "Date of birth") || !strings.Contains(got, "3 of 5") {
		t.Errorf("the questions: %s", got)
	}
	form := p.answers(a.to, "r-rr")
	if got := p.post(customerPath(c)+"/identify", form); got.to != act {
		t.Fatalf("identified, it leads to %q: %d", got.to, got.code)
	}
	if again := p.post(customerPath(c)+"/identify", form); again.to != act || len(w.audited("identification.passed")) != 1 {
		t.Errorf("the same form again: %q, %d records", again.to, len(w.audited("identification.passed")))
	}
	if got := p.open(act).One(t, ".identified").Text(); !strings.Contains(got, "15 minutes") {
		t.Errorf("the act does not say how long it may rely on that: %s", got)
	}
	if e := w.audited("identification.passed")[0]; e.Actor != p.actor() || !strings.Contains(string(e.Details), "birth-date") || strings.Contains(string(e.Details), "address") {
		t.Errorf("the record: %s by %s", e.Details, e.Actor)
	}
	if got := p.open(customerPath(c)).One(t, ".identified").Text(); !strings.Contains(got, "Identified by you") {
		t.Errorf("the customer's page: %s", got)
	}
	german := w.join("jana", staff.HelpDesk).login()
	german.lang = "de"
	if got := german.open(a.to).One(t, "main").Text(); !strings.Contains(got, "Geburtsdatum") || !strings.Contains(got, "einen Fehlerzähler zurückzusetzen") {
		t.Errorf("in German: %s", got)
	}
	if got := german.get(act).to; !strings.Contains(got, "/identify") {
		t.Errorf("a colleague's identification does for somebody else: %q", got)
	}
	p.stale()
	w.clock.Advance(11 * time.Minute)
	p.login()
	if got := p.get(act).to; !strings.Contains(got, "/identify") {
		t.Errorf("an identification that is over does: %q", got)
	}
	if got := p.post(act, url.Values{"reason": {"asked"}}).to; !strings.Contains(got, "/identify") || len(w.audited("authenticator.reset")) != 0 {
		t.Errorf("an act under an identification that is over leads to %q", got)
	}
}

// TestIdentifyRefuses: too few right answers are recorded and counted, and the form
// comes back empty; then nobody is identified for a while.
func TestIdentifyRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027", "Ada Palmer")
	p := w.join("maja", staff.HelpDesk).login()
	at := customerPath(c) + "/identify"
	says := func(a answer) string { return a.page.One(t, "main").Text() }
	if a := p.post(at, p.answers(at, "-----")); a.code != http.StatusUnprocessableEntity || !strings.Contains(says(a), "at least one question") {
		t.Errorf("nothing ticked: %d", a.code)
	}
	if a := p.post(at, p.answers(at, "rr")); a.code != http.StatusUnprocessableEntity || !strings.Contains(says(a), "more are needed") || len(a.page.All("[checked]")) != 5 {
		t.Errorf("two right answers, and what was ticked: %d", a.code)
	} else if _, ticked := a.page.All("[value=right]")[0].Attr["checked"]; !ticked {
		t.Error("what was ticked is lost")
	}
	if n := len(w.audited("identification.")); n != 0 {
		t.Errorf("%d records of what was not an attempt", n)
	}
	for left := 2; left >= 1; left-- {
		a := p.post(at, p.answers(at, "rrw"))
		if a.code != http.StatusUnprocessableEntity || !strings.Contains(says(a), "2 of 3 needed answers were right") {
			t.Fatalf("one wrong: %d %s", a.code, says(a))
		}
		for _, x := range a.page.All("[value=right]") {
			if _, ticked := x.Attr["checked"]; ticked {
				t.Error("the form comes back with answers in it")
			}
		}
	}
	a := p.post(at, p.answers(at, "www"))
	if a.code != http.StatusUnprocessableEntity || !strings.Contains(says(a), "Too many failed identifications") || a.page.Has(".asks") {
		t.Errorf("the third: %d %s", a.code, says(a))
	}
	other := w.join("nils", staff.HelpDesk).login()
	if page := other.open(at); page.Has(".asks") || !strings.Contains(page.One(t, "main").Text(), "Not identified") {
		t.Errorf("another desk may go on: %s", page.One(t, "main").Text())
	}
	if got := p.get(customerPath(c)).page; got.Has(".identified") {
		t.Error("the customer counts as identified")
	}
	w.clock.Advance(time.Hour)
	p.login()
	if to := p.identifies(c, ""); to != customerPath(c) {
		t.Errorf("after the pause it leads to %q", to)
	}
}

// TestIdentifyLeadsNowhereElse: a link from elsewhere cannot lead staff away.
func TestIdentifyLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027", "Ada Palmer")
	p := w.join("maja", staff.HelpDesk).login()
	for _, next := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "tokens"} {
		if to := p.identifies(c, next); to != customerPath(c) {
			t.Errorf("%q leads to %q", next, to)
		}
	}
}

// TestIdentifyNeedsAFreshProof, and keeps what was ticked.
func TestIdentifyNeedsAFreshProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027", "Ada Palmer")
	p := w.join("maja", staff.HelpDesk).login()
	at := customerPath(c) + "/identify"
	form := p.answers(at, "rrr")
	p.stale()
	a := p.post(at, form)
	if a.code != http.StatusOK || !a.page.Has("#f-proof-code") {
		t.Fatalf("with a stale proof: %d", a.code)
	}
	carried := url.Values{"proof-password": {password}, "proof-code": {p.code()}}
	for _, x := range a.page.All("[type=hidden]") {
		carried.Add(x.Attr["name"], x.Attr["value"])
	}
	if a := p.post(at, carried); a.to != customerPath(c) || len(w.audited("identification.passed")) != 1 {
		t.Errorf("after the proof: %d, led to %q", a.code, a.to)
	}
}

func customerPath(c customer.Customer) string { return "/customers/" + c.ID.String() }

// found lists the records of a kind about a customer.
func (w *world) found(c customer.Customer, kind string) []audit.Entry {
	w.Helper()
	page, err := w.cfg.Audit.Find(w.Context(), audit.Filter{Customer: c.ID, Kind: kind}, "", 100)
	if err != nil {
		w.Fatal(err)
	}
	return page.Entries
}
