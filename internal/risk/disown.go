package risk

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// AuditDisowned is the kind of the record that a customer has not asked for an event.
const AuditDisowned = "risk.disowned"

// ItemDisowned stands in the place of what an event was signed with, when its customer has
// said that it was not them.
const ItemDisowned = "not_me"

// Disown tells that a customer says of an event that it was not them. It ends badly, as with
// Reject, and waits for an analyst whatever the engine had decided (Filter.Disowned): what a
// customer says is no finding yet, so nobody is blamed by it. Telling it again changes
// nothing. Faults: "risk.unknown", "risk.state".
func (d *Desk) Disown(ctx context.Context, by audit.Actor, customer, id ident.ID) error {
	e, err := d.Reject(ctx, by, customer, id)
	if err != nil || e.Item == ItemDisowned {
		return err
	}
	return d.settle(ctx, customer, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE risk_event SET item = $3 WHERE customer = $1 AND id = $2 AND item <> $3", customer, id, ItemDisowned)
		if err == nil && n == 1 {
			e.record(tx, AuditDisowned, by, nil)
		}
		return err
	})
}
