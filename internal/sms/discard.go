package sms

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
)

// GivenUp is the reason of a message that staff gave up.
const GivenUp = "given up by staff"

// Discard gives a dead message up for good: it has failed, its body is gone, and
// nobody can retry it. Faults: those of outbox.Discard, and "sms.not_dead" (Conflict).
func (d *Desk) Discard(ctx context.Context, by audit.Actor, id ident.ID, reason string) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		if err := outbox.Bury(tx, by, id, reason); err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE sms SET state = 'failed', reason = $2, body = NULL, ended_at = $3 WHERE id = $1 AND state = 'dead'`, id, GivenUp, tx.Now)
		if err == nil && n == 0 {
			return fault.Conflictf("sms.not_dead", "Only a message that no gateway took can be given up.")
		}
		return err
	})
}
