package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// closes has an event close the web to its customer.
func (w *world) closes(c customer.Customer, a risk.Assessment, until time.Time) {
	w.Helper()
	err := w.cfg.Risk.DB.Write(w.Context(), func(tx *db.Tx) error {
		_, err := w.cfg.Risk.BlockChannel(tx, bankApp, risk.ChannelBlock{Customer: c.ID, Channel: "web", Cause: risk.CauseRisk, Event: a.ID, Until: until})
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
}

// open reports whether the web is open to the customer.
func (w *world) channelOpen(c customer.Customer) bool {
	w.Helper()
	all, err := w.cfg.Risk.Channels(w.Context(), c.ID)
	if err != nil {
		w.Fatal(err)
	}
	return len(all) == 0
}

// TestTheHelpDeskOpensAChannel: a closed channel is on the first page, in the list and on
// the customer's page; it is opened after an identification, with a reason, and once.
func TestTheHelpDeskOpensAChannel(t *testing.T) {
	t.Parallel()
	w, c, _, pay := robbed(t)
	w.closes(c, pay, time.Time{})
	h, g := w.join("maja", staff.HelpDesk).login(), w.join("nils", staff.HelpDesk).login()
	at := customerPath(c) + "/channels/web/lift"
	if got := h.open("/").One(t, "main"); !strings.Contains(got.Text(), "1 channel is closed to a customer") || !got.Has("a[href=/channels]") {
		t.Errorf("the first page: %s", got.Text())
	}
	if list := h.open("/channels"); !strings.Contains(list.Text(), "Ada Palmer") || !strings.Contains(list.Text(), "Very high risk") || !list.Has("a[href="+at+"]") {
		t.Errorf("the list: %s", list.One(t, "main").Text())
	}
	page := h.open(customerPath(c))
	if got := page.One(t, "section[aria-labelledby=channels]").Text(); !strings.Contains(got, "web") || !strings.Contains(got, "Until somebody opens it again") || page.Has("a[href="+riskPath(c, pay)+"]") {
		t.Errorf("the customer's page: %s", got)
	}
	if a := h.get(at); !strings.HasPrefix(a.to, customerPath(c)+"/identify?next=") {
		t.Errorf("without an identification: %d to %q", a.code, a.to)
	}
	if a := h.post(at, url.Values{"reason": {"called back"}}); !strings.HasPrefix(a.to, customerPath(c)+"/identify") || w.channelOpen(c) {
		t.Errorf("done without an identification: %d to %q", a.code, a.to)
	}
	for _, p := range []*person{h, g} {
		if to := p.identifies(c, at); to != at {
			t.Fatalf("identified, it leads to %q", to)
		}
	}
	if got := h.open(at).One(t, "main").Text(); !strings.Contains(got, "at once") || !strings.Contains(got, "Very high risk") {
		t.Errorf("the act: %s", got)
	}
	if a := h.post(at, url.Values{"reason": {""}}); a.code != http.StatusUnprocessableEntity || w.channelOpen(c) {
		t.Errorf("without a reason: %d", a.code)
	}
	if a := h.post(at, url.Values{"reason": {"called back"}}); a.to != customerPath(c) || !w.channelOpen(c) {
		t.Fatalf("open again: %d to %q", a.code, a.to)
	}
	if a := g.post(at, url.Values{"reason": {"called back too"}}); a.code != http.StatusConflict || !strings.Contains(a.page.Text(), "somebody else") && !strings.Contains(a.page.Text(), "Maja") {
		t.Errorf("the colleague who was slower: %d %s", a.code, a.page.One(t, "main").Text())
	}
	if a := g.get(at); a.code != http.StatusConflict {
		t.Errorf("the act of an open channel: %d", a.code)
	}
	if n := len(w.found(c, risk.AuditChannelLifted)); n != 1 {
		t.Errorf("%d records", n)
	}
	if page := h.open(customerPath(c)); page.Has("section[aria-labelledby=channels]") {
		t.Error("the customer's page still shows it")
	}
	if got := h.open("/channels").One(t, "main").Text(); !strings.Contains(got, "No channel is closed") {
		t.Errorf("the list: %s", got)
	}
}

// TestAnAnalystOpensAChannelByAFinding: the case says that its event closed the channel;
// found legitimate, it is open, and the analyst has no other way.
func TestAnAnalystOpensAChannelByAFinding(t *testing.T) {
	t.Parallel()
	w, c, login, pay := robbed(t)
	w.closes(c, pay, w.clock.Now().Add(24*time.Hour))
	f := w.join("frida", staff.FraudAnalyst).login()
	at := riskPath(c, pay)
	f.post(at+"/claim", nil)
	page := f.open(at)
	if got := page.One(t, "section[aria-labelledby=channels]").Text(); !strings.Contains(got, "Until ") || !strings.Contains(page.Text(), "This event closed the channel") || page.Has("a[href="+customerPath(c)+"/channels/web/lift]") {
		t.Errorf("the case: %s", got)
	}
	if a := f.post(customerPath(c)+"/channels/web/lift", url.Values{"reason": {"x"}}); a.code != http.StatusForbidden {
		t.Errorf("lifted by hand: %d", a.code)
	}
	if page := f.open(riskPath(c, login)); strings.Contains(page.Text(), "This event closed the channel") || !page.Has("a[href="+at+"]") {
		t.Errorf("another event of the channel: %s", page.One(t, "main").Text())
	}
	if a := f.post(at+"/decide", url.Values{"label": {"legitimate"}, "note": {"Called: on holiday."}}); a.to != "/risk" || !w.channelOpen(c) {
		t.Fatalf("decide: %d to %q, open %t", a.code, a.to, w.channelOpen(c))
	}
	if n := len(w.found(c, risk.AuditChannelLifted)); n != 1 {
		t.Errorf("%d records", n)
	}
}

// TestClosedChannelsByPages: the list goes on behind its last row.
func TestClosedChannelsByPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 51 {
		c := w.customer("20000-"+time.Duration(i).String(), "Customer")
		w.clock.Advance(time.Second)
		w.closes(c, risk.Assessment{}, time.Time{})
	}
	h := w.join("maja", staff.HelpDesk).login()
	rows := func(page *webtest.Node) int { return len(page.One(t, "tbody").All("tr")) }
	first, more := h.open("/channels"), ""
	for _, link := range first.One(t, "main").All("a") {
		if strings.HasPrefix(link.Attr["href"], "/channels?before=") {
			more = link.Attr["href"]
		}
	}
	if n, rest := rows(first), rows(h.open(more)); n != 50 || rest != 1 {
		t.Errorf("%d rows, then %d", n, rest)
	}
	if a := h.get("/channels?before=yesterday"); a.code != http.StatusNotFound {
		t.Errorf("a place that is none: %d", a.code)
	}
}
