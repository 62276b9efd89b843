package sim

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Raise moves the counters of a card's key sets up to what the card has seen, so that the next packet is above it;
// those that are higher stay. It is for cards that came from another system, or that answer "counter
// low". Faults: "sim.card" (NotFound), "sim.card_state" (Conflict) for a retired card, "sim.counter" when all are as
// high already (Conflict) or the number is none of 0 to 2^40-3 (Invalid), "sim.reason" (Invalid).
func (d *Desk) Raise(ctx context.Context, by audit.Actor, iccid string, above uint64, reason string) error {
	if above >= uint64(lastCounter) {
		return fault.Invalidf("sim.counter", "The counter must be below %d, so that packets are left.", lastCounter).WithField("/above")
	}
	return d.change(ctx, iccid, reason, func(tx *db.Tx, c Card) error {
		if c.State == Retired {
			return wrongState(c)
		}
		n, err := tx.Exec("UPDATE sim_key_set SET counter = $2 WHERE card = $1 AND counter < $2", c.ID, int64(above)) //nolint:gosec // checked above
		if err != nil || n == 0 {
			return orElse(err, fault.Conflictf("sim.counter", "The counters of this card are as high already; they only rise."))
		}
		audit.Record(tx, audit.Event{Kind: AuditRaised, By: by, Object: object(c), Details: map[string]any{"above": above, "key_sets": n, "reason": reason}})
		return nil
	})
}
