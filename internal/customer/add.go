package customer

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
)

// Normal checks a description and gives its normal form, which is what [Register.Add]
// takes. Faults are those of Create.
func (n New) Normal() (New, error) { return n.normal() }

// Add is the part of Create for transactions of others. The description is in normal
// form. It reports false, and changes nothing, when the number or the ID is taken.
func (r *Register) Add(tx *db.Tx, by audit.Actor, n New) (c Customer, added bool, err error) {
	c = r.describe(tx, n)
	rows, err := tx.Exec(`INSERT INTO customer (`+columns+`, name_key)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
		c.ID, c.Number, c.Name, c.Locale, string(c.Status), c.Created, c.Changed, c.Erased, nameKey(c.Name))
	if err != nil || rows == 0 {
		return Customer{}, false, err
	}
	for _, k := range n.Contacts {
		if _, _, err := r.insertContact(tx, c.ID, k); err != nil {
			return Customer{}, false, err
		}
	}
	audit.Record(tx, audit.Event{Kind: AuditCreated, By: by, Customer: c.ID, Object: c.ID.String(), Details: map[string]any{"number": c.Number, "contacts": len(n.Contacts)}})
	return c, true, nil
}
