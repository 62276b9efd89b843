package sim

import (
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/held"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{Name: "sim_card", Show: "id iccid msisdn:sim.msisdn state reason created_at changed_at", Inner: "msisdn_hash tar parts import"},
		{
			Name: "sim_message", Show: "id card class state gateway parts reason created_at expires_at sent_at ended_at",
			Withheld: "packet", Inner: "address key_set counter behind_at",
		},
	}
}

// Erase forgets the messages of a customer and retires their cards, in the transaction that
// erases the customer: nothing says any more whose card it was, or what number it had. A
// message that waits in the outbox is handed to nobody, and the Handler hears no more of any.
func (d *Desk) Erase(tx *db.Tx, customer ident.ID) error {
	for _, sql := range []string{
		"DELETE FROM sim_receipt WHERE message IN (SELECT id FROM sim_message WHERE customer = $1)",
		"DELETE FROM sim_message WHERE customer = $1",
		"DELETE FROM sim_key_set WHERE card IN (SELECT id FROM sim_card WHERE customer = $1)",
	} {
		if _, err := tx.Exec(sql, customer); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`UPDATE sim_card SET state = 'retired', msisdn = NULL, msisdn_hash = NULL, customer = NULL, reason = 'its owner was erased', changed_at = $2
WHERE customer = $1`, customer, tx.Now)
	return err
}
