package exemption

import (
	"slices"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Warrant names the strong authentication that allows one change of a customer's
// lists: the newest one, granted for an act of self-service, or for a payment that has
// the payee.
type Warrant struct {
	Authentication ident.ID
	Payment        payment.Payment // that it approved; zero for self-service
}

// What a strong authentication allows to change.
const (
	nothing     = ""
	anyChange   = "list"
	ownPayments = "payment"
)

// warrant says what an authentication allows. A login allows nothing: whoever steals
// a session must not make themselves trusted.
func (s Shown) warrant() string {
	switch {
	case s.Purpose == policy.PurposeSelfService:
		return anyChange
	case s.Purpose == policy.PurposePayment && !s.Payment.IsZero():
		return ownPayments
	}
	return nothing
}

// spend uses a warrant up for a change that is about one order: its payee and, for a
// series, its amount. The fault "exemption.warrant" (Denied) says that the customer
// has to authenticate.
func (d *Desk) spend(tx *db.Tx, customer ident.ID, w Warrant, about func(payment.Order) bool) error {
	kind := anyChange
	if !w.Payment.IsZero() {
		kind = ownPayments
		if !slices.ContainsFunc(w.Payment.Orders(), about) {
			return noWarrant()
		}
	}
	n, err := tx.Exec(`UPDATE exemption_customer SET warrant = '', warrant_hash = NULL WHERE customer = $1 AND strong_id = $2 AND strong_at > $3 AND warrant = $4
		AND (warrant = 'list' OR warrant_hash = $5)`,
		customer, w.Authentication, tx.Now.Add(-d.Policies.Active().Exemptions.Warrant), kind, w.Payment.Hash())
	if err == nil && n == 0 {
		return noWarrant()
	}
	return err
}

func noWarrant() error {
	return fault.Deniedf("exemption.warrant", "This change needs a strong authentication of the customer: a new one for each, of the purpose self-service, or of a payment to this very payee.")
}

// mayRemove reports whether somebody may take an entry off a list without a warrant:
// the bank's staff and parts of the program, who protect the customer.
func mayRemove(by audit.Actor) bool { return by.Kind == audit.StaffKind || by.Kind == audit.SystemKind }
