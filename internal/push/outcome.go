package push

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Reason says why a push failed. It is for people, by way of a text in their language.
type Reason string

// Reasons.
const (
	Busy        Reason = "busy"         // the push service asked to be left alone, and the prompt did not live so long
	Unavailable Reason = "unavailable"  // it answered with an error of its own, or not in time
	Unreachable Reason = "unreachable"  // there was no connection, or none that is allowed
	Refused     Reason = "refused"      // it did not take our message, such as after a change of keys
	Ended       Reason = "ended"        // the subscription is no more
	KeyStolen   Reason = "key_replaced" // our key was replaced, because it may have been stolen
)

// Taken notes that the push service took a message for a target.
func Taken(tx *db.Tx, t Target) error {
	_, err := tx.Exec("UPDATE push_binding SET success_at = $3, failures = 0, reason = '' WHERE customer = $1 AND endpoint = $2 AND gone_at IS NULL", t.Customer, t.hash, tx.Now)
	return err
}

// Failed notes that it did not, and why.
func Failed(tx *db.Tx, t Target, why Reason) error {
	_, err := tx.Exec("UPDATE push_binding SET failure_at = $3, failures = failures + 1, reason = $4 WHERE customer = $1 AND endpoint = $2 AND gone_at IS NULL", t.Customer, t.hash, tx.Now, string(why))
	return err
}

// NoteFailed is Failed in a transaction of its own.
func (d *Desk) NoteFailed(ctx context.Context, t Target, why Reason) error {
	return d.DB.Settle(ctx, t.Customer, func(tx *db.Tx) error { return Failed(tx, t, why) })
}

// Gone ends all bindings of a target's endpoint: the push service has said that the
// subscription is no more (RFC 8030, section 7.3).
func Gone(tx *db.Tx, t Target) error {
	return gone(tx, audit.System("push"), Ended, "endpoint = $3", t.hash)
}

// gone ends bindings that are in use. Arguments of where begin with $3.
func gone(tx *db.Tx, by audit.Actor, why Reason, where string, args ...any) error {
	return tx.Each(`UPDATE push_binding SET gone_at = $1, failure_at = $1, failures = failures + 1, reason = $2, subscription = NULL
WHERE `+where+` AND gone_at IS NULL RETURNING customer, token, holder, service`, append([]any{tx.Now, string(why)}, args...), func(r db.Row) error {
		var customer, token ident.ID
		var of, service string
		if err := r.Scan(&customer, &token, &of, &service); err != nil {
			return err
		}
		audit.Record(tx, audit.Event{Kind: AuditGone, By: by, Customer: customer, Object: holder(of).object(token), Details: map[string]any{"service": service, "reason": why}})
		return nil
	})
}
