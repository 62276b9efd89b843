package registration

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Codes returns all activation codes of a customer, newest first, without values.
func (d *Desk) Codes(ctx context.Context, customerID ident.ID) (all []Code, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		all, err = codesOf(tx, customerID)
		return err
	})
	return all, err
}

// Extend gives a valid code, run out or not, another life of the policy's length
// from now. It can be done registration.max_extend times.
func (d *Desk) Extend(ctx context.Context, by audit.Actor, customerID, id ident.ID) (c Code, err error) {
	rules := d.policies.Active().Registration
	err = d.change(ctx, customerID, id, func(tx *db.Tx, old Code) error {
		n, err := tx.Exec(`UPDATE activation_code SET expires_at = $3, extended = extended + 1
			WHERE customer = $1 AND id = $2 AND status = 'valid' AND extended < $4`, customerID, id, tx.Now.Add(rules.CodeValid), rules.MaxExtend)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Conflictf("registration.not_extendable", "This activation code is %s or was extended %d times already. Issue a new one.", old.Status, old.Extended)
		}
		c, _, err = codeByID(tx, customerID, id)
		c.record(tx, AuditExtended, by, map[string]any{"expires_at": c.Expires, "extended": c.Extended})
		return err
	})
	return c, err
}

// Revoke takes a valid code back. Registrations that it began end with it.
func (d *Desk) Revoke(ctx context.Context, by audit.Actor, customerID, id ident.ID) error {
	return d.change(ctx, customerID, id, func(tx *db.Tx, old Code) error {
		done, err := old.end(tx, Cancelled)
		if err != nil {
			return err
		}
		if !done {
			return fault.Conflictf("registration.not_valid", "This activation code is %s; there is nothing to revoke.", old.Status)
		}
		old.record(tx, AuditRevoked, by, nil)
		return old.abandon(tx)
	})
}

// abandon ends the registrations that the code began: nothing can come of them any
// more, so they must not keep a token.
func (c *Code) abandon(tx *db.Tx) error {
	_, err := tx.Exec(`UPDATE registration SET state = 'abandoned', ended_at = $3
		WHERE customer = $1 AND code = $2 AND state IN ('begun', 'reserved')`, c.Customer, c.ID, tx.Now)
	if err == nil {
		err = forget(tx, c.Customer)
	}
	return err
}

func (d *Desk) change(ctx context.Context, customerID, id ident.ID, f func(*db.Tx, Code) error) error {
	return d.db.Write(ctx, func(tx *db.Tx) error {
		c, found, err := codeByID(tx, customerID, id)
		if err != nil {
			return err
		}
		if !found {
			return fault.NotFoundf("registration.unknown_code", "This customer has no such activation code.")
		}
		return f(tx, c)
	})
}

// State says in one word what a person should know about a code at the moment
// now: its status, or "expired" or "blocked" for a valid one that cannot be used.
func (c Code) State(now time.Time) string {
	switch {
	case c.Status == Valid && c.Expired(now):
		return "expired"
	case c.Status == Valid && c.Tries.Blocked(now):
		return "blocked"
	}
	return string(c.Status)
}
