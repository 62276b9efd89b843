package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/vault"
)

// The help desk enrolls a card of a customer who was identified, and its next one. The number goes in and comes back on no page, not even to correct it.
func TestCardsAreEnrolled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027-4418", "Ada Palmer")
	desk, analyst := w.join("maja", staff.HelpDesk), w.join("rolf", staff.FraudAnalyst)
	desk.login()
	analyst.login()
	at := customerAt(c) + "/cards"
	if strings.Contains(desk.get(at).body, at+"/new") || strings.Contains(desk.get(customerAt(c)).body, "Cards and payment tokens") {
		t.Error("a card is offered without a portfolio for it")
	}
	portfolio, err := w.cfg.Vault.CreatePortfolio(t.Context(), audit.System("test"), vault.NewPortfolio{Name: "Debit", Range: vault.Range{Prefix: "490000", Digits: 16}, Profile: vault.DefaultProfile()})
	if err != nil {
		t.Fatal(err)
	}
	if page := desk.get(customerAt(c)).body; !strings.Contains(page, "Cards and payment tokens") || !strings.Contains(page, at+"/new") {
		t.Error("no way leads to the first card")
	}
	if !strings.Contains(desk.get(at).body, at+"/new") || strings.Contains(analyst.get(at).body, at+"/new") {
		t.Error("who may enroll is not offered it, or who may not is")
	}
	if a := analyst.post(at+"/new", url.Values{}); a.code != http.StatusForbidden {
		t.Errorf("the analyst: %d", a.code)
	}
	form := func(number, expires, sequence string) url.Values {
		return url.Values{"number": {number}, "portfolio": {portfolio.ID.String()}, "expires": {expires}, "sequence": {sequence}}
	}
	cards := func() []vault.Account {
		t.Helper()
		all, err := w.cfg.Vault.Accounts(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	good := form("4147 0900 0000 1237", "12/29", "1")
	if a := desk.post(at+"/new", good); !strings.Contains(a.to, "/identify") || len(cards()) != 0 {
		t.Errorf("without an identification: %d to %s", a.code, a.to)
	}
	desk.identifies(c, at)
	for name, bad := range map[string]url.Values{
		"a wrong digit": form("4147090000001238", "12/29", ""), "a token": form("4900000000000003", "12/29", ""), "over": form(pan, "01/20", ""), "no month": form(pan, "13/29", ""),
		"sequence": form(pan, "12/29", "100"), "nothing": form("", "", ""), "no portfolio": {"number": {pan}, "expires": {"12/29"}, "portfolio": {c.ID.String()}},
	} {
		a := desk.post(at+"/new", bad)
		if a.to != "" || len(cards()) != 0 {
			t.Errorf("%s: %d to %s, %+v", name, a.code, a.to, cards())
		}
		if n := bad.Get("number"); n != "" && strings.Contains(a.body, n) {
			t.Errorf("%s: the number is on the page", name)
		}
	}
	if a := desk.post(at+"/new", good); a.to != at {
		t.Fatalf("%d to %s: %s", a.code, a.to, a.body)
	}
	all := cards()
	if len(all) != 1 || all[0].Last4 != "1237" || all[0].Expires != "2912" || all[0].Sequence != 1 {
		t.Fatalf("%+v", all)
	}
	if a := desk.post(at+"/new", good); !strings.Contains(a.body, "enrolled already") || len(cards()) != 1 {
		t.Errorf("twice: %d, %s", a.code, a.body)
	}
	next := at + "/" + all[0].ID.String() + "/renew-card"
	if a := desk.post(next, url.Values{"expires": {"12/19"}, "reason": {"a new card"}}); a.to != "" || cards()[0].Expires != "2912" {
		t.Errorf("a month that is over: %d to %s", a.code, a.to)
	}
	if a := desk.post(next, url.Values{"expires": {"12/31"}, "sequence": {"2"}, "reason": {"a new card"}}); a.to != at || cards()[0].Expires != "3112" || cards()[0].Sequence != 2 {
		t.Errorf("%d to %s, %+v", a.code, a.to, cards())
	}
	if err := w.cfg.Vault.CloseAccount(t.Context(), audit.System("test"), all[0].ID, "over"); err != nil {
		t.Fatal(err)
	}
	if a := desk.post(next, url.Values{"expires": {"12/32"}, "reason": {"a new card"}}); a.to != "" || cards()[0].Expires != "3112" {
		t.Errorf("a closed card: %d to %s", a.code, a.to)
	}
}
