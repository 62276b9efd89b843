package console_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// hiddenFields reads what a page carries along.
func hiddenFields(page *webtest.Node) url.Values {
	out := url.Values{}
	for _, n := range page.All("input[type=hidden]") {
		if n.Attr["name"] != "back" { // of the switches
			out.Add(n.Attr["name"], n.Attr["value"])
		}
	}
	return out
}

// TestProofKeepsTheForm suspends a customer with a session whose proof is old.
func TestProofKeepsTheForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027", "Ada Palmer")
	p := w.join("maja", staff.HelpDesk).login()
	path := "/customers/" + c.ID.String() + "/status"
	p.stale()
	const reason = "Said \"<b>stolen</b>\" & came by"
	a := p.post(path, url.Values{"act": {"suspend"}, "reason": {reason}})
	if a.code != http.StatusOK || !a.page.Has("#f-proof-password") {
		t.Fatalf("an old proof: %d", a.code)
	}
	form := hiddenFields(a.page)
	if form.Get("reason") != reason || form.Get("act") != "suspend" {
		t.Errorf("the page carries %v", form)
	}
	if w.status(c) != customer.Active {
		t.Fatal("it was done without a proof")
	}

	try := maps.Clone(form)
	try.Set("proof-password", "wrong")
	try.Set("proof-code", p.code())
	a = p.post(path, try)
	if a.code != http.StatusUnprocessableEntity || hiddenFields(a.page).Get("reason") != reason || w.status(c) != customer.Active {
		t.Errorf("a wrong proof: %d, and the page carries %v", a.code, hiddenFields(a.page))
	}

	before := p.cook["cs-console-session"].Value
	try.Set("proof-password", password)
	try.Set("proof-code", p.code())
	if a = p.post(path, try); a.to != "/customers/"+c.ID.String() || w.status(c) != customer.Suspended {
		t.Fatalf("a right proof: %d, led to %q, and the customer is %s", a.code, a.to, w.status(c))
	}
	if p.cook["cs-console-session"].Value == before {
		t.Error("the session kept its token")
	}
	if got := w.audited("customer.suspended"); len(got) != 1 || got[0].Actor != p.actor() {
		t.Errorf("the log has %+v", got)
	}
	// Fresh now: the next act needs no proof. Who the customer is, it needs.
	if a := p.post(path, url.Values{"act": {"activate"}, "reason": {"was a mistake"}}); !strings.HasPrefix(a.to, "/customers/"+c.ID.String()+"/identify") || w.status(c) != customer.Suspended {
		t.Errorf("activated for nobody in particular: %d, and led to %q", a.code, a.to)
	}
	finn := w.join("finn", staff.FraudAnalyst).login()
	if a := finn.post(path, url.Values{"act": {"activate"}, "reason": {"x"}}); a.code != http.StatusForbidden || w.status(c) != customer.Suspended {
		t.Errorf("a fraud analyst activates: %d", a.code)
	}
	if link := "a[href=" + path + "]"; finn.open("/customers/"+c.ID.String()).Has(link) || !p.open("/customers/"+c.ID.String()).Has(link) {
		t.Error("it is not offered to those who may, and to them only")
	}
	p.identifies(c, path)
	if a := p.post(path, url.Values{"act": {"activate"}, "reason": {"was a mistake"}}); a.to == "" || w.status(c) != customer.Active {
		t.Errorf("with a fresh proof: %d", a.code)
	}
}

// TestSensitiveActsWantAFreshProof posts to every sensitive route with an old one.
func TestSensitiveActsWantAFreshProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sensitive := 0
	for _, role := range staff.Roles() {
		p := w.join("p_"+string(role), role).login()
		p.stale()
		for _, rt := range rowsOf(role) {
			if !rt.Fresh {
				continue
			}
			sensitive++
			_, path := split(rt.Pattern)
			if a := p.post(path, url.Values{"a": {"1"}}); a.code != http.StatusOK || !a.page.Has("#f-proof-code") {
				t.Errorf("%s as %s: %d", rt.Pattern, role, a.code)
			}
		}
	}
	if sensitive < 10 {
		t.Errorf("only %d sensitive acts were tried", sensitive)
	}
}

func TestReasonIsNeeded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027", "Ada Palmer")
	p := w.join("maja", staff.HelpDesk).login()
	path := "/customers/" + c.ID.String() + "/status"
	if a := p.post(path, url.Values{"act": {"suspend"}, "reason": {"  "}}); a.code != http.StatusUnprocessableEntity || w.status(c) != customer.Active {
		t.Errorf("without a reason: %d", a.code)
	}
	if a := p.post(path, url.Values{"act": {"close"}, "reason": {"x"}}); a.code != http.StatusBadRequest {
		t.Errorf("an act that the form does not have: %d", a.code)
	}
}
