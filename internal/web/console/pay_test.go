package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// No page about payments has the number of a card or of a token, whoever looks, in both languages; each role sees what it may.
func TestPagesOfPaymentsHaveNoNumbers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027-4418", "Ada Palmer")
	p := w.purse(c.ID)
	paid := p.pay(1250, true)
	refused := p.pay(100, false)
	p.stranger(4200)
	if _, err := w.cfg.Issuing.Advise(t.Context(), audit.System("test"), issuing.Advice{Request: issuing.Request{
		Key: "advice", Path: issuing.Network, Number: p.token.Number, Amount: 100, Currency: "EUR", At: w.clock.Now(), Dynamic: &issuing.Dynamic{Index: p.key.Index, Counter: 9, Cryptogram: make([]byte, 16)},
	}, Approved: 100}); err != nil {
		t.Fatal(err)
	}
	at := customerAt(c)
	pages := []struct{ path, has string }{
		{at, "Cards and payment tokens"},
		{at + "/cards", "… 1237"},
		{at + "/payment-tokens/" + p.token.ID.String(), "1 of 10"},
		{at + "/payment-tokens/" + p.token.ID.String(), "Ada&#39;s watch"},
		{at + "/devices/" + p.phone.ID.String(), "They need this device"},
		{at + "/devices/" + p.watch.String(), "They need this device"},
		{at + "/authorizations", "wrong cryptogram"},
		{at + "/authorizations/" + paid.ID.String(), paid.Code},
		{at + "/authorizations/" + refused.ID.String(), "Is the cryptogram right?"},
		{"/portfolios", "Debit"},
		{"/portfolios/" + p.card.Portfolio.String(), "490000"},
		{"/portfolios/report", "Approved"},
		{"/portfolios/strangers", "no such token"},
	}
	for _, role := range []staff.Role{staff.HelpDesk, staff.FraudAnalyst, staff.SecurityOfficer} {
		m := w.join("m_"+string(role), role)
		m.login()
		for _, page := range pages {
			r := m.get(page.path)
			if mayNot := !staff.Can(role, staff.PaymentReview) && (strings.Contains(page.path, "authorizations") || strings.HasSuffix(page.path, "report") || strings.HasSuffix(page.path, "strangers")); mayNot {
				if r.code != http.StatusForbidden {
					t.Errorf("%s sees %s: %d", role, page.path, r.code)
				}
				continue
			}
			body := r.body
			if r.code != http.StatusOK || !strings.Contains(body, page.has) {
				t.Errorf("%s, %s: %d without %q", role, page.path, r.code, page.has)
			}
			secrets := []string{pan, p.token.Number, "4900000000000003"}
			if !staff.Can(role, staff.PaymentReview) {
				secrets = append(secrets, "cryptogram") // why a payment was refused is not for everybody
			}
			for _, secret := range secrets {
				if strings.Contains(body, secret) {
					t.Errorf("%s, %s has a number in it", role, page.path)
				}
			}
		}
	}
}

// The history says what became of a payment to those who may know, and to others only that there was one.
func TestPaymentsInTheHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027-4418", "Ada Palmer")
	p := w.purse(c.ID)
	p.pay(1250, true)
	p.pay(100, false)
	desk, analyst := w.join("maja", staff.HelpDesk), w.join("rolf", staff.FraudAnalyst)
	desk.login()
	analyst.login()
	texts := [...]string{"12.50 EUR: Approved", "1.00 EUR: Refused, wrong cryptogram"}
	read := func(p *person) string { return webtest.Parse(t, p.get(customerAt(c)).body).One(t, "main").Text() }
	theirs, ours := read(analyst), read(desk)
	for _, text := range texts {
		if !strings.Contains(theirs, text) {
			t.Errorf("the analyst does not read %q: %s", text, theirs)
		}
		if strings.Contains(ours, text) || !strings.Contains(ours, "Payment decided") {
			t.Errorf("the help desk reads %q, or nothing of the payment: %s", text, ours)
		}
	}
}

// A token whose card is over is shown as one that has expired, and so is the card: payments are refused.
func TestACardThatIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027-4418", "Ada Palmer")
	p := w.purse(c.ID)
	if err := w.cfg.Vault.RenewAccount(t.Context(), audit.System("test"), p.card.ID, "2611", 0, "a short one"); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(30 * 24 * time.Hour)
	desk := w.join("maja", staff.HelpDesk)
	desk.login()
	for _, path := range []string{"/cards", "/payment-tokens/" + p.token.ID.String()} {
		if page := desk.get(customerAt(c) + path).body; strings.Count(page, "Expired") != 2 || strings.Contains(page, "Good standing") || strings.Contains(page, "2029") {
			t.Errorf("%s: %s", path, page)
		}
	}
}

