package mobiletoken

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// graceOfCodes is how long a code that has run out can be extended, and its right password
// is told that it has run out (RFC 6063, section 3.3); then its password is destroyed.
const graceOfCodes = 7 * 24 * time.Hour

// place names a token.
type place struct{ customer, token ident.ID }

// Sweep does what time does, for at most n rows of each kind: codes that ran out long ago
// end, keys that were not proven in time are taken away, blocks with an end end, and
// runs of the protocol and signed requests are forgotten. It returns the most that it did of one kind.
func (d *Desk) Sweep(ctx context.Context, n int) (most int64, err error) {
	by := audit.System("sweep")
	for _, kind := range []struct {
		due string
		at  func(time.Time) time.Time
		do  func(*unit) error
	}{
		{
			"SELECT customer, token FROM mobile_code WHERE status = 'valid' AND expires_at < $1 ORDER BY expires_at LIMIT $2",
			func(now time.Time) time.Time { return now.Add(-graceOfCodes) }, (*unit).expireCode,
		},
		{"SELECT customer, token FROM mobile_key WHERE expires_at < $1 AND usage = 'code' ORDER BY expires_at LIMIT $2", unmoved, (*unit).expireKey},
		{"SELECT customer, id FROM mobile_token WHERE until_at < $1 ORDER BY until_at LIMIT $2", unmoved, (*unit).expireBlock},
	} {
		places, err := d.due(ctx, kind.due, kind.at, n)
		if err != nil {
			return most, err
		}
		for _, p := range places {
			if err := d.turn(ctx, by, p, kind.do); err != nil {
				return most, err
			}
		}
		most = max(most, int64(len(places)))
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		for _, sql := range []string{
			"DELETE FROM mobile_session WHERE id IN (SELECT id FROM mobile_session WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
			"DELETE FROM mobile_request WHERE (key_id, jti) IN (SELECT key_id, jti FROM mobile_request WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
		} {
			ended, err := tx.Exec(sql, tx.Now, n)
			if err != nil {
				return err
			}
			most = max(most, ended)
		}
		return nil
	})
	return most, err
}

// unmoved is for what is due as soon as its time is over.
func unmoved(t time.Time) time.Time { return t }

func (d *Desk) due(ctx context.Context, query string, at func(time.Time) time.Time, n int) (all []place, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each(query, []any{at(tx.Now), n}, func(r db.Row) error {
			var p place
			err := r.Scan(&p.customer, &p.token)
			all = append(all, p)
			return err
		})
	})
	return all, err
}

// turn does something to one token; what somebody else did meanwhile is left alone.
func (d *Desk) turn(ctx context.Context, by audit.Actor, p place, do func(*unit) error) error {
	err := d.DB.Write(ctx, func(tx *db.Tx) error {
		u, err := d.unit(tx, by, d.Policies.Active(), p.customer, p.token)
		if err != nil {
			return err
		}
		return do(u)
	})
	if fault.KindOf(err) == fault.Conflict {
		return nil
	}
	return err
}

func (u *unit) expireCode() error {
	c, found, err := validCode(u.tx, u.t.Customer, u.t.ID)
	if err != nil || !found || !c.RunOut(u.tx.Now.Add(-graceOfCodes)) {
		return err
	}
	return u.withdraw(Expired, "")
}

func (u *unit) expireKey() error {
	pending, err := keysOf(u.tx, u.t.Customer, u.t.ID, "pending")
	if err != nil {
		return err
	}
	if k, found := codeKey(pending); !found || !u.tx.Now.After(k.Expires) {
		return nil
	}
	return u.withdraw(Expired, "not proven in time")
}

func (u *unit) expireBlock() error {
	if u.t.Status != Blocked || u.t.Until.IsZero() || u.t.Until.After(u.tx.Now) {
		return nil
	}
	return u.enable("the block is over", false)
}
