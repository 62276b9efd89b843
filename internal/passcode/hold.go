package passcode

import (
	"context"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Waiting is a new phone that staff may decide about.
type Waiting struct {
	Phone
	CustomerNumber string
}

// Waiting returns the phones that are on hold, those first that become active first: 200
// at most.
func (p *Passcodes) Waiting(ctx context.Context) (all []Waiting, err error) {
	err = p.db.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT "+phoneColumns+" FROM passcode_phone WHERE status IN ('pending', 'held') AND status <> 'pending' ORDER BY until_at, customer LIMIT 200", nil, func(r db.Row) error {
			var w Waiting
			if err := w.scan(r); err != nil {
				return err
			}
			c, _, err := customer.Find(tx, w.Customer)
			if err != nil {
				return err
			}
			w.CustomerNumber = c.Number
			_, w.Number, err = p.reached(tx, w.Customer, w.Contact)
			all = append(all, w)
			return err
		})
	})
	return all, err
}

// Mature lets the time do its work for at most n phones: those whose hold is over become
// active, and those whose code never came back are refused. Who is suspended or closed
// meanwhile gets nothing new. It returns how many it moved.
func (p *Passcodes) Mature(ctx context.Context, set *policy.Set, n int) (moved int64, err error) {
	var due []Phone
	err = p.db.Read(ctx, func(tx *db.Tx) error {
		due = nil
		return tx.Each("SELECT "+phoneColumns+" FROM passcode_phone WHERE status IN ('pending', 'held') AND until_at <= $1 ORDER BY until_at LIMIT $2", []any{tx.Now, n}, func(r db.Row) error {
			var x Phone
			err := x.scan(r)
			due = append(due, x)
			return err
		})
	})
	for _, x := range due {
		if err != nil {
			return moved, err
		}
		err = p.db.Settle(ctx, x.Customer, func(tx *db.Tx) error { return p.mature(tx, set, x) })
		if err == nil {
			moved++
		} else if fault.From(err).Code == "passcode.busy" {
			err = nil // somebody moved it meanwhile
		}
	}
	return moved, err
}

func (p *Passcodes) mature(tx *db.Tx, set *policy.Set, x Phone) error {
	c, found, err := customer.Find(tx, x.Customer)
	switch {
	case err != nil:
		return err
	case x.Status == Held && found && c.Status == customer.Active:
		_, err = p.activate(tx, sender, set, x, Held)
		return err
	}
	return p.refuse(tx, sender, x, map[string]any{"reason": "time"})
}

// Forever reports whether only staff end the hold.
func (x *Phone) Forever() bool { return x.Until.Equal(limit.Forever) }
