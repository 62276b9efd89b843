package outbox

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// AuditRetried is the kind of the record of a message that is tried again.
const AuditRetried = "outbox.retried"

// List returns up to limit (1 to 500) messages in a state, by id, from after on; without
// payloads.
func (o *Outbox) List(ctx context.Context, state State, after ident.ID, limit int) (all []Message, err error) {
	if limit < 1 || limit > 500 {
		return nil, fault.Invalidf("outbox.page_size", "Ask for 1 to 500 messages at a time.")
	}
	var from any = []byte{}
	if !after.IsZero() {
		from = after
	}
	err = o.db.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each(`SELECT id, kind, customer, state, attempts, created_at, expires_at, ended_at, reason FROM outbox
			WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3`, []any{string(state), from, limit}, func(r db.Row) error {
			var m Message
			if err := r.Scan(&m.ID, &m.Kind, &m.Customer, &m.State, &m.Attempts, &m.Created, &m.Expires, &m.Ended, &m.Reason); err != nil {
				return err
			}
			all = append(all, m)
			return nil
		})
	})
	return all, err
}

// Retry gives a dead message its attempts back and makes it due now.
func (o *Outbox) Retry(ctx context.Context, by audit.Actor, id ident.ID) error {
	return o.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE outbox SET state = 'waiting', attempts = 0, due_at = $2, ended_at = NULL WHERE id = $1 AND state = 'dead' AND payload IS NOT NULL", id, tx.Now)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Conflictf("outbox.not_dead", "There is no such message among the undelivered ones.")
		}
		audit.Record(tx, audit.Event{Kind: AuditRetried, By: by, Object: "message:" + id.String()})
		tx.After(o.nudge)
		return nil
	})
}
