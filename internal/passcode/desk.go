package passcode

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/policy"
)

// MaxReason is the length of a reason in characters.
const MaxReason = 200

// Act says with whose phone staff do something, and why.
type Act struct {
	Customer   ident.ID
	Reason     string   // for the audit log, 1 to MaxReason characters
	Identified ident.ID // an identification of the customer by who acts (package identification)
}

func (a Act) check() error {
	n := len([]rune(a.Reason))
	if strings.TrimSpace(a.Reason) == "" || n > MaxReason || strings.ContainsFunc(a.Reason, func(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar }) {
		return fault.Invalidf("passcode.reason", "Say why, in 1 to %d characters.", MaxReason).WithField("/reason")
	}
	return nil
}

func (a Act) details() map[string]any {
	return map[string]any{"reason": a.Reason, "identification": a.Identified.String()}
}

// do runs an act on a customer who was identified and is not closed.
func (p *Passcodes) do(ctx context.Context, by audit.Actor, a Act, act func(*db.Tx) error) error {
	if err := a.check(); err != nil {
		return err
	}
	return p.db.Settle(ctx, a.Customer, func(tx *db.Tx) error {
		if _, err := customer.Living(tx, a.Customer); err != nil {
			return err
		}
		if err := identification.Require(tx, a.Identified, a.Customer, by); err != nil {
			return err
		}
		return act(tx)
	})
}

// Unregister takes the phone away to which a customer's codes go, with all that were sent
// to it, and gives up a change that waits. The phone gets a notice (SCA-60). Failure counters
// stay as they are. With Register it is how the request limit is opened (F-6.8). Faults: "passcode.not_registered" (Conflict), "passcode.reason",
// "customer.unknown", "customer.closed", and those of identification.Require.
func (p *Passcodes) Unregister(ctx context.Context, by audit.Actor, a Act) (x Phone, err error) {
	err = p.do(ctx, by, a, func(tx *db.Tx) error {
		x = Phone{} // the unit may run again
		all, err := p.phones(tx, a.Customer)
		if err != nil {
			return err
		}
		for _, old := range all {
			switch old.Status {
			case Active:
				if err = p.remove(tx, by, old, a.details()); err == nil {
					err = p.tell(tx, by, old, staffRemoved)
				}
			case Pending, Held:
				err = p.refuse(tx, by, old, a.details())
			case Replaced, Removed, Refused:
				continue
			}
			if err != nil {
				return err
			}
			if x.ID.IsZero() || old.Status == Active {
				x = old
			}
		}
		if x.ID.IsZero() {
			return fault.Conflictf("passcode.not_registered", "The customer has no phone that codes go to.")
		}
		x, err = p.after(tx, x)
		return err
	})
	return x, err
}

// remove takes the active phone away.
func (p *Passcodes) remove(tx *db.Tx, by audit.Actor, x Phone, details map[string]any) error {
	moved, err := x.move(tx, Active, Removed, time.Time{})
	if err != nil || !moved {
		return orBusy(err)
	}
	audit.Record(tx, audit.Event{Kind: AuditRemoved, By: by, Customer: x.Customer, Object: "phone:" + x.ID.String(), Details: details})
	return nil
}

// Register has codes go to a phone number of the customer's that is verified: the bank
// vouches for it, or the customer has shown that they receive what is sent there. The
// count of codes begins at nothing. A change that waits is given up for it. The phone gets
// a notice (SCA-60).
//
// Faults: "passcode.registered" (Conflict: unregister first), "passcode.contact"
// (NotFound), "passcode.not_verified" (Conflict), "passcode.number_class",
// "passcode.country" (Invalid), and those of Unregister.
func (p *Passcodes) Register(ctx context.Context, by audit.Actor, set *policy.Set, a Act, contact ident.ID) (x Phone, err error) {
	err = p.do(ctx, by, a, func(tx *db.Tx) error {
		k, err := p.vouched(tx, set, a.Customer, contact)
		if err != nil {
			return err
		}
		all, err := p.phones(tx, a.Customer)
		if err != nil {
			return err
		}
		for _, old := range all {
			switch old.Status {
			case Active:
				return fault.Conflictf("passcode.registered", "Codes go to a phone of the customer's already: unregister it first.")
			case Pending, Held:
				if err := p.refuse(tx, by, old, a.details()); err != nil {
					return err
				}
			case Replaced, Removed, Refused:
			}
		}
		x = Phone{ID: ident.New(tx.Now, p.random), Customer: a.Customer, Contact: k.ID, Status: Active, Created: tx.Now, Verified: k.Verified}
		if added, err := x.insert(tx); err != nil || !added {
			return orBusy(err)
		}
		if err := enroll(tx, by, a.Customer, set); err != nil {
			return err
		}
		audit.Record(tx, audit.Event{Kind: AuditActivated, By: by, Customer: a.Customer, Object: "phone:" + x.ID.String(), Details: a.details()})
		if err := p.tell(tx, by, x, staffAdded); err != nil {
			return err
		}
		x, err = p.after(tx, x)
		return err
	})
	return x, err
}

// vouched returns a verified phone number of the customer's that texts may go to.
func (p *Passcodes) vouched(tx *db.Tx, set *policy.Set, customerID, contact ident.ID) (customer.Contact, error) {
	all, err := p.customers.ContactsOf(tx, customerID)
	if err != nil {
		return customer.Contact{}, err
	}
	for _, k := range all {
		if k.ID != contact || k.Kind != customer.Phone {
			continue
		}
		if k.Verified.IsZero() {
			return k, fault.Conflictf("passcode.not_verified", "Nobody has shown that the customer receives what is sent to this number: the customer must confirm it.")
		}
		n, _ := customer.ReadPhone(k.Value, "")
		return k, textable(set, n)
	}
	return customer.Contact{}, fault.NotFoundf("passcode.contact", "The customer has no such phone number: look at the contacts again.")
}

// Decide ends the hold of a new phone: it becomes active, or is refused. Faults:
// "passcode.phone" (NotFound), "passcode.not_pending" (Conflict), and those of Unregister.
func (p *Passcodes) Decide(ctx context.Context, by audit.Actor, set *policy.Set, a Act, phone ident.ID, allow bool) (x Phone, err error) {
	err = p.do(ctx, by, a, func(tx *db.Tx) error {
		if x, err = p.own(tx, by, a.Customer, phone, Held); err != nil {
			return err
		}
		if !allow {
			if err := p.refuse(tx, by, x, a.details()); err != nil {
				return err
			}
			x, err = p.after(tx, x)
			return err
		}
		audit.Record(tx, audit.Event{Kind: AuditReleased, By: by, Customer: a.Customer, Object: "phone:" + x.ID.String(), Details: a.details()})
		x, err = p.activate(tx, by, set, x, Held)
		return err
	})
	return x, err
}

// AuditReleased is the kind of the record that staff ended a hold.
const AuditReleased = "phone.released"
