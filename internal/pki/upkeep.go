package pki

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
)

// keptLists is how many lists of an authority are kept.
const keptLists = 10

// Upkeep renews what this authority needs to answer: the certificates of its responder and of its time-stamping
// authority once a third of their time is left, and the lists that are due. Any number of nodes may do it at once.
func (d *Desk) Upkeep(ctx context.Context) error {
	v, err := d.read(ctx)
	if err != nil {
		return err
	}
	now := d.Now()
	for _, a := range v.all {
		if a.Kind != IssuingKind || a.Certificate == nil || !now.Before(a.Expires) || v.keys[a.Number] == nil {
			continue
		}
		if err := d.renew(ctx, v, a, ResponderKind, responderLife); err != nil {
			return err
		}
		if a.State == Active {
			if err := d.renew(ctx, v, a, StampingKind, stampingLife); err != nil {
				return err
			}
		}
		if _, _, err := d.RevocationList(ctx, a.Number); err != nil {
			return err
		}
	}
	return nil
}

// renew makes a delegate that is missing, or near its end.
func (d *Desk) renew(ctx context.Context, v *view, ca Authority, k Kind, life time.Duration) error {
	const third = 3
	has, ok := v.one(k, Active, ca.Number)
	if ok {
		left, whole := has.Expires.Sub(d.Now()), has.Expires.Sub(has.Certificate.NotBefore)
		if left > whole/third || has.Expires.Equal(ca.Expires) && left > 0 {
			return nil
		}
	}
	err := d.delegate(ctx, v, ca, k, life)
	d.seen.Store(nil)
	return err
}

// Sweep drops up to limit old lists, and the keys of delegates that have retired; it says how many.
func (d *Desk) Sweep(ctx context.Context, limit int) (n int64, err error) {
	const margin = time.Hour // nodes that read the authorities a moment ago
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		lists, err := tx.Exec(`DELETE FROM pki_list WHERE (issuer, number) IN (SELECT a.issuer, a.number FROM pki_list a
			WHERE (SELECT count(*) FROM pki_list b WHERE b.issuer = a.issuer AND b.number > a.number) >= $1 ORDER BY a.issuer, a.number LIMIT $2)`, keptLists, limit)
		if err != nil {
			return err
		}
		keys, err := tx.Exec("UPDATE pki_authority SET private = NULL WHERE kind IN ('ocsp', 'tsa') AND state = 'retired' AND private IS NOT NULL AND retired_at < $1", tx.Now.Add(-margin))
		n = lists + keys
		return err
	})
	return n, err
}

// Health is what monitoring asks.
type Health struct {
	Authority time.Time // when the certificate of the issuing authority ends; zero: there is none
	Responder time.Time
	Stamping  time.Time
	List      time.Time // when the revocation list ends
	RootList  time.Time // when the root's ends; zero: there is none
	Untold    int       // certificates of another authority that does not know of their status; see Untold
}

// Health reads it.
func (d *Desk) Health(ctx context.Context) (h Health, err error) {
	v, err := d.view(ctx)
	if err == nil {
		h.Untold, err = d.countUntold(ctx)
	}
	if err != nil {
		return h, err
	}
	ca, ok := v.issuing()
	if !ok {
		return h, nil
	}
	h.Authority = ca.Expires
	if r, ok := v.one(ResponderKind, Active, ca.Number); ok {
		h.Responder = r.Expires
	}
	if r, ok := v.one(StampingKind, Active, ca.Number); ok {
		h.Stamping = r.Expires
	}
	last, _, err := d.lastList(ctx, ca)
	h.List = last.expires
	if root, ok := v.numbered(ca.Issuer); ok && err == nil {
		last, _, err = d.lastList(ctx, root)
		h.RootList = last.expires
	}
	return h, err
}
