package push

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// margin is how long the private part of a retired key is kept though no binding needs it:
// a phone may be subscribing under it just now.
const margin = time.Hour

// Rotate makes a new key, under which phones subscribe from their next start on. The former ones
// sign for their bindings until there are none. With stolen they are destroyed at once, and their
// bindings are gone. When somebody else rotates at the same time, one of the two gets the
// fault "push.rotated_meanwhile" (Conflict).
func (d *Desk) Rotate(ctx context.Context, by audit.Actor, stolen bool) (made Key, err error) {
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		var last int64
		if err := tx.Row("SELECT number FROM push_key WHERE retired_at IS NULL").Scan(&last); err != nil && !errors.Is(err, db.ErrNoRow) {
			return err
		}
		if made, err = d.succeed(tx, by, last); err != nil || !stolen {
			return err
		}
		if _, err := tx.Exec("UPDATE push_key SET private = NULL WHERE number <= $1", last); err != nil {
			return err
		}
		return gone(tx, by, KeyStolen, "key_number <= $3", last)
	})
	d.seen.Store(nil)
	return made, err
}

// succeed retires the newest key, of the number last or 0 for none, in favor of a fresh one.
func (d *Desk) succeed(tx *db.Tx, by audit.Actor, last int64) (made Key, err error) {
	ok := last == 0
	if !ok {
		n, err := tx.Exec("UPDATE push_key SET retired_at = $2 WHERE number = $1 AND retired_at IS NULL", last, tx.Now)
		if err != nil {
			return made, err
		}
		ok = n == 1
	}
	if ok {
		made, ok, err = d.insert(tx, by, last+1, AuditRotated)
	}
	if err == nil && !ok {
		err = fault.Conflictf("push.rotated_meanwhile", "The push key was rotated at the same moment by someone else. Nothing more needs to be done.")
	}
	return made, err
}

// Keys lists all keys, oldest first.
func (d *Desk) Keys(ctx context.Context) (all []Key, err error) {
	v, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range v.keys {
		all = append(all, k.Key)
	}
	return all, nil
}

// underKey returns the number of a public key that may be subscribed under; "" for the newest.
// The fault "push.key" (Invalid) says that there is none.
func underKey(tx *db.Tx, public string) (number int64, err error) {
	row := tx.Row("SELECT number FROM push_key WHERE retired_at IS NULL")
	if public != "" {
		row = tx.Row("SELECT number FROM push_key WHERE public = $1 AND private IS NOT NULL", public)
	}
	err = row.Scan(&number)
	if errors.Is(err, db.ErrNoRow) {
		err = fault.Invalidf("push.key", "The key is not one of ours any more. Ask for the present one, and subscribe again under it.").WithField("/key")
	}
	return number, err
}

// Sweep destroys the private parts of up to limit keys that no binding needs any more, and says
// how many there were.
func (d *Desk) Sweep(ctx context.Context, limit int) (n int64, err error) {
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		n, err = tx.Exec(`UPDATE push_key SET private = NULL WHERE number IN (SELECT number FROM push_key k WHERE private IS NOT NULL AND retired_at < $1
 AND NOT EXISTS (SELECT 1 FROM push_binding b WHERE b.key_number = k.number AND b.gone_at IS NULL) ORDER BY number LIMIT $2)`, tx.Now.Add(-margin), limit)
		return err
	})
	return n, err
}
