package passcode

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Ask implements authenticator.Part: a code goes to the number that the bank has of the
// customer (F-6.1.6), a verified one before others. Whoever begins a registration has shown
// an activation code, and the rules are those of other codes.
func (p *Passcodes) Ask(tx *db.Tx, by audit.Actor, r authenticator.Request) (authenticator.Challenge, error) {
	x, err := p.registering(tx, by, r)
	if err != nil {
		return authenticator.Challenge{}, err
	}
	c, fresh, err := p.claim(tx, r, x.ID)
	if err != nil {
		return authenticator.Challenge{}, err
	}
	masked, number, err := p.destination(tx, r.Customer, c.Phone)
	if err != nil || !fresh {
		return c.challenge(masked), err
	}
	e := p.envoy(&r, &c, number)
	e.body.phone = true
	if err := e.send(tx, false); err != nil {
		return authenticator.Challenge{}, err
	}
	return c.challenge(masked), nil
}

// registering returns the phone that a registration is about; the zero Phone when the
// bank has no number of the customer. A change that waits is given up: the customer
// was identified for the activation code.
func (p *Passcodes) registering(tx *db.Tx, by audit.Actor, r authenticator.Request) (x Phone, err error) {
	contact, err := p.onFile(tx, r.Customer)
	if err != nil || contact.IsZero() {
		return x, err
	}
	all, err := p.phones(tx, r.Customer)
	if err != nil {
		return x, err
	}
	for _, old := range all {
		if old.Status == Pending && old.Contact == contact {
			return old, nil
		}
		if old.Status == Pending || old.Status == Held {
			if err := p.refuse(tx, by, old, map[string]any{"registration": r.Authentication.String()}); err != nil {
				return x, err
			}
		}
	}
	x = Phone{ID: ident.New(tx.Now, p.random), Customer: r.Customer, Contact: contact, Status: Pending, Created: tx.Now, Until: tx.Now.Add(pendingLife)}
	if added, err := x.insert(tx); err != nil || !added {
		return x, orBusy(err)
	}
	audit.Record(tx, audit.Event{Kind: AuditPending, By: by, Customer: r.Customer, Object: "phone:" + x.ID.String(), Details: map[string]any{"registration": r.Authentication.String()}})
	return x, nil
}

// onFile is the contact that a registration's code goes to: that of the phone which is
// registered, else the oldest verified number, else the oldest.
func (p *Passcodes) onFile(tx *db.Tx, customerID ident.ID) (best ident.ID, err error) {
	id, err := activePhone(tx, customerID)
	if err != nil {
		return best, err
	}
	var registered Phone
	if !id.IsZero() {
		if registered, _, err = p.phone(tx, customerID, id); err != nil {
			return best, err
		}
	}
	all, err := p.customers.ContactsOf(tx, customerID)
	rank := 0
	for _, c := range all {
		n := 1
		if !c.Verified.IsZero() {
			n = 2
		}
		if c.ID == registered.Contact {
			n = 3
		}
		if c.Kind == customer.Phone && n > rank {
			best, rank = c.ID, n
		}
	}
	return best, err
}

// Prove implements authenticator.Part: the code was right. What is kept is which phone
// it was sent to.
func (p *Passcodes) Prove(ctx context.Context, r authenticator.Request, proof authenticator.Proof) (authenticator.Given, error) {
	f, err := p.Check(ctx, r, proof)
	if err != nil || !f.Right {
		return authenticator.Given{}, err
	}
	var c code
	err = p.db.Read(ctx, func(tx *db.Tx) error {
		c, _, err = find(tx, r.Customer, r.Authentication, r.Policy.Code)
		return err
	})
	return authenticator.Given{Right: true, Kept: c.Phone[:], Consume: f.Consume}, err
}

// Complete implements authenticator.Part: codes go to the phone from now on. The
// registration enrolls the policy itself.
func (p *Passcodes) Complete(tx *db.Tx, by audit.Actor, r authenticator.Request, kept []byte) (bool, error) {
	var id ident.ID
	if copy(id[:], kept) != len(id) {
		return false, nil
	}
	x, found, err := p.phone(tx, r.Customer, id)
	if err != nil || !found || x.Status != Pending || x.Verified.IsZero() {
		return false, err
	}
	_, err = p.activate(tx, by, r.Set, x, Pending)
	return err == nil, err
}

// Cancel implements authenticator.Part: the phone is the customer's no longer.
func (p *Passcodes) Cancel(tx *db.Tx, by audit.Actor, customerID ident.ID) (bool, error) {
	id, err := activePhone(tx, customerID)
	if err != nil || id.IsZero() {
		return false, err
	}
	return true, p.remove(tx, by, Phone{Customer: customerID, ID: id}, nil)
}
