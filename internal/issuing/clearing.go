package issuing

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// AuditCleared is the kind of the record that a file with numbers of accounts was made.
const AuditCleared = "issuing.cleared"

// Cleared is a payment of a day as the issuer's books need it: with the numbers of token and account (DI-228). It leaves the vault for the issuer's clearing and
// for nothing else.
type Cleared struct {
	Authorization

	TokenNumber string
	Account     string // PAN
	Expires     string // YYMM, of the card
	Due         int64  // approved less what came back, minor units
}

// Clearing hands f each payment that was approved from one moment to another, exclusive, and of which something is left, the oldest first, and records that it was done.
// Payments of an erased customer are left out: the bank's books have them. An error of f ends it.
func (d *Desk) Clearing(ctx context.Context, by audit.Actor, from, to time.Time, f func(Cleared) error) (n int, err error) {
	const page = 500
	last := ident.ID{}
	for {
		var all []Cleared
		err := d.DB.Read(ctx, func(tx *db.Tx) error {
			all, err = d.due(tx, from, to, last, page)
			return err
		})
		if err != nil {
			return n, err
		}
		for i := range all {
			last = all[i].ID
			if all[i].Account == "" {
				continue
			}
			if err := f(all[i]); err != nil {
				return n, err
			}
			n++
		}
		if len(all) < page {
			break
		}
	}
	return n, d.DB.Write(ctx, func(tx *db.Tx) error {
		audit.Record(tx, audit.Event{Kind: AuditCleared, By: by, Object: from.UTC().Format(time.DateOnly), Details: map[string]any{"from": from, "to": to, "payments": n}})
		return nil
	})
}

// due reads a page of payments of which something is left. Tokens that are gone have no number.
func (d *Desk) due(tx *db.Tx, from, to time.Time, after ident.ID, most int) (all []Cleared, err error) {
	beyond := []byte{} // all ids are greater
	if !after.IsZero() {
		beyond = after[:]
	}
	err = tx.Each("SELECT "+authorizationColumns+` FROM issuing_authorization
		WHERE created_at >= $1 AND created_at < $2 AND id > $3 AND approved > returned ORDER BY id LIMIT $4`, []any{from, to, beyond, most}, func(r db.Row) error {
		var c Cleared
		err := c.scan(r)
		c.Due = c.Approved - c.Returned
		all = append(all, c)
		return err
	})
	for i := range all {
		if err == nil {
			err = d.numbers(tx, &all[i])
		}
	}
	return all, err
}

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
