package evidence

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Times in the life of a key.
const (
	// Freshness is how long a verifier may keep a copy of the key set.
	Freshness = 5 * time.Minute
	// Lead is how long before its first use a key is published: longer than copies are
	// kept and than nodes work with the keys that they have read, by far.
	Lead = 15 * time.Minute
	// Retention is how long a retired key is published: longer than banks must keep
	// records of payments. Archived key sets verify for ever.
	Retention = 10 * 365 * 24 * time.Hour
	// margin is how long the private part of a retired key is kept: nodes whose
	// clock is behind, or who read the keys a moment ago, still sign with it.
	margin = 10 * time.Minute
)

// Rotate makes a new signing key, which becomes active after Lead, or with atOnce
// now; then verifiers may not know it for as long as they keep their copies. A key that is
// pending already is the fault "evidence.rotation_pending" unless atOnce is set. When somebody else
// rotates at the same time, one of the two gets "evidence.rotated_meanwhile".
func (i *Issuer) Rotate(ctx context.Context, by audit.Actor, atOnce bool) (Key, error) {
	if _, err := i.keys(ctx); err != nil { // makes the first one
		return Key{}, err
	}
	v, err := i.read(ctx)
	if err != nil {
		return Key{}, err
	}
	last := v.keys[len(v.keys)-1]
	made := Key{Number: last.Number + 1}
	err = i.DB.Write(ctx, func(tx *db.Tx) error {
		made.Created, made.From, made.State = tx.Now, tx.Now.Add(Lead), Pending
		if atOnce {
			made.From, made.State = tx.Now, Active
		} else if last.From.After(tx.Now) {
			return fault.Conflictf("evidence.rotation_pending", "The signing key %d is published already and becomes active at %s. Wait for it, or replace it at once with --now.", last.Number, last.From.Format(time.RFC3339))
		}
		return i.succeed(tx, by, &made)
	})
	if err != nil {
		return Key{}, err
	}
	i.seen.Store(nil)
	return made, nil
}

// succeed retires the newest key, and what is to retire later than next becomes
// active, in favor of next.
func (i *Issuer) succeed(tx *db.Tx, by audit.Actor, next *Key) error {
	n, err := tx.Exec("UPDATE evidence_key SET retired = $2, expires = $3 WHERE number = $1 AND retired IS NULL", next.Number-1, next.From, next.From.Add(Retention))
	if err != nil {
		return err
	}
	ok := n == 1
	if ok {
		if _, err = tx.Exec("UPDATE evidence_key SET retired = $1, expires = $2 WHERE retired > $1", next.From, next.From.Add(Retention)); err != nil {
			return err
		}
		next.KID, ok, err = i.insert(tx, next.Number, next.From)
	}
	if err == nil && !ok {
		err = fault.Conflictf("evidence.rotated_meanwhile", "The signing key was rotated at the same moment by someone else. Nothing more needs to be done.")
	}
	if err != nil {
		return err
	}
	audit.Record(tx, audit.Event{Kind: AuditKeyRotated, By: by, Object: "evidence_key:" + next.KID, Details: keyDetail{Number: next.Number, From: next.From, Before: next.Number - 1}})
	return nil
}

// Withdraw takes a retired key out of the published set and of the archive before its
// time, because its private part may have been stolen: nothing that it signed is evidence
// by itself any more. The fault "evidence.key_unknown" says that no retired key has the
// number.
func (i *Issuer) Withdraw(ctx context.Context, by audit.Actor, number int64) error {
	err := i.DB.Write(ctx, func(tx *db.Tx) error {
		var kid string
		err := tx.Row("UPDATE evidence_key SET expires = retired, private = NULL WHERE number = $1 AND retired <= $2 RETURNING kid", number, tx.Now).Scan(&kid)
		if errors.Is(err, db.ErrNoRow) {
			return fault.NotFoundf("evidence.key_unknown", "There is no retired key %d. If the active key was stolen, replace it first: countersign keys rotate --evidence --now", number)
		}
		if err == nil {
			audit.Record(tx, audit.Event{Kind: AuditKeyWithdrawn, By: by, Object: "evidence_key:" + kid})
		}
		return err
	})
	i.seen.Store(nil)
	return err
}

// Sweep destroys up to limit private parts of keys that have retired, and says how
// many there were.
func (i *Issuer) Sweep(ctx context.Context, limit int) (n int64, err error) {
	err = i.DB.Write(ctx, func(tx *db.Tx) error {
		n, err = tx.Exec(`UPDATE evidence_key SET private = NULL WHERE number IN
			(SELECT number FROM evidence_key WHERE private IS NOT NULL AND retired < $1 ORDER BY number LIMIT $2)`, tx.Now.Add(-margin), limit)
		return err
	})
	return n, err
}
