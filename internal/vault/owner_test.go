package vault_test

import (
	"slices"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// proof is what a customer has shown, or has not.
type proof struct{ err error }

func (p proof) Check(*db.Tx, ident.ID, audit.Actor) error { return p.err }
func (proof) Note() (key, value string)                   { return "authentication", "1" }

// What a customer wanted is taken back for the customer alone; reasons of the bank are none of the customer's; nobody acts on another's.
func TestWhoSuspendsAndResumes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.portfolio("owners", vault.Range{Prefix: "49000077", Digits: 16}, nil)
		x := w.token(p)
		owner, on := audit.Customer(x.Customer), vault.On{Customer: x.Customer, ID: x.ID}
		mine, bank := vault.Cause{Reason: vault.ByCustomer}, vault.Cause{Reason: vault.ByIssuer, About: "case 4711"}
		bare := func(err error, code string) {
			t.Helper()
			w.wants(err, code)
		}
		bare(w.desk.SuspendFor(t.Context(), audit.Customer(ident.Derive("other")), on, mine), "vault.not_yours")
		bare(w.desk.SuspendFor(t.Context(), owner, on, bank), "vault.not_yours")
		bare(w.desk.SuspendFor(t.Context(), ann, on, vault.Cause{Reason: vault.ByDevice, About: "d"}), "vault.reason")
		bare(w.desk.SuspendFor(t.Context(), ann, vault.On{Customer: ident.Derive("other"), ID: x.ID}, mine), "vault.token")
		bare(w.desk.DeleteFor(t.Context(), audit.Customer(ident.Derive("other")), on, ""), "vault.not_yours")
		bare(w.desk.DeleteFor(t.Context(), ann, vault.On{Customer: ident.Derive("other"), ID: x.ID}, ""), "vault.token")

		w.ok(w.desk.SuspendFor(t.Context(), owner, on, mine))
		w.ok(w.desk.SuspendFor(t.Context(), ann, on, bank))
		h := must[vault.Holding](t)(w.desk.Holding(t.Context(), x.Customer, x.ID))
		if h.Status != vault.Suspended || !slices.Equal(h.Causes, []vault.Cause{mine, bank}) || h.Card.ID != x.Account {
			t.Errorf("%+v", h)
		}
		bare(w.desk.ResumeFor(t.Context(), owner, on, mine), "vault.proof")
		no := on
		no.Proof = proof{fault.Deniedf("proof.old", "Too old.")}
		bare(w.desk.ResumeFor(t.Context(), owner, no, mine), "proof.old")
		bare(w.desk.ResumeFor(t.Context(), ann, on, mine), "identification.required")
		w.ok(w.desk.ResumeFor(t.Context(), ann, on, bank))
		if now := w.now(x.ID); now.Status != vault.Suspended {
			t.Errorf("the customer's own reason is left: %s", now.Status)
		}
		on.Proof = proof{}
		w.ok(w.desk.ResumeFor(t.Context(), owner, on, mine))
		if now := w.now(x.ID); now.Status != vault.Active {
			t.Errorf("%s", now.Status)
		}
		w.ok(w.desk.DeleteFor(t.Context(), owner, on, "not wanted"))
		bare(w.desk.SuspendFor(t.Context(), owner, on, mine), "vault.state")
	})
}

// Holdings have tokens with their cards, reasons and grants, of one customer and without any number.
func TestHoldings(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.portfolio("holdings", vault.Range{Prefix: "49000078", Digits: 16}, nil)
		x := w.token(p)
		w.key(x.Token)
		w.clock.Advance(time.Hour)
		newest := w.key(x.Token)
		w.clock.Advance(time.Hour)
		data := must[vault.Granted](t)(w.desk.Renew(t.Context(), ann, x.ID, vault.Data, 3))
		_ = w.token(p)
		all := must[[]vault.Holding](t)(w.desk.Holdings(t.Context(), x.Customer))
		if len(all) != 1 || all[0].ID != x.ID || len(all[0].Grants) != 3 || all[0].Grants[0].Index != newest.Index || all[0].Grants[2].Index != data.Index || all[0].Card.ID != x.Account || len(all[0].Causes) != 0 {
			t.Errorf("%+v", all)
		}
		if a := must[vault.Account](t)(w.desk.Account(t.Context(), x.Customer, x.Account)); a.ID != x.Account {
			t.Errorf("%+v", a)
		}
		_, err := w.desk.Account(t.Context(), ident.Derive("other"), x.Account)
		w.wants(err, "vault.account")
		_, err = w.desk.Holding(t.Context(), ident.Derive("other"), x.ID)
		w.wants(err, "vault.token")
	})
}
