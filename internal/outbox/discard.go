package outbox

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// AuditDiscarded is the kind of the record that somebody gave a dead message up.
const AuditDiscarded = "outbox.discarded"

// MaxReason is the length of a reason in characters.
const MaxReason = 200

// Discard forgets a dead message for good, with its payload. Faults: "outbox.reason"
// (Invalid), "outbox.unknown" (NotFound), "outbox.not_dead" (Conflict).
func (o *Outbox) Discard(ctx context.Context, by audit.Actor, id ident.ID, reason string) error {
	return o.db.Write(ctx, func(tx *db.Tx) error { return Bury(tx, by, id, reason) })
}

// Bury is Discard in the caller's transaction.
func Bury(tx *db.Tx, by audit.Actor, id ident.ID, reason string) error {
	strange := func(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar }
	if n := utf8.RuneCountInString(reason); strings.TrimSpace(reason) == "" || n > MaxReason || strings.ContainsFunc(reason, strange) {
		return fault.Invalidf("outbox.reason", "Say why, in 1 to %d characters.", MaxReason).WithField("/reason")
	}
	var m Message
	err := tx.Each(`DELETE FROM outbox WHERE id = $1 AND state = 'dead' RETURNING kind, customer, attempts`, []any{id}, func(r db.Row) error {
		return r.Scan(&m.Kind, &m.Customer, &m.Attempts)
	})
	if err != nil {
		return err
	}
	if m.Kind == "" {
		return notDead(tx, id)
	}
	audit.Record(tx, audit.Event{
		Kind: AuditDiscarded, By: by, Customer: m.Customer, Object: id.String(),
		Details: map[string]any{"kind": m.Kind, "attempts": m.Attempts, "reason": reason},
	})
	return nil
}

// notDead says why a message could not be given up.
func notDead(tx *db.Tx, id ident.ID) error {
	var state State
	err := tx.Each(`SELECT state FROM outbox WHERE id = $1`, []any{id}, func(r db.Row) error { return r.Scan(&state) })
	switch {
	case err != nil:
		return err
	case state == "":
		return unknown(id)
	}
	return fault.Conflictf("outbox.not_dead", "The message is %s; only one that was given up by the program can be discarded.", state)
}

func unknown(id ident.ID) error {
	return fault.NotFoundf("outbox.unknown", "There is no message %s. It may have been delivered more than a day ago, or somebody gave it up.", id)
}

// Get returns a message without its payload. Fault: "outbox.unknown" (NotFound).
func (o *Outbox) Get(ctx context.Context, id ident.ID) (m Message, err error) {
	err = o.db.Read(ctx, func(tx *db.Tx) error {
		m = Message{}
		return tx.Each(`SELECT id, kind, customer, state, attempts, due_at, created_at, expires_at, ended_at, reason FROM outbox WHERE id = $1`, []any{id}, func(r db.Row) error {
			return r.Scan(&m.ID, &m.Kind, &m.Customer, &m.State, &m.Attempts, &m.Due, &m.Created, &m.Expires, &m.Ended, &m.Reason)
		})
	})
	if err == nil && m.Kind == "" {
		err = unknown(id)
	}
	return m, err
}
