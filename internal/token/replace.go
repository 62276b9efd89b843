package token

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Handover is a token that was given to a customer and gave no code yet.
type Handover struct {
	Device   ident.ID
	Customer ident.ID
	Replaces ident.ID // ends with the first code; zero: nothing does
	Question string   // to be typed into the token for its first code; "" for tokens without
	Created  time.Time
	By       string // who gave it
}

// HandoverOf returns the handover of a token; false when there is none.
func HandoverOf(tx *db.Tx, id ident.ID) (Handover, bool, error) {
	h, err := handover(tx, "device = $1", id)
	return h, !h.Device.IsZero(), err
}

func handover(tx *db.Tx, where string, id ident.ID) (h Handover, err error) {
	err = tx.Row("SELECT device, customer, replaces, question, created_at, created_by FROM token_handover WHERE "+where, id).
		Scan(&h.Device, &h.Customer, &h.Replaces, &h.Question, &h.Created, &h.By)
	if errors.Is(err, db.ErrNoRow) {
		err = nil
	}
	return h, err
}

// Handover returns the handover of a token; the fault "token.no_handover" when it
// waits for no first code.
func (c *Care) Handover(ctx context.Context, id ident.ID) (h Handover, err error) {
	err = c.tokens.db.Read(ctx, func(tx *db.Tx) (err error) { h, _, err = HandoverOf(tx, id); return err })
	if err == nil && h.Device.IsZero() {
		err = fault.NotFoundf("token.no_handover", "This token does not wait for its first code.")
	}
	return h, err
}

// Replaced is what became of a replacement or of a found token.
type Replaced struct {
	Effect            // of the token that is given, or was found
	Handover Handover // what its first code will end
}

// Replace gives a token from stock to the owner of another one, which is lost,
// broken or about to end. The old one stays as it is until the new one has given
// its first code ([Care.Activate], or a registration with an activation code): then
// one comes and the other goes in one transaction, so there are never two by
// accident, and a working one is not taken away before the new one is proven. It
// needs a warrant. What is on its way is taken back by Return of the new token.
func (c *Care) Replace(ctx context.Context, by audit.Actor, o Order, successor ident.ID) (out Replaced, err error) {
	if o.Reason, err = readReason(o.Reason, true); err != nil {
		return out, err
	}
	err = c.tokens.db.Write(ctx, func(tx *db.Tx) error {
		old, err := o.read(tx, by, device.Replace)
		if err != nil {
			return err
		}
		if _, allowed := device.Replace.To(old.Status); !allowed || !old.ReplacedBy.IsZero() {
			return errState(old, device.Replace)
		}
		if out.Left, err = device.HoldUsable(tx, device.Token, old.Customer); err != nil {
			return err
		}
		next, key, err := c.fresh(tx, successor)
		if err != nil {
			return err
		}
		if done, err := next.Change(tx, device.Change{Act: device.Give, Customer: old.Customer}); err != nil || !done {
			return errors.Join(err, orNil(!done, errState(next, device.Give)))
		}
		for _, f := range c.forget { // whoever reserved it while it was in stock
			if err := f(tx, next.ID); err != nil {
				return err
			}
		}
		if out.Handover, err = c.hand(tx, by, old.Customer, key, old.ID); err != nil {
			return err
		}
		details := map[string]any{"serial": next.Serial, "replaces": old.ID, "replaced_serial": old.Serial, "reason": o.Reason}
		o.note(details, old)
		audit.Record(tx, audit.Event{Kind: AuditGiven, By: by, Customer: old.Customer, Object: "device:" + next.ID.String(), Details: details})
		out.Device, _, err = device.Get(tx, next.ID)
		return err
	})
	return out, err
}

func orNil(is bool, err error) error {
	if !is {
		return nil
	}
	return err
}