// The help desk suspends for the customer and takes it back after an identification; the officer's proposal is approved by another.
func TestActsOnPayments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027-4418", "Ada Palmer")
	p := w.purse(c.ID)
	desk := w.join("maja", staff.HelpDesk)
	desk.login()
	one := customerAt(c) + "/payment-tokens/" + p.token.ID.String()
	state := func(want vault.Status) {
		t.Helper()
		if h, err := w.cfg.Vault.Holding(t.Context(), c.ID, p.token.ID); err != nil || h.Status != want {
			t.Errorf("%s, %v; want %s", h.Status, err, want)
		}
	}
	desk.post(one+"/suspend-payment-token", url.Values{"who": {"device"}})
	state(vault.Active)
	desk.post(one+"/suspend-payment-token", url.Values{"who": {"customer"}})
	state(vault.Suspended)
	if r := desk.post(one+"/resume-payment-token", url.Values{"cause": {"0"}}); !strings.Contains(r.to, "/identify") {
		t.Errorf("%d to %s", r.code, r.to)
	}
	state(vault.Suspended)
	desk.post(one+"/resume-payment-token", url.Values{"cause": {"7"}})
	state(vault.Suspended)
	// What the bank wanted, the desk does not take back: neither by the form nor past it.
	analyst := w.join("rolf", staff.FraudAnalyst)
	analyst.login()
	analyst.post(one+"/suspend-payment-token", url.Values{"who": {"issuer"}, "reason": {"case 4711"}})
	desk.post(one+"/resume-payment-token", url.Values{"cause": {"1"}})
	causes := func(want ...vault.Reason) {
		t.Helper()
		h, err := w.cfg.Vault.Holding(t.Context(), c.ID, p.token.ID)
		if err != nil || len(h.Causes) != len(want) {
			t.Fatalf("%+v, %v", h.Causes, err)
		}
		for n, r := range want {
			if h.Causes[n].Reason != r {
				t.Errorf("%+v, want %s", h.Causes, want)
			}
		}
	}
	causes(vault.ByCustomer, vault.ByIssuer)
	if page := analyst.get(one + "/resume-payment-token").body; !strings.Contains(page, "case 4711") || strings.Contains(page, "The customer wants it") {
		t.Error("the analyst is offered another reason than the bank's")
	}
	analyst.post(one+"/resume-payment-token", url.Values{"cause": {"0"}})
	causes(vault.ByCustomer)
	desk.post(one+"/delete-payment-token", url.Values{"reason": {"sold"}})
	state(vault.Suspended) // nobody said that they are sure
	card := customerAt(c) + "/cards/" + p.card.ID.String()
	desk.post(card+"/block-card", url.Values{"reason": {"lost"}})
	if r := desk.post(card+"/unblock-card", url.Values{"reason": {"found"}}); !strings.Contains(r.to, "/identify") {
		t.Errorf("%d to %s", r.code, r.to)
	}
	if a, err := w.cfg.Vault.Account(t.Context(), c.ID, p.card.ID); err != nil || a.Status != vault.Blocked {
		t.Errorf("%+v, %v", a, err)
	}

	ann, bob := w.join("ann", staff.SecurityOfficer), w.join("bob", staff.SecurityOfficer)
	ann.login()
	bob.login()
	edit := "/portfolios/" + p.card.Portfolio.String() + "/edit"
	form := url.Values{"version": {"1"}, "assist": {"encryption"}, "variant": {"protected"}, "wrap": {"hardened"}, "static": {"COUNTERSIGN"}, "adding": {"approval"}, "response": {"none"}, "key_uses": {"5"}, "key_hours": {"120"}, "key_amount": {"100.00"}, "key_currency": {"EUR"}, "key_foreign": {"count"}, "data_uses": {"1"}, "data_hours": {"24"}, "low_uses": {"2"}, "low_share": {"20"}, "keys": {"2"}, "cache": {"15"}, "token_days": {"1095"}, "reason": {"fewer payments"}}
	form.Set("key_hours", "-3")
	ann.post(edit, form)
	if all, err := w.cfg.Proposals.List(t.Context(), nil, [16]byte{}, 10); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
	form.Set("key_hours", "120")
	r := ann.post(edit, form)
	to := r.to
	if !strings.HasPrefix(to, "/proposals/") {
		t.Fatalf("%d to %s: %s", r.code, to, r.body)
	}
	all, err := w.cfg.Proposals.List(t.Context(), nil, [16]byte{}, 10)
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	page := bob.get(to).body
	for _, want := range []string{"key.uses", "key.amount", "10000", "has another profile"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the proposal lacks %q", want)
		}
	}
	if _, err := w.cfg.Proposals.Approve(t.Context(), audit.Staff(bob.id.ID, "bob"), all[0].ID, all[0].Digest, ""); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Second)
	if x, err := w.cfg.Vault.Portfolio(t.Context(), p.card.Portfolio); err != nil || x.Version != 2 || x.Profile.Key.Uses != 5 || x.Profile.Key.Amount != 10_000 || x.Profile.Suite != "aes" {
		t.Errorf("%+v, %v", x, err)
	}
}
