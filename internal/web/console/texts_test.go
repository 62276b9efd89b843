package console_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/console"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// TestTextsAreListedAndFound: by state, kind, gateway and day; never a body, never a whole
// number.
func TestTextsAreListedAndFound(t *testing.T) {
	t.Parallel()
	w, c, help := textDesk(t)
	w.asks(c, knownSecret)
	_, code := w.arrived(phoneNumber)
	m, err := w.cfg.Texts.List(t.Context(), sms.Filter{Customer: c.ID}, 1)
	if err != nil || len(m) != 1 {
		t.Fatal(err)
	}
	if err := w.cfg.Texts.Receive(t.Context(), sms.Receipt{Gateway: "first", Reference: "ref-" + m[0].ID.String()[20:], State: sms.Failed, Code: "err:011"}); err != nil {
		t.Fatal(err)
	}
	p := w.join("ines", staff.Administrator).login()
	today := w.clock.Now().Format(time.DateOnly)
	for query, want := range map[string]int{
		"": 2, "?state=failed": 1, "?state=sent": 1, "?state=dead": 0, "?class=code": 2, "?class=notice": 0, "?gateway=first": 2, "?gateway=second": 0,
		"?from=" + today + "&to=" + today: 2, "?from=2020-01-01&to=2020-01-02": 0, "?state=%3Cscript%3E": 0,
	} {
		page := p.open("/texts" + query)
		if n := rows(page); n != want {
			t.Errorf("%q: %d messages, want %d", query, n, want)
		}
	}
	for _, query := range []string{"?from=soon", "?to=2026-13-01", "?from=0001-01-01", "?after=x"} {
		if a := p.get("/texts" + query); a.code != http.StatusUnprocessableEntity && a.code != http.StatusBadRequest {
			t.Errorf("%q: %d", query, a.code)
		}
	}
	at := "/texts/" + m[0].ID.String()
	got := p.open(at).One(t, "main").Text()
	for _, want := range []string{"Failed", "err:011", "+47 ••• 67", "first", "ref-", "Not shown"} {
		if !strings.Contains(got, want) {
			t.Errorf("the message's page lacks %q: %s", want, got)
		}
	}
	own := customerPath(c) + "/texts"
	for who, paths := range map[*person][]string{p: {"/texts", at}, help: {own, own + "/" + m[0].ID.String(), customerPath(c)}} {
		for _, path := range paths {
			if body := who.get(path).body; strings.Contains(body, code) || strings.Contains(body, phoneNumber) || strings.Contains(body, "91234567") {
				t.Errorf("%s shows a code or a whole number", path)
			}
		}
	}
	if help.get(at).code != http.StatusForbidden || help.get("/texts").code != http.StatusForbidden || help.open("/").Has("a[href=/texts]") {
		t.Error("the help desk browses all messages")
	}
	other := w.customer("10031", "Kim Okafor")
	if a := help.get(customerPath(other) + "/texts/" + m[0].ID.String()); a.code != http.StatusNotFound {
		t.Errorf("somebody else's message: %d", a.code)
	}
}

