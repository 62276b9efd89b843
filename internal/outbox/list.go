package outbox

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// List returns up to limit (1 to 500) messages in a state, oldest first, without
// their payloads. After is the id of the last message of the page before, or zero.
func (o *Outbox) List(ctx context.Context, state State, after ident.ID, limit int) (list []Message, err error) {
	if limit < 1 || limit > 500 {
		return nil, fault.Invalidf("outbox.page_size", "Ask for 1 to 500 messages at a time.")
	}
	err = o.db.Read(ctx, func(tx *db.Tx) error {
		list = nil
		return tx.Each(`SELECT id, kind, customer, state, attempts, due_at, created_at, expires_at, ended_at, reason FROM outbox
WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3`, []any{string(state), after[:], limit}, func(r db.Row) error {
			var m Message
			err := r.Scan(&m.ID, &m.Kind, &m.Customer, &m.State, &m.Attempts, &m.Due, &m.Created, &m.Expires, &m.Ended, &m.Reason)
			list = append(list, m)
			return err
		})
	})
	return list, err
}

// Retry makes a dead message wait again, with all its attempts. A message that
// expired, or that is not dead, is a fault.
func (o *Outbox) Retry(ctx context.Context, by audit.Actor, id ident.ID) error {
	return o.db.Write(ctx, func(tx *db.Tx) error { return o.Revive(tx, by, id) })
}

// Revive is Retry in the caller's transaction.
func (o *Outbox) Revive(tx *db.Tx, by audit.Actor, id ident.ID) error {
	var s Message
	if err := tx.Each(`SELECT kind, customer, state, expires_at FROM outbox WHERE id = $1`, []any{id}, func(r db.Row) error {
		return r.Scan(&s.Kind, &s.Customer, &s.State, &s.Expires)
	}); err != nil {
		return err
	}
	switch {
	case s.Kind == "":
		return unknown(id)
	case s.State != Dead:
		return fault.Conflictf("outbox.not_dead", "The message is %s; only one that was given up can be tried again.", s.State)
	case !s.Expires.IsZero() && !tx.Now.Before(s.Expires):
		return fault.Conflictf("outbox.expired", "The message expired %s. Have a new one made instead.", s.Expires.Format(time.RFC3339))
	}
	n, err := tx.Exec(`UPDATE outbox SET state = 'waiting', attempts = 0, due_at = $1, ended_at = NULL WHERE id = $2 AND state = 'dead'`, tx.Now, id)
	if err == nil && n == 1 {
		audit.Record(tx, audit.Event{Kind: AuditRetried, By: by, Customer: s.Customer, Object: id.String(), Details: map[string]any{"kind": s.Kind}})
		tx.After(o.nudge)
	}
	return err
}

// Backlog is what is in the table now.
type Backlog struct {
	Waiting int64         // not delivered yet, leased ones included
	Overdue time.Duration // how long the oldest one that is due has been waiting
	Dead    int64
}

// Backlog reads the table, for metrics and readiness.
func (o *Outbox) Backlog(ctx context.Context) (b Backlog, err error) {
	err = o.db.Read(ctx, func(tx *db.Tx) error {
		var oldest time.Time
		if err := tx.Row(`SELECT count(*), min(due_at) FROM outbox WHERE state = 'waiting'`).Scan(&b.Waiting, &oldest); err != nil {
			return err
		}
		b.Overdue = 0
		if !oldest.IsZero() {
			b.Overdue = max(0, tx.Now.Sub(oldest))
		}
		return tx.Row(`SELECT count(*) FROM outbox WHERE state = 'dead' AND state <> 'waiting'`).Scan(&b.Dead)
	})
	return b, err
}
