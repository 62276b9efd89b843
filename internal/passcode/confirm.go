package passcode

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Again sends another code to a phone that waits for its first one; the same rules hold
// as for other codes. Faults: "passcode.phone" (NotFound), "passcode.not_pending"
// (Conflict), "passcode.budget" (Limited), "passcode.actor" (Denied).
func (p *Passcodes) Again(ctx context.Context, by audit.Actor, set *policy.Set, customerID, phone ident.ID, source string) (c authenticator.Challenge, err error) {
	rule, err := codePolicy(set)
	if err != nil {
		return c, err
	}
	err = p.db.Settle(ctx, customerID, func(tx *db.Tx) error {
		x, err := p.own(tx, by, customerID, phone, Pending)
		if err != nil {
			return err
		}
		c, err = p.challengePhone(tx, set, rule, x, source)
		return err
	})
	return c, err
}

// Confirm takes the code that was sent to a new number. A wrong one counts on the
// failure counter of the policy and is an outcome, not an error: accepted is false. A right
// one puts the phone on hold, or makes it active where the policy has no hold; the old
// number gets a notice, once. Faults: as Again, and "passcode.code_form" (Invalid).
func (p *Passcodes) Confirm(ctx context.Context, by audit.Actor, set *policy.Set, customerID, phone ident.ID, typed string) (x Phone, accepted bool, err error) {
	rule, err := codePolicy(set)
	if err != nil {
		return x, false, err
	}
	var r authenticator.Request
	err = p.db.Read(ctx, func(tx *db.Tx) error {
		x, err = p.own(tx, by, customerID, phone, Pending)
		r = p.about(tx, set, rule, x)
		return err
	})
	if err != nil {
		return Phone{}, false, err
	}
	found, err := p.Check(ctx, r, authenticator.Proof{Code: typed})
	if err != nil {
		return Phone{}, false, err
	}
	x, accepted, err = p.settle(ctx, by, r, phone, found)
	if errors.Is(err, authenticator.ErrLost) {
		x, accepted, err = p.settle(context.WithoutCancel(ctx), by, r, phone, authenticator.Lost())
	}
	return x, accepted, err
}

func (p *Passcodes) settle(ctx context.Context, by audit.Actor, r authenticator.Request, phone ident.ID, f authenticator.Finding) (x Phone, accepted bool, err error) {
	err = p.db.Settle(ctx, r.Customer, func(tx *db.Tx) error {
		if err := authenticator.Enroll(tx, by, r.Customer, r.Policy); err != nil { // the first phone
			return err
		}
		why, err := authenticator.Settle(tx, by, r.Customer, r.Policy, f)
		if err != nil {
			return err
		}
		if x, err = p.own(tx, by, r.Customer, phone, Pending); err != nil {
			return err
		}
		if accepted = why == authenticator.Accepted; !accepted {
			return nil
		}
		x, err = p.confirmed(tx, by, r.Set, x)
		return err
	})
	if err != nil {
		return Phone{}, false, err
	}
	return x, accepted, nil
}

// confirmed moves a phone whose code came back.
func (p *Passcodes) confirmed(tx *db.Tx, by audit.Actor, set *policy.Set, x Phone) (Phone, error) {
	until := tx.Now.Add(set.SMS.Hold)
	if x.Forever() {
		until = limit.Forever
	}
	audit.Record(tx, audit.Event{Kind: AuditConfirmed, By: by, Customer: x.Customer, Object: "phone:" + x.ID.String(), Details: map[string]any{"until": until}})
	at := until.After(tx.Now)
	old, err := activePhone(tx, x.Customer)
	if err != nil {
		return x, err
	}
	if err := p.warn(tx, x, old, at); err != nil {
		return x, err
	}
	if !at || old.IsZero() && !until.Equal(limit.Forever) { // there is nobody else to be warned
		return p.activate(tx, by, set, x, Pending)
	}
	if moved, err := x.move(tx, Pending, Held, until); err != nil || !moved {
		return x, orBusy(err)
	}
	return p.after(tx, x)
}

