package token

import (
	"context"
	"errors"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Activation is the first code of a token that was given in place of another one,
// or was found.
type Activation struct {
	Code   string // as typed
	PIN    string // that the customer chooses; only when Key.ChoosesPIN
	Policy string // whose failures count; "": the first that the customer holds and the token serves
}

// Activated is what became of an activation.
type Activated struct {
	Effect
	Reason  authenticator.Reason // why the code did not count; Accepted when it did
	Policy  string               // whose failures counted
	Removed ident.ID             // the token that it replaced, which has ended; zero: none
}

// errGone ends an activation of a token that somebody else changed meanwhile.
var errGone = errors.New("token: changed during its activation")

// Activate makes a given or found token usable by its first code. It needs a
// warrant, and an authenticator: a wrong code is a failure of the customer's
// policy like any other. The token that it replaces ends in the same transaction.
func (c *Care) Activate(ctx context.Context, by audit.Actor, o Order, in Activation) (out Activated, err error) {
	p, g, err := c.first(ctx, by, o, in)
	if err != nil {
		return out, err
	}
	out, err = c.settleFirst(ctx, by, o, p, g)
	switch {
	case errors.Is(err, authenticator.ErrLost):
		p.finding = authenticator.Lost()
		out, err = c.settleFirst(ctx, by, o, p, g)
	case errors.Is(err, errGone):
		err = fault.Conflictf("token.changed", "Somebody else has changed this token in the same moment. Look at it again.")
	}
	return out, err
}

// proof is a first code that was checked outside the transaction.
type proof struct {
	finding authenticator.Finding
	policy  policy.Policy
}

// giving is a token that waits for its first code.
type giving struct {
	device   device.Device
	key      Key
	handover Handover
	pin      string // chosen, canonical; "" when none is to be
}

// first does the work that needs no transaction.
func (c *Care) first(ctx context.Context, by audit.Actor, o Order, in Activation) (p proof, g giving, err error) {
	err = c.tokens.db.Read(ctx, func(tx *db.Tx) error {
		if g.device, err = o.read(tx, by, device.Give); err != nil {
			return err
		}
		var found, usable bool
		if g.handover, found, err = HandoverOf(tx, o.Device); err != nil {
			return err
		}
		if g.key, usable, err = CodeKey(tx, o.Device); err != nil {
			return err
		}
		if g.device.Status != device.Assigned || !found || !usable {
			return fault.Conflictf("token.no_handover", "This token does not wait for its first code: it is %s.", g.device.Status)
		}
		if g.device.Expired(tx.Now) || g.device.Starts.After(tx.Now) || g.key.over(tx.Now) {
			return fault.Conflictf("token.expired", "This token may not be used now: its time is over, or has not come. Replace it.")
		}
		p.policy, err = c.policyOf(tx, g.device, in.Policy)
		return err
	})
	if err != nil {
		return p, g, err
	}
	if g.key.ChoosesPIN() {
		if g.pin, err = ReadPIN(in.PIN, &g.key, c.active().Registration.PINLength); err != nil {
			return p, g, err
		}
	}
	p.finding, err = c.tokens.Prove(ctx, First{Customer: g.device.Customer, Key: g.key, Code: in.Code, PIN: g.pin, Question: g.handover.Question, Policy: p.policy})
	return p, g, err
}

// policyOf returns the policy whose failures an activation counts for.
func (c *Care) policyOf(tx *db.Tx, d device.Device, wanted string) (policy.Policy, error) {
	set := c.active()
	model, _ := set.Model(d.Model)
	for _, code := range model.Policies {
		p, known := set.Policy(code)
		if !known || wanted != "" && wanted != code || usageOf(p) != UseCode {
			continue
		}
		if _, found, err := authenticator.Get(tx, d.Customer, code); err != nil || found {
			return p, err
		}
	}
	return policy.Policy{}, fault.Conflictf("token.no_authenticator", "The customer holds no policy that this token serves. Issue an activation code; the customer registers with it.")
}

// settleFirst makes the finding count.
func (c *Care) settleFirst(ctx context.Context, by audit.Actor, o Order, p proof, g giving) (out Activated, err error) {
	customer := g.device.Customer
	f := p.finding
	if consume := f.Consume; consume != nil {
		f.Consume = func(tx *db.Tx) (bool, error) {
			if err := c.open(tx, by, customer, g); err != nil {
				return false, err
			}
			return consume(tx)
		}
	}
	err = c.tokens.db.Settle(ctx, customer, func(tx *db.Tx) error {
		out = Activated{Policy: p.policy.Code}
		if _, err := o.read(tx, by, device.Give); err != nil {
			return err
		}
		if out.Reason, err = authenticator.Settle(tx, by, customer, p.policy, f); err != nil {
			return err
		}
		details := map[string]any{"serial": g.device.Serial, "policy": p.policy.Code}
		o.note(details, g.device)
		kind := AuditActivated
		if out.Reason != authenticator.Accepted {
			kind, details["reason"] = AuditNoFirst, out.Reason
		} else {
			out.Removed = g.handover.Replaces
		}
		audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: customer, Object: "device:" + g.device.ID.String(), Details: details})
		if out.Left, err = device.HoldUsable(tx, device.Token, customer); err != nil {
			return err
		}
		out.Device, _, err = device.Get(tx, g.device.ID)
		return err
	})
	if err != nil {
		return Activated{}, err
	}
	return out, nil
}

// open makes the token usable and ends the one that it replaces, before its code is
// consumed.
func (c *Care) open(tx *db.Tx, by audit.Actor, customer ident.ID, g giving) error {
	model, _ := c.active().Model(g.device.Model)
	done, err := device.Assign(tx, g.device.ID, customer, model.Life)
	if err == nil && !done {
		err = errGone
	}
	if err != nil {
		return err
	}
	if g.pin != "" {
		if done, err := c.tokens.SetPIN(tx, &g.key, g.pin); err != nil || !done {
			return errors.Join(err, orNil(!done, errGone))
		}
	}
	return Proven(tx, by, customer, g.device.ID)
}
