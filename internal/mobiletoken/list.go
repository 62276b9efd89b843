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

// List returns all mobile tokens of a customer, oldest first. It costs four look-ups,
// however many there are.
func (d *Desk) List(ctx context.Context, customer ident.ID) (all []Item, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		tokens, err := Of(tx, customer)
		if err != nil || len(tokens) == 0 {
			return err
		}
		b, err := besides(tx, "customer = $1", customer)
		if err != nil {
			return err
		}
		all = make([]Item, len(tokens))
		for i, t := range tokens {
			if all[i], err = d.item(tx, t, b); err != nil {
				return err
			}
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
		it, err = d.one(tx, t)
		return err
	})
	return it, err
}

// one describes a token alone.
func (d *Desk) one(tx *db.Tx, t Token) (Item, error) {
	b, err := besides(tx, "customer = $1 AND token = $2", t.Customer, t.ID)
	if err != nil {
		return Item{}, err
	}
	return d.item(tx, t, b)
}

// beside is what there is for the tokens of a customer, by token.
type beside struct {
	codes map[ident.ID]Code // the newest
	keys  map[ident.ID][]Key
	moves map[ident.ID]Migration // open ones, by both tokens
}

// besides reads it for the tokens that meet a condition, whose first argument is the
// customer.
func besides(tx *db.Tx, where string, args ...any) (beside, error) {
	b := beside{map[ident.ID]Code{}, map[ident.ID][]Key{}, map[ident.ID]Migration{}}
	err := tx.Each("SELECT "+codeColumns+" FROM mobile_code WHERE "+where+" ORDER BY token, created_at DESC, client_id", args, func(r db.Row) error {
		var c Code
		err := r.Scan(c.dest()...)
		c.password = nil
		if _, newer := b.codes[c.Token]; !newer {
			b.codes[c.Token] = c
		}
		return err
	})
	if err != nil {
		return b, err
	}
	all, err := keys(tx, where, args...)
	if err != nil {
		return b, err
	}
	for _, k := range all {
		b.keys[k.Token] = append(b.keys[k.Token], k)
	}
	return b, tx.Each("SELECT "+migrationColumns+" FROM mobile_migration WHERE customer = $1 AND status = 'open'", args[:1], func(r db.Row) error {
		var m Migration
		err := r.Scan(m.dest()...)
		b.moves[m.Old], b.moves[m.New] = m, m
		return err
	})
}

func (d *Desk) item(tx *db.Tx, t Token, b beside) (it Item, err error) {
	it.Token = t
	if c, found := b.codes[t.ID]; found {
		it.Code = &c
	}
	if m, found := b.moves[t.ID]; found {
		it.Migration = &m
	}
	for _, k := range b.keys[t.ID] {
		switch {
		case k.state != "pending":
			if k.Used.After(it.Used) {
				it.Used = k.Used
			}
			continue
		case k.Usage == UseCode:
			app, _ := d.Policies.Active().Application(t.Application)
			if it.Compare, err = uncompared(tx, app, k); err != nil {
				return it, err
			}
		}
		it.Pending = true
	}
	return it, nil
}
