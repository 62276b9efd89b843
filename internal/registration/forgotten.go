package registration

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
)

// AuditForgotten is the kind of the record of a reset.
const AuditForgotten = "registration.reset"

// Forgotten says what a customer has forgotten.
type Forgotten struct {
	Policy     string        // of the method password
	Identified ident.ID      // an identification of by's (F-6.5, invariant 5)
	ID         ident.ID      // of the activation code; zero: a fresh one. The same ID twice is a Conflict
	Valid      time.Duration // life of the code; 0: as the policy says
	Split      bool          // see Issue
}

// Forgotten resets what a customer has forgotten (F-6.5): what is there is cancelled at
// once and opens nothing any more, and an activation code is issued with which the
// customer registers anew. Nobody sees or chooses the new secret but the customer
// (SCA-64). Running registrations for the policy end.
//
// Faults: "identification.required", "identification.expired" (Denied),
// "registration.policy", "registration.valid" (Invalid), "customer.unknown",
// "customer.not_active", "registration.issued_before".
func (d *Desk) Forgotten(ctx context.Context, by audit.Actor, customerID ident.ID, in Forgotten) (out Issued, err error) {
	set := d.policies.Active()
	p, _ := set.Policy(in.Policy)
	part := d.parts[p.Method]
	if len(steps(set, p)) == 0 || part == nil || !p.Registrable() {
		return out, fault.Invalidf("registration.policy", "Name a policy of the method password.").WithField("policy")
	}
	issue, value, err := d.draft(Issue{ID: in.ID, Policy: p.Code, Valid: in.Valid, Split: in.Split}, set)
	if err != nil {
		return out, err
	}
	err = d.db.Settle(ctx, customerID, func(tx *db.Tx) error {
		c, err := customer.Usable(tx, customerID)
		if err != nil {
			return err
		}
		if err := identification.Require(tx, in.Identified, c.ID, by); err != nil {
			return err
		}
		out = Issued{}
		if err := d.issue(tx, by, c, issue, value, in.Identified, &out); err != nil {
			return err
		}
		was, err := part.Cancel(tx, by, c.ID)
		out.record(tx, AuditForgotten, by, map[string]any{"policy": p.Code, "identification": in.Identified.String(), "cancelled": was})
		return err
	})
	if err != nil {
		return Issued{}, err
	}
	return out, nil
}