// TestUndelivered: a message that no gateway took waits for a decision, is counted, and
// is tried again or given up.
func TestUndelivered(t *testing.T) {
	t.Parallel()
	w, c, _ := textDesk(t)
	first, second := w.dead(c), w.dead(c)
	if first.ID == second.ID {
		t.Fatal("there is only one dead message")
	}
	p, a := w.join("ines", staff.Administrator).login(), w.join("otto", staff.Auditor).login()
	if got := p.open("/").One(t, "main").Text(); !strings.Contains(got, "2 messages could not be delivered") {
		t.Errorf("the first page: %s", got)
	}
	at := func(m sms.Message, act string) string { return "/undelivered/" + m.ID.String() + "/" + act }
	page := p.open("/undelivered")
	if rows(page) != 2 || !page.Has("a[href="+at(first, "retry")+"]") || !strings.Contains(page.Text(), "the number is not in use") {
		t.Errorf("the list: %s", page.One(t, "main").Text())
	}
	if page := a.open("/undelivered"); page.Has("a[href="+at(first, "retry")+"]") || page.Has("a[href="+at(first, "discard")+"]") || a.post(at(first, "retry"), nil).code != http.StatusForbidden {
		t.Error("an auditor decides about messages")
	}
	before, _ := w.arrived(phoneNumber)
	p.open(at(second, "retry"))
	if got := p.post(at(second, "retry"), nil); got.to != "/undelivered" {
		t.Fatalf("retry: %d %s", got.code, got.body)
	}
	if n, _ := w.arrived(phoneNumber); n != before+1 {
		t.Error("the message did not arrive")
	}
	if got := p.post(at(second, "retry"), nil); got.code != http.StatusConflict {
		t.Errorf("retried twice: %d", got.code)
	}
	p.stale()
	if a := p.post(at(first, "discard"), url.Values{"reason": {"x"}, "sure": {"1"}}); a.code != http.StatusOK || p.get(a.page.One(t, "a.quiet").Attr["href"]).to != "/texts/"+first.ID.String() {
		t.Errorf("who does not confirm: %d, led to %q", a.code, a.page.One(t, "a.quiet").Attr["href"])
	}
	p.login()
	p.open(at(first, "discard"))
	for _, form := range []url.Values{nil, {"reason": {"x"}}, {"sure": {"1"}}} {
		if got := p.post(at(first, "discard"), form); got.code != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", form, got.code)
		}
	}
	if got := p.post(at(first, "discard"), url.Values{"reason": {"The number is no more."}, "sure": {"1"}}); got.to != "/undelivered" {
		t.Fatalf("discard: %d %s", got.code, got.body)
	}
	if got := p.open("/undelivered"); !strings.Contains(got.Text(), "Everything was delivered") {
		t.Errorf("then: %s", got.One(t, "main").Text())
	}
	if got := p.open("/texts/"+first.ID.String()).One(t, "main").Text(); !strings.Contains(got, "Failed") || !strings.Contains(got, sms.GivenUp) {
		t.Errorf("the message: %s", got)
	}
	if e := w.found(c, outbox.AuditDiscarded); len(e) != 1 || e[0].Actor != p.actor() {
		t.Errorf("the records: %+v", e)
	}
}

// TestUndeliveredOfOtherKinds: also what is no text message can be decided about; what is
// too late can only be given up.
func TestUndeliveredOfOtherKinds(t *testing.T) {
	t.Parallel()
	w := texting(t)
	id := ident.Derive("half")
	put := outbox.Message{ID: id, Kind: "activation_code.part", Payload: []byte("W8TN"), Expires: w.clock.Now().Add(time.Hour)}
	if err := w.cfg.Texts.DB.Write(t.Context(), func(tx *db.Tx) error { return w.cfg.Outbox.Put(tx, put) }); err != nil {
		t.Fatal(err)
	}
	refuse := func() {
		t.Helper()
		if _, err := w.cfg.Outbox.Deliver(t.Context(), map[string]outbox.Handler{put.Kind: outbox.HandlerFunc(refused)}); err != nil {
			t.Fatal(err)
		}
	}
	refuse()
	p := w.join("ines", staff.Administrator).login()
	if got := p.open("/undelivered").One(t, "main").Text(); !strings.Contains(got, "Half of an activation code") || strings.Contains(got, "W8TN") {
		t.Errorf("the list: %s", got)
	}
	at := "/undelivered/" + id.String() + "/"
	if a := p.get(strings.TrimSuffix(at, "/")); a.to != "/undelivered" {
		t.Errorf("its page: %d to %q", a.code, a.to)
	}
	if a := p.post(at+"retry", nil); a.to != "/undelivered" {
		t.Errorf("retry: %d", a.code)
	}
	refuse()
	w.clock.Advance(2 * time.Hour)
	p.login()
	if page := p.open("/undelivered"); page.Has("a[href="+at+"retry]") || !strings.Contains(page.Text(), "too late") {
		t.Error("what is too late is offered to be tried again")
	}
	if a := p.post(at+"retry", nil); a.code != http.StatusConflict {
		t.Errorf("retry of what is too late: %d", a.code)
	}
	if a := p.post(at+"discard", url.Values{"reason": {"too late"}, "sure": {"1"}}); a.to != "/undelivered" {
		t.Errorf("discard: %d", a.code)
	}
	if a := p.get(at + "discard"); a.code != http.StatusNotFound {
		t.Errorf("of nothing: %d", a.code)
	}
}

