package sms

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
)

// Erase forgets all messages of a customer, with their numbers, in the transaction that
// erases the customer. Dead ones are given up. One that waits in the outbox is handed to
// nobody: Hand finds nothing to send.
func Erase(tx *db.Tx, customer ident.ID) error {
	var dead []ident.ID
	err := tx.Each("SELECT id FROM sms WHERE customer = $1 AND state = 'dead'", []any{customer}, func(r db.Row) error {
		var id ident.ID
		err := r.Scan(&id)
		dead = append(dead, id)
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range dead {
		err := outbox.Bury(tx, audit.System("sms"), id, "The customer was erased.")
		if err != nil && !fault.Is(err, "outbox.not_dead") && !fault.Is(err, "outbox.unknown") {
			return err
		}
	}
	if _, err := tx.Exec("DELETE FROM sms_part WHERE message IN (SELECT id FROM sms WHERE customer = $1)", customer); err != nil {
		return err
	}
	_, err = tx.Exec("DELETE FROM sms WHERE customer = $1", customer)
	return err
}
