package mobiletoken

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Item is a token as people see it in a list.
type Item struct {
	Token

	Code      *Code      // the newest activation code; nil when it never had one
	Pending   bool       // a device has a key that is to be proven
	Compare   bool       // its comparison code is awaited first
	Used      time.Time  // when it gave its last code; zero: never
	Migration *Migration // open, of which it is the old or the new one; nil for none
}

// List returns all mobile tokens of a customer, oldest first.
func (d *Desk) List(ctx context.Context, customer ident.ID) (all []Item, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		tokens, err := Of(tx, customer)
		if err != nil {
			return err
		}
		all = make([]Item, 0, len(tokens))
		for _, t := range tokens {
			it, err := d.item(tx, t)
			if err != nil {
				return err
			}
			all = append(all, it)
		}
		return nil
	})
	return all, err
}

// Get returns one token of a customer; the fault "mobiletoken.unknown" (NotFound) says that
// there is none.
func (d *Desk) Get(ctx context.Context, customer, token ident.ID) (it Item, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		t, found, err := Get(tx, customer, token)
		if err != nil || !found {
			return errors.Join(err, orUnknown(found))
		}
		it, err = d.item(tx, t)
		return err
	})
	return it, err
}

func (d *Desk) item(tx *db.Tx, t Token) (it Item, err error) {
	it.Token = t
	c, found, err := lastCode(tx, t.Customer, t.ID)
	if err != nil {
		return it, err
	}
	if found {
		c.password = nil
		it.Code = &c
	}
	all, err := keys(tx, "customer = $1 AND token = $2", t.Customer, t.ID)
	if err != nil {
		return it, err
	}
	for _, k := range all {
		if k.state == "pending" {
			if it.Pending = true; k.Usage != UseCode {
				continue
			}
			app, _ := d.Policies.Active().Application(t.Application)
			if it.Compare, err = uncompared(tx, app, k); err != nil {
				return it, err
			}
		} else if k.Used.After(it.Used) {
			it.Used = k.Used
		}
	}
	m, found, err := oneMigration(tx, "customer = $1 AND (old_token = $2 OR new_token = $2) AND status = 'open'", t.Customer, t.ID)
	if found {
		it.Migration = &m
	}
	return it, err
}