// TestGateways: sessions, why there is none, and what became of the day's messages.
func TestGateways(t *testing.T) {
	t.Parallel()
	w, c, _ := textDesk(t)
	w.cfg.Gateways = func() []console.Gateway {
		return []console.Gateway{
			{Name: "first", Kind: "SMPP", Sessions: 2, Figures: []console.GatewayFigure{{Name: "taken", N: 12}, {Name: "throttled", N: 3}}},
			{Name: "second", Kind: "SMPP", Trouble: "dial tcp: connection refused"},
		}
	}
	var err error
	if w.http, err = console.New(w.cfg); err != nil {
		t.Fatal(err)
	}
	w.dead(c)
	p := w.join("ines", staff.Administrator).login()
	got := p.open("/texts/gateways").One(t, "main").Text()
	for _, want := range []string{"2 sessions", "No session", "connection refused", "Not taken yet", "12"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q: %s", want, got)
		}
	}
}

// pumped makes a prefix whose codes nobody gives back.
func (w *world) pumped(c customer.Customer) {
	w.Helper()
	b := &sms.Budget{Ring: w.cfg.Texts.Ring}
	rule := w.cfg.Policies.Active().SMS
	rule.Number = 1000
	spend := func(n int) (v sms.Verdict) {
		w.Helper()
		if err := w.cfg.Texts.DB.Write(w.Context(), func(tx *db.Tx) (err error) {
			s := sms.Spending{Customer: c.ID, Number: phoneNumber}
			if v, err = b.Allow(tx, rule, s); err == nil {
				_, err = b.Spend(tx, rule, s, n)
			}
			return err
		}); err != nil {
			w.Fatal(err)
		}
		return v
	}
	spend(200)
	w.clock.Advance(time.Hour)
	if v := spend(0); v != sms.CutOff {
		w.Fatalf("the prefix is not cut off: %q", v)
	}
}

// TestCutOffIsLifted: the share that came back, the cut-off, and its end by those who may.
func TestCutOffIsLifted(t *testing.T) {
	t.Parallel()
	w, c, _ := textDesk(t)
	w.pumped(c)
	p, i := w.join("frida", staff.FraudAnalyst).login(), w.join("ines", staff.Administrator).login()
	for _, who := range []*person{p, i} {
		if got := who.open("/").One(t, "main").Text(); !strings.Contains(got, "No codes are sent to 1 prefix") {
			t.Errorf("the first page: %s", got)
		}
	}
	const at = "/texts/prefixes/47912/lift"
	page := p.open("/texts/prefixes")
	if got := page.One(t, "tbody").Text(); !strings.Contains(got, "+47912") || !strings.Contains(got, "Cut off") || !strings.Contains(got, "0 %") || !page.Has("a[href="+at+"]") {
		t.Errorf("the prefix: %s", got)
	}
	if i.open("/texts/prefixes").Has("a[href="+at+"]") || i.post(at, nil).code != http.StatusForbidden {
		t.Error("an administrator lifts cut-offs")
	}
	p.open(at)
	if a := p.post(at, nil); a.code != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", a.code)
	}
	if a := p.post(at, url.Values{"reason": {"a campaign of ours"}}); a.to != "/texts/prefixes" {
		t.Fatalf("lift: %d %s", a.code, a.body)
	}
	if a := p.post(at, url.Values{"reason": {"again"}}); a.code != http.StatusConflict {
		t.Errorf("twice: %d", a.code)
	}
	if e := w.audited(sms.AuditLifted); len(e) != 1 || e[0].Actor != p.actor() {
		t.Errorf("the records: %+v", e)
	}
	w.clock.Advance(time.Hour) // the budget of the number
	o := w.asks(c, knownSecret)
	if _, code := w.arrived(phoneNumber); w.answers(o, code).State != hub.Granted {
		t.Error("codes are not sent again")
	}
}

func refused(context.Context, outbox.Message) error { return outbox.Permanent(errors.New("refused")) }

// rows counts those of the table of a page; 0 without one.
func rows(page *webtest.Node) (n int) {
	for _, body := range page.All("tbody") {
		n += len(body.All("tr"))
	}
	return n
}
