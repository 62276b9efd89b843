package issuing

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// Kinds of the records that numbers of accounts left the vault.
const (
	AuditClearing = "issuing.clearing" // from here on
	AuditCleared  = "issuing.cleared"  // so many
)

// Cleared is a payment of a day as the issuer's books need it: with the numbers of token and account (DI-228). It leaves the vault for the issuer's clearing and
// for nothing else.
type Cleared struct {
	Authorization

	TokenNumber string
	Account     string // PAN
	Expires     string // YYMM, of the card
	Due         int64  // approved less what came back in the time that is cleared, minor units; of a return what came back
	Return      bool   // it was approved before that time, and came back in it
}

// Clearing hands f each payment that was approved from one moment to another, exclusive, less what came back until then, the oldest first; and then what came
// back in that time of payments that were approved before. So days that follow one another have every payment and every return once, whenever they are cleared. It records that it
// does before the first number leaves the vault, and how many did, whatever ended it. Payments of an erased customer are left out: the bank's books have
// them. An error of f ends it.
func (d *Desk) Clearing(ctx context.Context, by audit.Actor, from, to time.Time, f func(Cleared) error) (n int, err error) {
	if err := d.clearing(ctx, by, AuditClearing, from, map[string]any{"from": from, "to": to}); err != nil {
		return 0, err
	}
	n, err = d.cleared(ctx, from, to, f)
	details := map[string]any{"from": from, "to": to, "payments": n, "complete": err == nil}
	return n, errors.Join(err, d.clearing(context.WithoutCancel(ctx), by, AuditCleared, from, details))
}

// clearing leaves a record.
func (d *Desk) clearing(ctx context.Context, by audit.Actor, kind string, from time.Time, details map[string]any) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		audit.Record(tx, audit.Event{Kind: kind, By: by, Object: from.UTC().Format(time.DateOnly), Details: details})
		return nil
	})
}

// cleared goes through the payments and the returns, page by page.
func (d *Desk) cleared(ctx context.Context, from, to time.Time, f func(Cleared) error) (n int, err error) {
	for _, page := range []func(tx *db.Tx, from, to, after ident.ID) ([]Cleared, ident.ID, error){d.due, d.returns} {
		for last := first(from); !last.IsZero(); {
			var all []Cleared
			err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
				all, last, err = page(tx, first(from), first(to), last)
				return err
			})
			if err != nil {
				return n, err
			}
			for i := range all {
				if all[i].Account == "" || all[i].Due == 0 {
					continue
				}
				if err := f(all[i]); err != nil {
					return n, err
				}
				n++
			}
		}
	}
	return n, nil
}

// clearedPage is how many are read at once.
const clearedPage = 500

// due reads a page of payments that were approved, behind one of them. last is zero when nothing follows.
func (d *Desk) due(tx *db.Tx, _, to, after ident.ID) (all []Cleared, last ident.ID, err error) {
	err = tx.Each("SELECT "+authorizationColumns+` FROM issuing_authorization WHERE id > $1 AND id < $2 AND approved > 0 ORDER BY id LIMIT $3`, []any{after, to, clearedPage}, func(r db.Row) error {
		var c Cleared
		err := c.scan(r)
		all = append(all, c)
		return err
	})
	for i := range all {
		c, back := &all[i], int64(0)
		if err == nil && c.Returned > 0 {
			err = tx.Row("SELECT COALESCE(SUM(amount), 0) FROM issuing_return WHERE payment = $1 AND id < $2", c.ID, to).Scan(&back)
		}
		if c.Due = c.Approved - back; err == nil {
			err = d.numbers(tx, c)
		}
	}
	if len(all) == clearedPage {
		last = all[clearedPage-1].ID
	}
	return all, last, err
}

// returns reads a page of what came back of payments that were approved before a moment, behind one of them. last is as for due.
func (d *Desk) returns(tx *db.Tx, from, to, after ident.ID) (all []Cleared, last ident.ID, err error) {
	type back struct {
		id, payment ident.ID
		amount      int64
	}
	var backs []back
	err = tx.Each("SELECT id, payment, amount FROM issuing_return WHERE id > $1 AND id < $2 AND payment < $3 ORDER BY id LIMIT $4", []any{after, to, from, clearedPage}, func(r db.Row) error {
		var b back
		err := r.Scan(&b.id, &b.payment, &b.amount)
		backs = append(backs, b)
		return err
	})
	for _, b := range backs {
		c := Cleared{Due: b.amount, Return: true}
		if err == nil {
			err = c.scan(tx.Row("SELECT "+authorizationColumns+" FROM issuing_authorization WHERE id = $1", b.payment))
		}
		if err == nil {
			err = d.numbers(tx, &c)
		}
		all = append(all, c)
	}
	if len(backs) == clearedPage {
		last = backs[clearedPage-1].id
	}
	return all, last, err
}

// numbers adds those of token and account; a token that was erased has none.
func (d *Desk) numbers(tx *db.Tx, c *Cleared) error {
	t, found, err := vault.Lookup(tx, c.Token)
	if err != nil || !found {
		return err
	}
	if c.TokenNumber, err = d.Vault.TokenNumber(&t); err != nil {
		return err
	}
	if c.Account, err = d.Vault.NumberOf(tx, &t); err != nil {
		return err
	}
	a, err := vault.AccountOf(tx, t.Account)
	c.Expires, c.Last4, c.Card, c.Device = a.Expires, t.Last4, a.Last4, t.Device
	return err
}