// warn tells the old number, once for each new phone (SCA-50, SCA-60).
func (p *Passcodes) warn(tx *db.Tx, x Phone, old ident.ID, held bool) error {
	_, number, err := p.destination(tx, x.Customer, old)
	if err != nil || number == "" {
		return err
	}
	return p.notify(tx, sender, x.Customer, number, "phone:"+x.ID.String(), func(w words) string {
		if held {
			return w.changes
		}
		return w.changed
	})
}

// inheritSQL gives a new phone the request limit of the active one, when that is reached.
const inheritSQL = `UPDATE passcode_phone SET failures = old.failures, blocks = old.blocks, blocked_until = old.blocked_until
	FROM (SELECT failures, blocks, blocked_until FROM passcode_phone WHERE customer = $1 AND status = 'active' AND blocked_until IS NOT NULL) AS old
	WHERE passcode_phone.customer = $1 AND passcode_phone.id = $2`

// activate makes a phone the one that codes go to, from the given state. The phone
// before is replaced, and codes that were sent to it are dead. A request limit that it has
// reached goes over: only staff who register anew open it (F-6.8).
func (p *Passcodes) activate(tx *db.Tx, by audit.Actor, set *policy.Set, x Phone, from Status) (Phone, error) {
	if _, err := tx.Exec(inheritSQL, x.Customer, x.ID); err != nil {
		return x, err
	}
	if _, err := tx.Exec("UPDATE passcode_phone SET status = 'replaced', ended_at = $2 WHERE customer = $1 AND status = 'active'", x.Customer, tx.Now); err != nil {
		return x, err
	}
	if moved, err := x.move(tx, from, Active, time.Time{}); err != nil || !moved {
		return x, orBusy(err)
	}
	if _, err := customer.VerifyContact(tx, by, x.Customer, x.Contact); err != nil {
		return x, err
	}
	if err := enroll(tx, by, x.Customer, set); err != nil {
		return x, err
	}
	audit.Record(tx, audit.Event{Kind: AuditActivated, By: by, Customer: x.Customer, Object: "phone:" + x.ID.String()})
	return p.after(tx, x)
}

// refuse ends a phone that is not active.
func (p *Passcodes) refuse(tx *db.Tx, by audit.Actor, x Phone, details map[string]any) error {
	moved, err := x.move(tx, x.Status, Refused, time.Time{})
	if err != nil || !moved {
		return orBusy(err)
	}
	audit.Record(tx, audit.Event{Kind: AuditRefused, By: by, Customer: x.Customer, Object: "phone:" + x.ID.String(), Details: details})
	return nil
}

// after reads a phone as it is now.
func (p *Passcodes) after(tx *db.Tx, x Phone) (Phone, error) {
	x, _, err := p.phone(tx, x.Customer, x.ID)
	return x, err
}

// own returns a phone in one of the given states, for an act of the customer or of an
// application on their behalf.
func (p *Passcodes) own(tx *db.Tx, by audit.Actor, customerID, phone ident.ID, in ...Status) (Phone, error) {
	if by.Kind == audit.CustomerKind && by.ID != customerID {
		return Phone{}, fault.Deniedf("passcode.actor", "This phone is another customer's.")
	}
	if _, err := customer.Living(tx, customerID); err != nil {
		return Phone{}, err
	}
	x, ok, err := p.phone(tx, customerID, phone)
	switch {
	case err != nil:
		return x, err
	case !ok:
		return x, fault.NotFoundf("passcode.phone", "The customer has no such phone: look at the list again.")
	}
	for _, s := range in {
		if x.Status == s {
			return x, nil
		}
	}
	return x, fault.Conflictf("passcode.not_pending", "The phone is %s: this cannot be done with it any more.", x.Status)
}

// GiveUp refuses a phone that is not active yet, for the customer: who gets a notice
// that they did not expect can stop it. Faults: as Again.
func (p *Passcodes) GiveUp(ctx context.Context, by audit.Actor, customerID, phone ident.ID) error {
	return p.db.Settle(ctx, customerID, func(tx *db.Tx) error {
		x, err := p.own(tx, by, customerID, phone, Pending, Held)
		if err != nil {
			return err
		}
		return p.refuse(tx, by, x, map[string]any{"reason": "canceled"})
	})
}
