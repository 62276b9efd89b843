package customer

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Change says what to change; nil leaves a thing as it is.
type Change struct {
	Name   *string
	Locale *string
}

// Update changes a customer that is not closed and returns it as it is then.
func (r *Register) Update(ctx context.Context, by audit.Actor, id ident.ID, ch Change) (c Customer, err error) {
	var changed []string
	if ch.Name != nil {
		if *ch.Name, err = Name(*ch.Name); err != nil {
			return c, err
		}
		changed = append(changed, "name")
	}
	if ch.Locale != nil {
		if *ch.Locale, err = Locale(*ch.Locale); err != nil {
			return c, err
		}
		changed = append(changed, "locale")
	}
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		if c, err = lock(tx, id); err != nil {
			return err
		}
		if ch.Name != nil {
			c.Name = *ch.Name
		}
		if ch.Locale != nil {
			c.Locale = *ch.Locale
		}
		audit.Record(tx, audit.Event{Kind: AuditChanged, By: by, Customer: id, Object: id.String(), Details: map[string]any{"changed": changed}})
		_, err := tx.Exec("UPDATE customer SET name = $2, name_key = $3, locale = $4 WHERE id = $1", id, c.Name, nameKey(c.Name), c.Locale)
		return err
	})
	return c, err
}

// lock touches a customer that is not closed, so that changes to it come one
// after another, and returns it.
func lock(tx *db.Tx, id ident.ID) (Customer, error) {
	n, err := tx.Exec("UPDATE customer SET changed_at = $2 WHERE id = $1 AND status <> 'closed'", id, tx.Now)
	if err != nil {
		return Customer{}, err
	}
	c, ok, err := Find(tx, id)
	switch {
	case err != nil:
		return Customer{}, err
	case !ok:
		return Customer{}, unknown()
	case n == 0:
		return Customer{}, closed()
	}
	return c, nil
}

// Suspend keeps an active customer from registering and authenticating.
func (r *Register) Suspend(ctx context.Context, by audit.Actor, id ident.ID, reason string) error {
	return r.move(ctx, id, Suspended, Active, Active, audit.Event{Kind: AuditSuspended, By: by}, reason)
}

// Activate ends a suspension. Whoever asks for it may be why the customer was
// suspended: by must have identified them, as Known says.
func (r *Register) Activate(ctx context.Context, by audit.Actor, id ident.ID, reason string) error {
	return r.move(ctx, id, Active, Suspended, Suspended, audit.Event{Kind: AuditActivated, By: by}, reason)
}

// Close ends the relation for good.
func (r *Register) Close(ctx context.Context, by audit.Actor, id ident.ID, reason string) error {
	return r.move(ctx, id, Closed, Active, Suspended, audit.Event{Kind: AuditClosed, By: by}, reason)
}

// move changes the status to one state from either of two, and leaves e. A customer in
// another state is the Conflict "customer.status".
func (r *Register) move(ctx context.Context, id ident.ID, to, from, or Status, e audit.Event, reason string) error {
	details := map[string]any{"reason": reason}
	e.Customer, e.Object, e.Details = id, id.String(), details
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE customer SET status = $2, changed_at = $3 WHERE id = $1 AND status IN ($4, $5)",
			id, string(to), tx.Now, string(from), string(or))
		switch {
		case err != nil:
			return err
		case n == 0:
			return immovable(tx, id, to)
		case to == Active && r.Known != nil:
			identified, err := r.Known(tx, id, e.By)
			if err != nil {
				return err
			}
			details["identification"] = identified.String()
		}
		audit.Record(tx, e)
		return r.tell(tx, e.By, id, to)
	})
}

// tell tells the packages above what became of a customer.
func (r *Register) tell(tx *db.Tx, by audit.Actor, id ident.ID, to Status) error {
	all := r.Turned
	if to == Closed {
		all = r.Closed
	}
	for _, told := range all {
		if err := told(tx, by, id); err != nil {
			return err
		}
	}
	return nil
}

// immovable says why a customer cannot come into a state.
func immovable(tx *db.Tx, id ident.ID, to Status) error {
	c, ok, err := Find(tx, id)
	if err != nil || !ok {
		return orUnknown(err)
	}
	return fault.Conflictf("customer.status", "The customer is %s, so it cannot become %s.", c.Status, to)
}

// Erase removes the name and all contacts of a closed customer, and what other
// packages keep of them (Forget). It can be repeated.
func (r *Register) Erase(ctx context.Context, by audit.Actor, id ident.ID) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE customer SET name = '', name_key = '', erased_at = $2, changed_at = $2 WHERE id = $1 AND status = 'closed'", id, tx.Now)
		if err != nil {
			return err
		}
		if n == 0 {
			if _, ok, err := Find(tx, id); err != nil || !ok {
				return orUnknown(err)
			}
			return fault.Conflictf("customer.not_closed", "Only a closed customer can be erased: close it first.")
		}
		for _, forget := range r.Forget {
			if err := forget(tx, id); err != nil {
				return err
			}
		}
		gone, err := tx.Exec("DELETE FROM contact WHERE customer = $1", id)
		if err == nil {
			audit.Record(tx, audit.Event{Kind: AuditErased, By: by, Customer: id, Object: id.String(), Details: map[string]any{"contacts": gone}})
		}
		return err
	})
}

func orUnknown(err error) error {
	if err != nil {
		return err
	}
	return unknown()
}
