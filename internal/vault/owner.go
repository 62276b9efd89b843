package vault

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
)

// Proof is what customers who act for themselves have shown just now, such as hub.Proven.
type Proof interface {
	// Check runs in the transaction of the act, before anything is changed. Its fault ends the act.
	Check(tx *db.Tx, customer ident.ID, by audit.Actor) error
	// Note returns what the audit record of the act calls it, and its name.
	Note() (key, value string)
}

// On is the token, or the card, that an act of people is about: whose it is, and why the act is allowed.
type On struct {
	Customer ident.ID
	ID       ident.ID
	Proof    Proof // of customers who act for themselves
}

// yours refuses a customer who acts on what is another's, or for another reason than their own.
func (o On) yours(by audit.Actor, c Cause) error {
	if by.Kind == audit.CustomerKind && (by.ID != o.Customer || c.Reason != ByCustomer && c.Reason != ByApproval) {
		return fault.Deniedf("vault.not_yours", "Customers act on their own tokens only, and for themselves.")
	}
	return nil
}

// entitled refuses to take back what a customer wanted, unless it is the customer who wants it: a proof of customers, an identification by
// staff and applications.
func (o On) entitled(tx *db.Tx, by audit.Actor) error {
	switch by.Kind {
	case audit.SystemKind:
		return nil
	case audit.CustomerKind:
		if o.Proof == nil {
			return fault.Deniedf("vault.proof", "Show first that it is you: log in strongly once more.")
		}
		return o.Proof.Check(tx, o.Customer, by)
	default: // staff, and applications of the bank
	}
	_, err := identification.Lately(tx, o.Customer, by)
	return err
}

// token is the one that an act is about.
func (o On) token(tx *db.Tx) (Token, error) {
	t, err := needToken(tx, o.ID)
	if err == nil && t.Customer != o.Customer {
		err = fault.NotFoundf("vault.token", "There is no such token.")
	}
	return t, err
}

// SuspendFor is [Desk.Suspend] of a customer's token, by the customer, staff or an application; the reasons are customer and issuer. Faults
// besides: "vault.not_yours" (Denied).
func (d *Desk) SuspendFor(ctx context.Context, by audit.Actor, o On, c Cause) error {
	if c.Reason == ByApproval {
		return fault.Invalidf("vault.reason", "Choose customer or issuer.").WithField("/reason")
	}
	return d.turnFor(ctx, by, o, c, func(tx *db.Tx, t *Token) error { return d.suspend(tx, by, t, c) })
}

// ResumeFor is [Desk.Resume] of a customer's token, likewise. What the customer wanted is taken back, and a new token approved, for the customer alone: faults
// besides are "vault.proof", "identification.required", "identification.expired" (Denied).
func (d *Desk) ResumeFor(ctx context.Context, by audit.Actor, o On, c Cause) error {
	return d.turnFor(ctx, by, o, c, func(tx *db.Tx, t *Token) error {
		if c.Reason == ByCustomer || c.Reason == ByApproval {
			if err := o.entitled(tx, by); err != nil {
				return err
			}
		}
		return d.resume(tx, by, t, c)
	})
}

func (d *Desk) turnFor(ctx context.Context, by audit.Actor, o On, c Cause, act func(*db.Tx, *Token) error) error {
	if c.Reason != ByCustomer && c.Reason != ByIssuer && c.Reason != ByApproval {
		return fault.Invalidf("vault.reason", "Choose customer, issuer or approval: a card and a device bring their reasons themselves, and take them away.").WithField("/reason")
	}
	if err := c.check(); err != nil {
		return err
	}
	if err := o.yours(by, c); err != nil {
		return err
	}
	return d.write(ctx, func(tx *db.Tx) error {
		t, err := o.token(tx)
		if err == nil && t.Status == Deleted {
			err = stateFault(&t)
		}
		if err != nil {
			return err
		}
		return act(tx, &t)
	})
}

// DeleteFor is [Desk.Delete] of a customer's token. Faults besides: "vault.not_yours" (Denied).
func (d *Desk) DeleteFor(ctx context.Context, by audit.Actor, o On, note string) error {
	if err := o.yours(by, Cause{Reason: ByCustomer}); err != nil {
		return err
	}
	return d.write(ctx, func(tx *db.Tx) error {
		t, err := o.token(tx)
		if err != nil {
			return err
		}
		return d.deleteToken(tx, by, &t, note)
	})
}

// Holding is a token with what there is to know of it.
type Holding struct {
	Token

	Card   Account
	With   []ident.ID // the other devices that take part
	Causes []Cause    // why it is suspended, the oldest first
	Grants []Grant    // keys, and then data; the newest first
}

// Ends is the moment from which the token pays no more: its own end, or that of its card.
func (h *Holding) Ends() time.Time {
	if end := h.Card.Ends(); end.Before(h.Expires) {
		return end
	}
	return h.Expires
}

// Holdings lists the tokens of a customer, deleted ones included, the oldest first.
func (d *Desk) Holdings(ctx context.Context, customer ident.ID) (all []Holding, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		tokens, err := TokensOf(tx, customer)
		if err != nil {
			return err
		}
		cards, err := AccountsOf(tx, customer)
		if err != nil {
			return err
		}
		with, err := d.together(tx, customer)
		for i := range tokens {
			if err != nil {
				return err
			}
			h := Holding{Token: tokens[i], With: with[tokens[i].ID]}
			for j := range cards {
				if cards[j].ID == h.Account {
					h.Card = cards[j]
				}
			}
			err = h.load(tx)
			all = append(all, h)
		}
		return err
	})
	return all, err
}

// Holding returns a token of a customer. The fault is "vault.token" (NotFound).
func (d *Desk) Holding(ctx context.Context, customer, id ident.ID) (h Holding, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		h = Holding{}
		if h.Token, err = (On{Customer: customer, ID: id}).token(tx); err != nil {
			return err
		}
		if h.Card, err = needAccount(tx, h.Account); err != nil {
			return err
		}
		with, err := d.together(tx, customer)
		if err != nil {
			return err
		}
		h.With = with[id]
		return h.load(tx)
	})
	return h, err
}

func (d *Desk) together(tx *db.Tx, customer ident.ID) (map[ident.ID][]ident.ID, error) {
	if d.Together == nil {
		return nil, nil
	}
	return d.Together(tx, customer)
}

func (h *Holding) load(tx *db.Tx) (err error) {
	if h.Causes, err = causes(tx, h.ID); err == nil {
		h.Grants, err = grants(tx, "WHERE token = $1 ORDER BY kind DESC, created_at DESC, number DESC", h.ID)
	}
	return err
}

// Account returns a card of a customer. The fault is "vault.account" (NotFound).
func (d *Desk) Account(ctx context.Context, customer, id ident.ID) (a Account, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		if a, err = needAccount(tx, id); err == nil && a.Customer != customer {
			err = fault.NotFoundf("vault.account", "There is no such card.")
		}
		return err
	})
	return a, err
}
