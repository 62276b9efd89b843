package deviceserver_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/vault"
	server "github.com/countersign-auth/countersign/internal/wallet"
)

// A device that somebody else has in hand can ask for a token, also with a PIN of their own choice. It pays when its owner has approved it, and until then
// it gets no further key and the server stands in for nothing.
func TestATokenWaitsForItsOwner(t *testing.T) {
	t.Parallel()
	approval := func(p *vault.Profile) { p.Adding = vault.AddApproved }
	eachShop(t, approval, func(t *testing.T, s *shop) {
		var told []string
		s.wallets.Added = func(_ *db.Tx, _ audit.Actor, a server.Added) error {
			told = append(told, a.Text("en"), a.Text("de-AT"))
			return nil
		}
		watch := s.thing(speaks)
		s.settle()
		x := s.add(func(w *report.TokenWish) { w.PIN = "4711" }, false, watch)
		if got := s.token(x); got.Status != vault.Suspended || !got.Ready || !x.Approval {
			t.Errorf("%+v, told of it: %t", got, x.Approval)
		}
		if len(told) != 2 || !strings.Contains(told[0], "…1237 as soon as you approve it") || !strings.Contains(told[1], "…1237 zahlen, sobald Sie es freigeben") {
			t.Errorf("%q", told)
		}
		if d, _, err := s.pay(x, chip(1)); err != nil || d.Reason != issuing.Suspended {
			t.Errorf("%v, %+v", err, d)
		}
		s.near[watch.Number] = false
		away := chip(1)
		away.PIN = "4711"
		_, _, err := s.pay(x, away)
		s.problem(err, "wallet.key")
		s.near[watch.Number] = true
		s.problem(s.phone.Renew(t.Context(), x), "vault.standing")
		on := vault.On{Customer: s.who, ID: ident.ID(x.Token)}
		cause := vault.Cause{Reason: vault.ByApproval}
		if err := s.vault.ResumeFor(t.Context(), audit.Customer(s.who), on, cause); !fault.Is(err, "vault.proof") {
			t.Errorf("without a proof: %v", err)
		}
		if err := s.vault.SuspendFor(t.Context(), audit.Customer(s.who), on, cause); !fault.Is(err, "vault.reason") {
			t.Errorf("it is no wish: %v", err)
		}
		s.ok(s.vault.ResumeFor(t.Context(), system, on, cause))
		s.approved("approved", x, chip(1))
	})
}