// fresh returns a token in stock that can be given to somebody.
func (c *Care) fresh(tx *db.Tx, id ident.ID) (d device.Device, k Key, err error) {
	d, found, err := device.Get(tx, id)
	if err != nil {
		return d, k, err
	}
	if !found || d.Kind != device.Token {
		return d, k, fault.NotFoundf("token.unknown", "There is no such token.").WithField("/successor")
	}
	k, usable, err := CodeKey(tx, id)
	model, known := c.active().Model(d.Model)
	switch {
	case err != nil:
		return d, k, err
	case d.Status != device.Stock:
		return d, k, fault.Conflictf("token.not_in_stock", "The new token is not in stock: it is %s. Take another one.", d.Status).WithField("/successor")
	case d.Expired(tx.Now) || d.Starts.After(tx.Now) || k.over(tx.Now):
		return d, k, fault.Conflictf("token.expired", "The new token may not be used now: its time is over, or has not come. Take another one.").WithField("/successor")
	case !usable || !known || len(model.Policies) == 0:
		return d, k, fault.Conflictf("token.model", "The new token gives no secure codes for any policy. Take another one.").WithField("/successor")
	case k.ResyncFirst:
		return d, k, fault.Conflictf("token.resync_first", "The new token must be resynchronized first. Take another one.").WithField("/successor")
	}
	return d, k, nil
}

// over reports whether the key's own dates or number of uses forbid it now.
func (k *Key) over(now time.Time) bool {
	return k.Starts.After(now) || !k.Expires.IsZero() && now.After(k.Expires) || k.MaxUses > 0 && k.Uses >= k.MaxUses
}

// hand notes that a token waits for its first code.
func (c *Care) hand(tx *db.Tx, by audit.Actor, customer ident.ID, k Key, replaces ident.ID) (Handover, error) {
	h := Handover{Device: k.Device, Customer: customer, Replaces: replaces, Created: tx.Now, By: by.String()}
	if k.Algorithm == OCRA {
		h.Question = authenticator.Digits(k.QuestionLength(c.challengeLength()), c.tokens.random)
	}
	n, err := tx.Exec(`INSERT INTO token_handover (device, customer, replaces, question, created_at, created_by)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`, h.Device, h.Customer, h.Replaces, h.Question, h.Created, h.By)
	if err == nil && n == 0 {
		err = fault.Conflictf("token.replacement_underway", "A token to replace this one is on its way already: take that one back first.")
	}
	return h, err
}

func (c *Care) challengeLength() int {
	for _, p := range c.active().Policies {
		if p.Challenge.Length > 0 {
			return p.Challenge.Length
		}
	}
	return 8
}

// Found records that a lost token is in its owner's hands again. It needs a
// warrant. Whoever had it meanwhile may know codes that it showed, so it must be
// proven anew, by a first code as a new token.
func (c *Care) Found(ctx context.Context, by audit.Actor, o Order) (out Replaced, err error) {
	if o.Reason, err = readReason(o.Reason, false); err != nil {
		return out, err
	}
	err = c.tokens.db.Write(ctx, func(tx *db.Tx) error {
		d, err := o.read(tx, by, device.Find)
		if err != nil {
			return err
		}
		if out.Effect, err = c.do(tx, by, o, d, device.Change{Act: device.Find, Note: o.Reason}, nil); err != nil {
			return err
		}
		if err := endHandover(tx, d.ID); err != nil { // a successor that is on its way is one more token then
			return err
		}
		if err := c.distrust(tx, d.ID); err != nil {
			return err
		}
		k, usable, err := CodeKey(tx, d.ID)
		if err != nil {
			return err
		}
		if !usable {
			return fault.Conflictf("token.no_key", "This device gives no secure codes, so it cannot be proven. Retire it.")
		}
		out.Handover, err = c.hand(tx, by, d.Customer, k, ident.ID{})
		return err
	})
	return out, err
}

// Proven ends the handover of a token, in the transaction that has made it
// usable: the token that it replaces goes. It does nothing for a token without one.
func Proven(tx *db.Tx, by audit.Actor, customer, id ident.ID) error {
	h, found, err := HandoverOf(tx, id)
	if err != nil || !found {
		return err
	}
	if _, err := tx.Exec("DELETE FROM token_handover WHERE device = $1", id); err != nil {
		return err
	}
	if h.Replaces.IsZero() {
		return nil
	}
	old, found, err := device.Get(tx, h.Replaces)
	if err != nil || !found || old.Customer != customer {
		return err
	}
	done, err := old.Change(tx, device.Change{Act: device.Replace, By: id, Note: old.Note})
	if err == nil && done {
		audit.Record(tx, audit.Event{Kind: AuditReplaced, By: by, Customer: customer, Object: "device:" + old.ID.String(), Details: map[string]any{
			"serial": old.Serial, "from": old.Status, "successor": id,
		}})
	}
	return err
}
