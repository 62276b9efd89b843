package passcode

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Stop refuses a phone that is not active yet, for staff who do not trust it. It takes
// something away from nobody, so it needs a reason and no identification. Faults:
// "passcode.reason" (Invalid), "passcode.phone" (NotFound), "passcode.not_pending"
// (Conflict), "passcode.actor" (Denied), "customer.unknown", "customer.closed".
func (p *Passcodes) Stop(ctx context.Context, by audit.Actor, a Act, phone ident.ID) (x Phone, err error) {
	if err := a.check(); err != nil {
		return x, err
	}
	if by.Kind == audit.CustomerKind {
		return x, fault.Deniedf("passcode.actor", "Customers give up a change of their own.")
	}
	err = p.db.Settle(ctx, a.Customer, func(tx *db.Tx) error {
		if x, err = p.own(tx, by, a.Customer, phone, Pending, Held); err != nil {
			return err
		}
		if err := p.refuse(tx, by, x, map[string]any{"reason": a.Reason}); err != nil {
			return err
		}
		x, err = p.after(tx, x)
		return err
	})
	return x, err
}
