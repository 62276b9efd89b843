package sim

import (
	"unicode/utf8"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// actor is who ends messages.
func actor() audit.Actor { return audit.System("sim") }

// lose ends an open message without an answer and tells the Handler. Text is for people; the
// reason alone is kept when it is empty.
func (d *Desk) lose(tx *db.Tx, id ident.ID, to State, why Reason, text string) error {
	var customer ident.ID
	n := 0
	err := tx.Each(`UPDATE sim_message SET state = $2, reason = $3, ended_at = $4, packet = NULL WHERE id = $1 AND state IN `+open+` RETURNING customer`,
		[]any{id, string(to), word(why, text), tx.Now}, func(r db.Row) error {
			n++
			return r.Scan(&customer)
		})
	if err != nil || n == 0 {
		return err
	}
	recordEnd(tx, id, customer, to, string(why))
	d.stats.lost(tx, why)
	return d.Handler.Lost(tx, id, why)
}

func word(why Reason, text string) string {
	if text == "" {
		return string(why)
	}
	return string(why) + ": " + cut(text, maxReason)
}

// cut shortens a text to at most n octets, not amid a character.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// maxReason is the length of a reason in octets.
const maxReason = 200

func recordEnd(tx *db.Tx, id, customer ident.ID, s State, why string) {
	audit.Record(tx, audit.Event{Kind: AuditEnded, By: actor(), Customer: customer, Object: "sim_message:" + id.String(), Details: map[string]any{"state": s, "reason": why}})
}

// Drop is for a Handler that wants no answer to a message any more, in its transaction: the message
// has ended, and the Handler is not told. A packet that waits is not sent.
func (d *Desk) Drop(tx *db.Tx, id ident.ID) error {
	var customer ident.ID
	n := 0
	err := tx.Each(`UPDATE sim_message SET state = 'failed', reason = $2, ended_at = $3, packet = NULL WHERE id = $1 AND state IN `+open+` RETURNING customer`,
		[]any{id, string(Discarded), tx.Now}, func(r db.Row) error {
			n++
			return r.Scan(&customer)
		})
	if err == nil && n > 0 {
		recordEnd(tx, id, customer, Failed, string(Discarded))
	}
	return err
}
